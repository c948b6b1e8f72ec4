package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The examples as an author has them: built outside of this checkout, against an installation alone. Their own tests
 * install the JAR in the built server and use it there.
 */
@Tag("long")
@Timeout(300)
class ExamplesIT {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"currency-tool", "ollama-provider", "triage-pack"})
    void exampleIsBuiltInstalledAndUsed(String example) throws Exception {
        Path project = directory.resolve(example);
        copy(Launcher.CHECKOUT.resolve("plugins/examples").resolve(example), project);
        Launcher agentos = Launcher.in(directory);
        agentos.finish(List.of("sh", "-c", "cd " + example + " && mvn -q -B verify"), 280)
                .expect(0);
        assertThat(project.resolve("target/failsafe-reports/failsafe-summary.xml"))
                .content()
                .doesNotContain("<completed>0</completed>")
                .contains("<failures>0</failures>", "<errors>0</errors>", "<skipped>0</skipped>");
        assertThat(agentos.run(
                                "plugin",
                                "validate",
                                project.resolve("target/" + example + "-0.1.0.jar")
                                        .toString())
                        .expect(0)
                        .output())
                .as("it says what it is made of")
                .doesNotContain("SBM00");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path relative = from.relativize(file);
                if (!relative.startsWith("target")) {
                    Path target = to.resolve(relative.toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(target);
                    } else {
                        Files.copy(file, target);
                    }
                }
            }
        }
    }
}
