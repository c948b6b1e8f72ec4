package dev.agentos.tooldocuments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Tool;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.ToolContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SplitToolTest extends ToolContract {

    private final SplitTool tool = new SplitTool();

    @Override
    protected Tool tool() {
        return tool;
    }

    @Override
    protected JsonObject goodArguments() {
        return JsonObject.of("name", "a.md", "text", "# Title\n\nText.");
    }

    @Test
    void headingsBeginPassagesAndNameThem() {
        List<JsonObject> passages = split("""
            Preface.

            # Guide

            ## Install

            Unpack it.

            ```
            # not a heading
            ```

            ## Use

            Start it.
            """, 800, 100);
        assertThat(passages)
                .extracting(passage -> passage.text("heading").orElseThrow())
                .containsExactly("", "Guide > Install", "Guide > Use");
        assertThat(passages.get(1).text("text").orElseThrow())
                .isEqualTo("## Install\n\nUnpack it.\n\n```\n# not a heading\n```");
    }

    @Test
    void headingsAreReadInTimeWhateverStandsInThem() {
        assertThat(split("# Title ##\n\nOne.\n\n## # a # #\n\nTwo.\n\n#none\n\n####### none\n", 800, 100))
                .extracting(passage -> passage.text("heading").orElseThrow())
                .containsExactly("Title", "Title > # a #");
        String spaces = " ".repeat(100_000);
        String text = "# a" + spaces + "b\n\nOne.\n# c" + (spaces + "#").repeat(2) + "d" + "#".repeat(100_000) + "e\n";
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> split(text, 800, 100));
    }

    @Test
    void longParagraphsAreCutAtSentencesAndOverlap() {
        String text = "This is a sentence of some length. ".repeat(40).strip();
        List<JsonObject> passages = split(text, 200, 60);
        assertThat(passages).hasSizeGreaterThan(5).allSatisfy(passage -> {
            assertThat(passage.text("text").orElseThrow()).startsWith("This is").endsWith("length.");
        });
        for (int i = 1; i < passages.size(); i++) {
            assertThat(offset(passages.get(i), "start")).isLessThan(offset(passages.get(i - 1), "end"));
        }
    }

    @Test
    void nothingIsLostWhateverTheText() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] parts = {
            "word", "Sentence end. ", " ", "\n", "\n\n", "# Heading\n", "😀", "x".repeat(150), "```\n", "中文。"
        };
        for (int round = 0; round < 300; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(80); i >= 0; i--) {
                text.append(parts[random.nextInt(parts.length)]).append(random.nextBoolean() ? " " : "");
            }
            assertCovers(text.toString(), 100 + random.nextInt(200), random.nextInt(50), seed);
        }
    }

    @Test
    void impossibleBoundsAreAFailure() {
        assertThat(tool.call(
                                JsonObject.of("name", "a", "text", "b", "maxCharacters", 100, "overlap", 80),
                                FakeCallContext.create())
                        .failed())
                .isTrue();
    }

    private void assertCovers(String text, int longest, int overlap, long seed) {
        boolean[] covered = new boolean[text.length()];
        for (JsonObject passage : split(text, longest, overlap)) {
            int start = offset(passage, "start");
            int end = offset(passage, "end");
            assertThat(end - start).as("seed %d", seed).isBetween(1, longest);
            assertThat(passage.text("text").orElseThrow()).as("seed %d", seed).isEqualTo(text.substring(start, end));
            Arrays.fill(covered, start, end, true);
        }
        List<String> lost = new ArrayList<>();
        for (String line : text.split("(?<=\n)")) {
            int at = text.indexOf(line);
            boolean heading = line.strip().startsWith("#");
            if (!heading
                    && !line.isBlank()
                    && !covered[at + line.length() - line.stripLeading().length()]) {
                lost.add(line);
            }
        }
        assertThat(lost).as("seed %d, text %s", seed, text).isEmpty();
    }

    private static int offset(JsonObject passage, String name) {
        return passage.number(name).orElseThrow().value().intValueExact();
    }

    private List<JsonObject> split(String text, int longest, int overlap) {
        JsonObject output = (JsonObject) tool.call(
                        JsonObject.of("name", "a.md", "text", text, "maxCharacters", longest, "overlap", overlap),
                        FakeCallContext.create())
                .output();
        List<JsonObject> passages = new ArrayList<>();
        for (JsonValue passage : output.array("passages").orElseThrow()) {
            passages.add((JsonObject) passage);
        }
        return passages;
    }
}
