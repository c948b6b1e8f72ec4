package dev.agentos.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.cli.client.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentFolderTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void readsTextAndLeavesOutTheRest() throws IOException {
        Files.createDirectories(directory.resolve("inner/.hidden"));
        Files.writeString(directory.resolve("inner/b.md"), "text");
        Files.writeString(directory.resolve("inner/.hidden/secret.md"), "secret");
        Files.writeString(directory.resolve("a.png"), "picture");
        Files.write(directory.resolve("binary.txt"), new byte[] {(byte) 0xff, 0});
        Files.write(directory.resolve("big.txt"), new byte[1024 * 1024 + 1]);

        var folder = DocumentFolder.read(directory);

        assertThat(folder.documents())
                .extracting(document -> document.text("name").orElse(""))
                .containsExactly("inner/b.md");
        assertThat(folder.notes()).hasSize(2);
    }

    @Test
    void refusesDirectoryWithoutDocuments() {
        assertThatThrownBy(() -> DocumentFolder.read(directory))
                .isInstanceOfSatisfying(
                        CliException.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(CliException.USAGE));
    }
}
