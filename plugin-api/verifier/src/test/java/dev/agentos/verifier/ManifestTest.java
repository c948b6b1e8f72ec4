package dev.agentos.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Manifests that the framework, whose reader is not Java's, would take for another one than what is checked. */
class ManifestTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: a\r\rName: b\nFragment-Host: system.bundle; extension:=framework\n",
                "X: a\n\r\rName: b\r\nDynamicImport-Package: *\n",
                "X: a\rY: b\n",
                "X: a\n\n Name: b\nDynamicImport-Package: *\n",
                "X: a\r\n\r\n Y: b\r\n"
            })
    void refusesWhatIsReadInTwoWays(String lines) throws IOException {
        assertThat(found(RawZip.manifest(RawZip.headers()).strip() + "\r\n" + lines))
                .containsExactly("MAN001");
    }

    @Test
    void readsLinesOfEitherEnd() throws IOException {
        String manifest = RawZip.manifest(RawZip.headers()).strip().replace("\r\n", "\n");
        assertThat(found(manifest.replaceFirst("\n", "\r\n") + "\r\nX: a\r\n b\n\nName: c\r\nY: d\n\n"))
                .isEmpty();
    }

    private List<String> found(String manifest) throws IOException {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.entries.removeFirst();
        zip.add("META-INF/MANIFEST.MF", manifest);
        Path jar = Files.write(folder.resolve("plugin.jar"), zip.bytes());
        return new PluginVerifier(VerifierLimits.DEFAULT)
                .verify(jar).errors().stream().map(Finding::ruleId).distinct().toList();
    }
}
