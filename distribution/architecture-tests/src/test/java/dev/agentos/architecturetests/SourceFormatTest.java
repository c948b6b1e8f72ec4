package dev.agentos.architecturetests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceFormatTest {
    @Test
    void everySourceFileIsFormatted() throws IOException {
        assertThat(SourceFormat.unformatted(SourceTree.containing(Path.of(""))))
                .as("run ./agentos format")
                .isEmpty();
    }

    @Test
    void namesFileThatIsNotFormattedAndFormatsIt(@TempDir Path root) throws IOException {
        var tree = new SourceTree(root);
        var file = Files.writeString(root.resolve("Poor.java"), "class Poor{int  x;}\n");
        assertThat(SourceFormat.unformatted(tree)).containsExactly("Poor.java");

        SourceFormat.main(new String[] {root.toString()});

        assertThat(file).hasContent("class Poor {\n    int x;\n}");
        assertThat(SourceFormat.unformatted(tree)).isEmpty();
    }
}
