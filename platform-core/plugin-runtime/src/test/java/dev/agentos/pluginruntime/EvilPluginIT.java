package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.guard.Guard;
import dev.agentos.testkit.EvilPlugin;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the guard stops: every probe of the evil plugin, in a process with the guard and in one without. */
class EvilPluginIT {

    private static final int LEAST_PROBES = 400;
    private static final String TWIN = " (allowed twin)";

    /** What needs no permission. */
    private static final String FREE = "free.";

    /** Ways that do not exist at all in a process without the guard. */
    private static final String OF_GUARD = "guard.";

    @TempDir
    private static Path folder;

    private static Path jar;

    /** What lies before the class path. */
    private static String classPath = "";

    @BeforeAll
    static void build() throws Exception {
        jar = EvilPlugin.jar("evil", "1.0.0", jackson()).writeTo(folder);
    }

    @Test
    void everyProbeIsStoppedAndEveryTwinPasses() throws Exception {
        compares("turns");
    }

    @Tag("long")
    @Test
    void everyProbeIsStoppedByWhateverWay() throws Exception {
        compares("all");
    }

    private static void compares(String what) throws Exception {
        Map<String, String> without = outcomes(run(false, what));
        Map<String, String> with = outcomes(run(true, what));

        assertThat(with.keySet()).containsExactlyInAnyOrderElementsOf(without.keySet());
        assertThat(without.keySet().stream().filter(probe -> !isAllowed(probe))).hasSizeGreaterThan(LEAST_PROBES);
        assertThat(without.entrySet().stream()
                        .filter(probe -> !probe.getKey().startsWith(OF_GUARD))
                        .filter(probe -> !probe.getValue().equals("DONE")))
                .as("probes that show nothing, because they fail without a guard too")
                .isEmpty();
        assertThat(with.entrySet().stream()
                        .filter(probe -> !isAllowed(probe.getKey()))
                        .filter(probe -> probe.getValue().equals("DONE")))
                .as("probes that escaped")
                .isEmpty();
        assertThat(with.entrySet().stream().filter(probe -> probe.getValue().startsWith("FAILED")))
                .as("probes that failed for another reason than a refusal")
                .isEmpty();
        assertThat(with.entrySet().stream()
                        .filter(probe -> isAllowed(probe.getKey()))
                        .filter(probe -> !probe.getValue().equals("DONE")))
                .as("acts that were refused although they are granted or need no grant")
                .isEmpty();
    }

    @Test
    void noPluginEndsTheProcess() throws Exception {
        for (int exit = 0; exit < 3; exit++) {
            assertThat(run(false, String.valueOf(exit)).status()).isEqualTo(7);
        }
        Outcome guarded = run(true, "0");
        assertThat(guarded.status()).isZero();
        assertThat(outcomes(guarded))
                .hasSize(6)
                .allSatisfy((probe, outcome) -> assertThat(outcome)
                        .startsWith("DENIED")
                        .containsPattern("plugin evil lacks permission (jvm\\.exit|reflect\\.core java\\.lang\\.)"));
    }

    @Test
    void aGuardThatDoesNotFitKeepsThePluginOut() throws Exception {
        Path table = Files.createDirectories(folder.resolve("other/dev/agentos/guard"));
        Files.writeString(
                table.resolve("sinks.csv"),
                "java.lang.Runtime,explode,,JVM_EXIT,\njdk.nio.zipfs.ZipFileSystemProvider,getPath,,FS_ZIP,1\n");
        classPath = folder.resolve("other") + ":";
        try {
            Outcome outcome = run(true, "turns");
            assertThat(outcome.status()).isEqualTo(1);
            assertThat(String.join("\n", outcome.output()))
                    .contains("Plugin evil is not loaded: nothing would hold it to its permissions")
                    .contains("java.lang.Runtime.explode");
        } finally {
            classPath = "";
        }
    }

    static boolean isAllowed(String probe) {
        return probe.endsWith(TWIN) || probe.startsWith(FREE);
    }

    static List<Path> jackson() throws ReflectiveOperationException, URISyntaxException {
        List<Path> jars = new ArrayList<>();
        for (String name : List.of(
                "com.fasterxml.jackson.databind.ObjectMapper",
                "com.fasterxml.jackson.core.JsonFactory",
                "com.fasterxml.jackson.annotation.JsonProperty")) {
            jars.add(location(Class.forName(name)));
        }
        return jars;
    }

    private static Path location(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private record Outcome(int status, List<String> output) {}

    private static Map<String, String> outcomes(Outcome process) {
        assertThat(process.output()).contains("END");
        Map<String, String> found = new LinkedHashMap<>();
        for (String line : process.output()) {
            int tab = line.indexOf('\t');
            if (tab > 0) {
                found.put(line.substring(0, tab), line.substring(tab + 1));
            }
        }
        return found;
    }

    private static Outcome run(boolean guarded, String what) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--sun-misc-unsafe-memory-access=deny"));
        command.add(guarded ? "-javaagent:" + guard() : "--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of(
                "-cp",
                classPath + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                EvilMain.class.getName(),
                Files.createTempDirectory(folder, "host").toString(),
                jar.toString(),
                what));
        Path output = Files.createTempFile(folder, "probes", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(new File("/dev/zero"))
                .start();
        try {
            assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
            return new Outcome(process.exitValue(), Files.readAllLines(output));
        } finally {
            process.destroyForcibly();
        }
    }

    static Path guard() {
        try {
            Path guard = location(Guard.class);
            assertThat(guard).as("the guard's JAR; build it with -am verify").isRegularFile();
            return guard;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
