package dev.agentos.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.PermissionRequest;
import dev.agentos.verifier.PluginKind;
import dev.agentos.verifier.PluginManifest;
import dev.agentos.verifier.PluginVerifier;
import dev.agentos.verifier.VerificationReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/**
 * The JAR as it is offered: it is accepted, asks for its path alone, and has pages that need nothing from elsewhere.
 */
class ConsoleJarIT {

    private static final Path JAR = Path.of(System.getProperty("plugin.jar"));

    @Test
    void isAcceptedAndAsksForItsPathAlone() {
        VerificationReport report = new PluginVerifier().verify(JAR);
        assertThat(report.errors()).isEmpty();
        PluginManifest manifest = report.manifest().orElseThrow();
        assertThat(manifest.kind()).isEqualTo(PluginKind.CONSOLE);
        assertThat(manifest.permissions())
                .extracting(PermissionRequest::permission)
                .extracting(Object::toString)
                .containsExactly("http.route /console/**");
    }

    @Test
    void hasAPageThatRunsNothingInline() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertThat(jar.getManifest().getMainAttributes().getValue("AgentOS-Site"))
                    .isEqualTo("console");
            String page = text(jar, "site/index.html");
            assertThat(page)
                    .contains("type=\"module\"", "/console/assets/")
                    .doesNotContain("<style", "://", "style=", "onload");
            assertThat(page.replaceAll("<script [^>]*src=\"[^\"]+\"[^>]*></script>", ""))
                    .doesNotContain("<script");
            List<String> names = jar.stream().map(ZipEntry::getName).toList();
            assertThat(names).noneMatch(name -> name.endsWith(".map") || name.endsWith(".tsx"));
        }
    }

    private static String text(JarFile jar, String name) throws IOException {
        return new String(jar.getInputStream(jar.getEntry(name)).readAllBytes(), StandardCharsets.UTF_8);
    }
}
