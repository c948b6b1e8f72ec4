package dev.agentos.smoketests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A page of the documentation, and the fenced blocks in it.
 *
 * @param name its path from the checkout's root
 * @param blocks in their order
 */
record DocumentedPage(String name, List<Block> blocks) {

    private static final String FENCE = "```";

    /**
     * A fenced block.
     *
     * @param language the word behind the fence; empty when there is none
     * @param line where it begins
     * @param text without the indentation of the list that it stands in
     */
    record Block(String language, int line, String text) {}

    /** Every page that has a block in that language, the README first. */
    static List<DocumentedPage> with(String language) throws IOException {
        List<DocumentedPage> pages = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(Launcher.CHECKOUT.resolve("docs"))) {
            List<Path> files = new ArrayList<>(List.of(Launcher.CHECKOUT.resolve("README.md")));
            walk.filter(path -> path.toString().endsWith(".md")).sorted().forEach(files::add);
            for (Path file : files) {
                DocumentedPage page = read(file);
                if (!page.in(language).isEmpty()) {
                    pages.add(page);
                }
            }
        }
        return pages;
    }

    static DocumentedPage read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String opening = lines.get(i).strip();
            if (opening.startsWith(FENCE)) {
                int indentation = lines.get(i).indexOf(FENCE);
                StringBuilder text = new StringBuilder();
                int begin = i + 1;
                for (i++; !lines.get(i).strip().equals(FENCE); i++) {
                    String line = lines.get(i);
                    text.append(line.substring(Math.min(indentation, line.length())))
                            .append('\n');
                }
                blocks.add(new Block(opening.substring(FENCE.length()).strip(), begin, text.toString()));
            }
        }
        return new DocumentedPage(Launcher.CHECKOUT.relativize(file).toString(), blocks);
    }

    List<Block> in(String language) {
        return blocks.stream()
                .filter(block -> block.language().equals(language))
                .toList();
    }

    @Override
    public String toString() {
        return name;
    }
}
