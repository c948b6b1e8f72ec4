package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files on their way stay. */
class PluginFilesTest {

    @Test
    void whatIsHeldIsNotTidiedAwayByOthers(@TempDir Path folder) throws IOException {
        PluginFiles files = new PluginFiles(folder, new FakePluginStore());
        String digest = PluginFiles.sha512(Files.writeString(folder.resolve("plugin.jar"), "x"));
        try (PluginFiles.Hold first = files.hold();
                PluginFiles.Hold second = files.hold()) {
            files.stage(digest, PluginFilesTest::download);
            files.retain(Set.of());
            files.retain(Set.of());
            second.close();
            files.retain(Set.of());
            assertThat(files.isStaged(digest)).isTrue();
        }
        files.retain(Set.of());
        assertThat(files.isStaged(digest))
                .as("whoever asked first may come again")
                .isTrue();
        files.retain(Set.of());
        assertThat(files.isStaged(digest)).isFalse();
    }

    private static void download(Path target) {
        try {
            Files.writeString(target, "x");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
