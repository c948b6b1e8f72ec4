package dev.agentos.tooldocuments;

import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import java.util.ArrayList;
import java.util.List;

/** Splits a text into passages that are short enough to be searched and cited. */
@AgentOsExtension
public final class SplitTool implements Tool {

    private static final int DEFAULT_LONGEST = 800;
    private static final int DEFAULT_OVERLAP = 100;

    private static final ToolDescription DESCRIPTION = new ToolDescription(
            "documents.split",
            "Splits a text into passages at headings, paragraphs and sentences, and says where each one stands.",
            JsonObject.of(
                    "type",
                    "object",
                    "properties",
                    JsonObject.of(
                            "name",
                            JsonObject.of("type", "string", "description", "What the passages' source is."),
                            "text",
                            JsonObject.of("type", "string", "description", "The text to be split."),
                            "maxCharacters",
                            number("The longest passage, in characters.", 100, 20_000, DEFAULT_LONGEST),
                            "overlap",
                            number(
                                    "How much of a passage's end the next one repeats, in characters.",
                                    0,
                                    2_000,
                                    DEFAULT_OVERLAP)),
                    "required",
                    List.of("name", "text"),
                    "additionalProperties",
                    false),
            Effect.PURE);

    /** The tool; made by the host. */
    public SplitTool() {}

    @Override
    public ToolDescription description() {
        return DESCRIPTION;
    }

    @Override
    public ToolResult call(JsonObject arguments, CallContext call) {
        String name = arguments.text("name").orElse("");
        String text = arguments.text("text").orElse("");
        int longest = whole(arguments, "maxCharacters", DEFAULT_LONGEST);
        int overlap = whole(arguments, "overlap", Math.min(DEFAULT_OVERLAP, longest / 4));
        if (longest < 100 || longest > 20_000 || overlap < 0 || overlap > longest / 2) {
            return ToolResult.failure("maxCharacters is 100 to 20,000, and overlap is 0 to half of it; got " + longest
                    + " and " + overlap + ".");
        }
        List<JsonValue> passages = new ArrayList<>();
        for (Passage passage : Splitter.split(text, longest, overlap)) {
            passages.add(JsonObject.of(
                    "source", name,
                    "index", passages.size(),
                    "start", passage.start(),
                    "end", passage.end(),
                    "heading", passage.heading(),
                    "text", text.substring(passage.start(), passage.end())));
        }
        return ToolResult.of(JsonObject.of("passages", new JsonArray(passages)));
    }

    private static int whole(JsonObject arguments, String name, int otherwise) {
        return arguments.number(name).map(number -> number.value().intValue()).orElse(otherwise);
    }

    private static JsonObject number(String description, int least, int most, int otherwise) {
        return JsonObject.of(
                "type", "integer",
                "description", description,
                "minimum", least,
                "maximum", most,
                "default", otherwise);
    }
}
