package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.PermissionRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/**
 * What every plugin's packaged JAR keeps: the headers that the host asks for, a written index of extensions, a bill of
 * materials that lists what it embeds, and no import that the host does not export. An integration test extends it; the
 * system property {@code plugin.jar} names the JAR.
 */
public abstract class PluginJarContract {

    private static final Pattern PACKAGE = Pattern.compile("(?:^|,)([\\w.]+)((?:;[\\w-]+:?=(?:\"[^\"]*\"|[^,;]*))*)");

    /** Package prefixes that a host exports to plugins. */
    private static final Set<String> EXPORTED =
            Set.of("dev.agentos.spi", "com.fasterxml.jackson.", "org.slf4j", "javax.net", "javax.crypto");

    /** In which a bill of materials may name a file. */
    private static final List<String> DIGESTS = List.of("SHA-1", "SHA-256", "SHA-384", "SHA-512");

    /** The plugin's id. */
    protected abstract String pluginId();

    /** {@code provider}, {@code tool}, {@code pack}, {@code protocol} or {@code extension}. */
    protected abstract String kind();

    /** The binary names of the extensions, in any order. */
    protected abstract List<String> extensions();

    /** The JAR under test. */
    protected final Path jar() {
        return Path.of(System.getProperty("plugin.jar", "the system property plugin.jar is not set"));
    }

    /** A header of the manifest's main section; empty when it is absent. */
    protected final String header(String name) {
        try (JarFile file = new JarFile(jar().toFile())) {
            String value = file.getManifest().getMainAttributes().getValue(name);
            return value == null ? "" : value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The permissions that the manifest declares. */
    protected final List<PermissionRequest> permissions() {
        return PermissionRequest.parseHeader(header(PermissionRequest.HEADER));
    }

    /** The packages that must be there for the bundle to resolve. */
    protected final List<String> mandatoryImports() {
        List<String> packages = new ArrayList<>();
        Matcher matcher = PACKAGE.matcher(header("Import-Package"));
        while (matcher.find()) {
            if (!matcher.group(2).contains("resolution:=optional")) {
                packages.add(matcher.group(1));
            }
        }
        return packages;
    }

    @Test
    void carriesTheHeadersThatTheHostAsksFor() {
        assertThat(header("Bundle-ManifestVersion")).isEqualTo("2");
        assertThat(header("Bundle-SymbolicName")).isEqualTo(pluginId());
        assertThat(header("Plugin-Id")).isEqualTo(pluginId());
        assertThat(header("Plugin-Version")).matches("\\d+\\.\\d+\\.\\d+").isEqualTo(header("Bundle-Version"));
        assertThat(header("Plugin-Requires")).startsWith(">=");
        assertThat(header("Plugin-Description")).isNotBlank();
        assertThat(header("Plugin-Provider")).isNotBlank();
        assertThat(header("AgentOS-Plugin-Kind")).isEqualTo(kind());
        assertThat(header("AgentOS-Title")).isNotBlank();
        assertThat(permissions())
                .allSatisfy(request -> assertThat(request.reason())
                        .as("reason of %s", request.permission())
                        .isNotBlank());
    }

    @Test
    void listsItsExtensions() throws IOException {
        try (JarFile file = new JarFile(jar().toFile())) {
            var index = file.getEntry("META-INF/extensions.idx");
            assertThat(index).as("META-INF/extensions.idx").isNotNull();
            List<String> listed = new String(file.getInputStream(index).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .toList();
            assertThat(listed).containsExactlyInAnyOrderElementsOf(extensions());
            for (String extension : extensions()) {
                assertThat(file.getEntry(extension.replace('.', '/') + ".class"))
                        .isNotNull();
            }
        }
    }

    @Test
    void saysWhatItIsMadeOf() throws IOException {
        try (JarFile file = new JarFile(jar().toFile())) {
            StringBuilder bills = new StringBuilder();
            List<JarEntry> libraries = new ArrayList<>();
            for (JarEntry entry : file.stream().toList()) {
                String name = entry.getName();
                if (name.matches("META-INF/(sbom/.+|bom)\\.json")) {
                    JsonObject bill = (JsonObject) JsonValue.parse(text(file, entry));
                    assertThat(bill.text("bomFormat")).as(name).contains("CycloneDX");
                    bills.append(bill.toString().toLowerCase(Locale.ROOT));
                } else if (name.endsWith(".jar")) {
                    libraries.add(entry);
                }
            }
            for (JarEntry library : libraries) {
                try (InputStream in = file.getInputStream(library)) {
                    byte[] content = in.readAllBytes();
                    assertThat(DIGESTS)
                            .as("a digest of %s in a bill of materials below META-INF/sbom", library)
                            .anyMatch(algorithm -> bills.indexOf(digest(algorithm, content)) >= 0);
                }
            }
        }
    }

    private static String text(JarFile file, ZipEntry entry) throws IOException {
        try (InputStream in = file.getInputStream(entry)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String digest(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has " + algorithm, e);
        }
    }

    @Test
    void importsOnlyWhatTheHostExports() {
        assertThat(mandatoryImports())
                .contains("dev.agentos.spi")
                .allSatisfy(
                        name -> assertThat(EXPORTED).as("import of %s", name).anyMatch(name::startsWith));
        assertThat(header("Require-Bundle")).isEmpty();
        assertThat(header("Export-Package")).isEmpty();
    }
}
