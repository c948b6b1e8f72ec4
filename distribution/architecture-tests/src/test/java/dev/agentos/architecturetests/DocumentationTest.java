package dev.agentos.architecturetests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The documentation's promises that a program can check. */
class DocumentationTest {
    private static final Pattern CONSTANT = Pattern.compile("^    ([A-Z][A-Z_]+)\\(ErrorType\\.", Pattern.MULTILINE);
    private static final Pattern ORIGIN = Pattern.compile("String origin\\(\\) \\{\\s*return \"([a-z-]+)\"");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");

    private final SourceTree tree = SourceTree.containing(Path.of(""));

    @Test
    void everyErrorCodeIsExplained() throws IOException {
        var missing = new ArrayList<String>();
        for (var file : tree.javaFiles()) {
            var source = Files.readString(file);
            var origin = ORIGIN.matcher(source);
            if (source.contains("implements ErrorCode") && origin.find()) {
                var page = tree.root().resolve("docs/reference/errors/" + origin.group(1) + ".md");
                var text = Files.exists(page) ? Files.readString(page) : "";
                CONSTANT.matcher(source)
                        .results()
                        .map(constant -> "`" + origin.group(1) + ":" + constant.group(1) + "`")
                        .filter(code -> !text.contains(code))
                        .forEach(missing::add);
            }
        }
        assertThat(missing).as("add a line to docs/reference/errors").isEmpty();
    }

    @Test
    void linksLeadToFiles() throws IOException {
        var broken = new ArrayList<String>();
        try (var walk = Files.walk(tree.root().resolve("docs"))) {
            var pages = walk.filter(file -> file.toString().endsWith(".md")).collect(Collectors.toList());
            pages.add(tree.root().resolve("README.md"));
            pages.add(tree.root().resolve("CONTRIBUTING.md"));
            for (var page : pages) {
                LINK.matcher(Files.readString(page))
                        .results()
                        .map(link -> link.group(1))
                        .filter(link -> !Files.exists(page.resolveSibling(link)))
                        .forEach(link -> broken.add(tree.name(page) + ": " + link));
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void everyDecisionIsListed() throws IOException {
        var decisions = tree.root().resolve("docs/adr");
        var list = Files.readString(decisions.resolve("README.md"));
        try (var pages = Files.list(decisions)) {
            assertThat(pages.map(page -> page.getFileName().toString())
                            .filter(name -> Character.isDigit(name.charAt(0)) && !list.contains("](" + name + ")")))
                    .as("add a line to docs/adr/README.md")
                    .isEmpty();
        }
    }

    @Test
    void everyModuleIsInTheArchitecture() throws IOException {
        var page = Files.readString(tree.root().resolve("docs/explanation/architecture.md"));
        for (var group : List.of("plugin-api", "platform-core")) {
            try (var modules = Files.list(tree.root().resolve(group))) {
                assertThat(modules.filter(module -> Files.exists(module.resolve("pom.xml")))
                                .map(module -> "| `" + group + "/" + module.getFileName() + "` |")
                                .filter(row -> !page.contains(row)))
                        .as("add a row to docs/explanation/architecture.md")
                        .isEmpty();
            }
        }
    }
}
