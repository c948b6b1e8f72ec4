package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.pluginruntime.internal.ClassSpace;
import dev.agentos.pluginruntime.internal.PluginFolders;
import dev.agentos.pluginruntime.internal.Sandbox;
import dev.agentos.pluginruntime.internal.SharedPackages;
import dev.agentos.spi.AgentOsException;
import dev.agentos.testkit.SyntheticJar;
import dev.agentos.verifier.HostPackages;
import dev.agentos.verifier.JdkLinks;
import dev.agentos.verifier.PluginVerifier;
import dev.agentos.verifier.VerificationReport;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verifier's list of what the host offers, against what the host has and does. */
class SharedPackagesTest {

    /** The shared libraries, each by a class of its own. */
    private static final List<String> LIBRARIES = List.of(
            "com/fasterxml/jackson/core/JsonFactory.class",
            "com/fasterxml/jackson/databind/ObjectMapper.class",
            "com/fasterxml/jackson/annotation/JsonProperty.class",
            "org/slf4j/Logger.class");

    private static final Pattern EXPORT = Pattern.compile("([\\w.]+)((?:;[\\w-]+:?=(?:\"[^\"]*\"|[^,;\"]*))*)(?:,|$)");
    private static final Pattern VERSION = Pattern.compile(";version=\"?([^\";]+)");

    @TempDir
    private Path folder;

    @Test
    void pluginsSeeThePackagesOfTheListOfWhatTheyMayLinkAndNoOthers() throws Exception {
        Set<String> linkable;
        try (InputStream in = Objects.requireNonNull(JdkLinks.class.getResourceAsStream("jdk-classes.txt"))) {
            linkable = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.startsWith("java.") && !line.isBlank())
                    .map(line -> line.substring(0, line.lastIndexOf('.', line.indexOf(' '))))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
        assertThat(Set.of(SharedPackages.ofJdk().split(","))).isEqualTo(linkable);
    }

    @Test
    void theLibrariesOfTheListAreThoseOfTheClassPathInTheirVersions() throws IOException {
        Map<String, Set<String>> there = new TreeMap<>();
        for (String library : LIBRARIES) {
            URL url = Objects.requireNonNull(getClass().getClassLoader().getResource(library), library);
            String exports = ((JarURLConnection) url.openConnection())
                    .getManifest()
                    .getMainAttributes()
                    .getValue("Export-Package");
            Matcher export = EXPORT.matcher(exports);
            while (export.find()) {
                Matcher version = VERSION.matcher(export.group(2));
                if (!export.group(1).contains(".internal") && version.find()) {
                    there.computeIfAbsent(export.group(1), name -> new TreeSet<>())
                            .add(version.group(1));
                }
            }
        }
        Map<String, Set<String>> listed = new TreeMap<>();
        HostPackages.offered().forEach((name, versions) -> listed.put(name, new TreeSet<>(versions)));
        listed.values().removeIf(Set::isEmpty);
        assertThat(SharedPackages.names()).isEqualTo(listed.keySet());
        // The interface for plugins is no bundle; PluginApiTest compares its version.
        assertThat(listed.remove("dev.agentos.spi")).hasSize(1);
        assertThat(listed)
                .as("host-packages.txt of the verifier; it changes with the libraries' versions")
                .isEqualTo(there);
    }

    @Test
    void whatTheVerifierSaysOfImportsIsWhatTheHostDoes() throws IOException {
        List<String> all = Stream.concat(
                        HostPackages.offered().entrySet().stream()
                                .map(entry -> entry.getKey()
                                        + (entry.getValue().isEmpty()
                                                ? ""
                                                : ";version=" + entry.getValue().getLast())),
                        Stream.of(
                                "not.here",
                                "not.here;resolution:=optional",
                                "org.osgi.framework",
                                "org.pf4j",
                                "javax.annotation",
                                "javax.naming",
                                "java.util",
                                "java.sql",
                                "org.slf4j;version=\"[2,3)\"",
                                "org.slf4j;version=\"[1.7,2)\"",
                                "org.slf4j;version=\"[3,4)\"",
                                "dev.agentos.spi;version=\"[1.0,2)\"",
                                "dev.agentos.spi;version=\"(1.0,2)\"",
                                "dev.agentos.spi;version=\"[1,1]\"",
                                "javax.crypto;version=\"[0,1)\"",
                                "javax.crypto;version=1",
                                "org.slf4j;org.slf4j.event;version=2",
                                "com.fasterxml.jackson.core.internal"))
                .toList();
        Map<String, Boolean> said = new TreeMap<>();
        Map<String, Boolean> done = new TreeMap<>();
        try (ClassSpace host = new ClassSpace(folder.resolve("cache"))) {
            for (String imports : all) {
                Path jar = SyntheticJar.toolPlugin("importer", "1.0.0", "importer.x", "x")
                        .header(
                                "Import-Package",
                                imports.startsWith("dev.agentos.spi;") || imports.equals("dev.agentos.spi")
                                        ? imports
                                        : "dev.agentos.spi," + imports)
                        .writeTo(folder, "importer-" + said.size() + ".jar");
                VerificationReport report = new PluginVerifier().verify(jar);
                assertThat(report.errors())
                        .as(report.toText())
                        .allSatisfy(finding -> assertThat(finding.ruleId()).isEqualTo("IMP001"));
                said.put(imports, report.accepted());
                done.put(imports, opens(host, jar));
            }
        }
        assertThat(said).isEqualTo(done);
        assertThat(done).containsValues(true, false);
    }

    private boolean opens(ClassSpace host, Path jar) throws IOException {
        Sandbox sandbox = new Sandbox(SharedPackages.names());
        PluginFolders folders = PluginFolders.of(folder, "importer", "");
        try {
            host.close(host.open(
                    new PluginVersion("importer", "1.0.0", PluginFiles.sha512(jar)),
                    jar,
                    Set.of(),
                    loader -> sandbox.confine("importer", loader, List.of(), folders, (id, act, at) -> {})));
            return true;
        } catch (AgentOsException e) {
            assertThat(e.errorCode()).isEqualTo(PluginErrorCode.INVALID_PLUGIN);
            return false;
        }
    }
}
