package dev.agentos.architecturetests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No error that Error Prone knows, no null where none may be, and nothing that nobody uses. */
class StaticAnalysisTest {
    /** A prefix of the paths of the modules to look at; without it all are. */
    private static final String MODULES = System.getProperty("analysis.modules", "");

    @Test
    void nothingIsFound() throws IOException {
        var tree = SourceTree.containing(Path.of(""));
        var analysis = new StaticAnalysis(tree);
        var modules = tree.modules().stream()
                .filter(module -> module.startsWith(MODULES))
                .toList();
        assertThat(modules).isNotEmpty();
        var found = new ArrayList<String>();
        for (var module : modules) {
            found.addAll(analysis.findings(module));
        }
        assertThat(found).isEmpty();
    }

    @Test
    void findsWhatIsForbidden(@TempDir Path root) throws IOException {
        var module = Files.createDirectories(root.resolve("bad/src/main/java/bad"));
        Files.writeString(root.resolve("bad/pom.xml"), "<project/>");
        Files.writeString(module.resolve("Null.java"), """
            package bad;
            import org.jspecify.annotations.*;
            @NullMarked
            class Null {
                static int length(@Nullable String text) {
                    return text.length();
                }
            }
            """);
        Files.writeString(module.resolve("Same.java"), """
            package bad;
            class Same {
                private int left;
                static boolean same(String text) {
                    return text.equals(text);
                }
            }
            """);

        var found = new StaticAnalysis(new SourceTree(root)).findings("bad");

        assertThat(found)
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line)
                                .startsWith("bad/src/main/java/bad/Null.java:6: ")
                                .contains("[NullAway]"),
                        line -> assertThat(line)
                                .startsWith("bad/src/main/java/bad/Same.java:3: ")
                                .contains("[UnusedVariable]"),
                        line -> assertThat(line)
                                .startsWith("bad/src/main/java/bad/Same.java:5: ")
                                .contains("[SelfEquals]"));
    }
}
