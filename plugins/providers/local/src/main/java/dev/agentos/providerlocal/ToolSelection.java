package dev.agentos.providerlocal;

import dev.agentos.spi.Embedding;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Picks the tool whose description is nearest to a request, and fills its arguments where that needs no guessing. */
final class ToolSelection {

    private static final double NEAR = 0.25;
    private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"|“([^“”]+)”|'([^']{2,})'");

    private ToolSelection() {}

    /** What a tool is compared by. */
    static String text(ToolDescription tool) {
        return tool.name().replace('.', ' ').replace('-', ' ') + ": " + tool.description();
    }

    /** The nearest tool, if it is near enough. */
    static Optional<ToolDescription> choose(
            List<ToolDescription> tools, List<Embedding> embeddings, Embedding request) {
        return IntStream.range(0, tools.size())
                .boxed()
                .max((one, other) -> Double.compare(
                        embeddings.get(one).cosine(request),
                        embeddings.get(other).cosine(request)))
                .filter(best -> embeddings.get(best).cosine(request) >= NEAR)
                .map(tools::get);
    }

    /**
     * The arguments, when the tool requires none, or one text: then what the request quotes, else the whole request.
     */
    static Optional<JsonObject> arguments(ToolDescription tool, String request) {
        List<String> required = required(tool);
        if (required.isEmpty()) {
            return Optional.of(JsonObject.EMPTY);
        }
        JsonObject properties = tool.inputSchema().object("properties").orElse(JsonObject.EMPTY);
        boolean oneText = required.size() == 1
                && properties
                        .object(required.getFirst())
                        .flatMap(property -> property.text("type"))
                        .equals(Optional.of("string"))
                && !properties
                        .object(required.getFirst())
                        .orElseThrow()
                        .members()
                        .containsKey("enum");
        return oneText ? Optional.of(JsonObject.of(required.getFirst(), quotedPart(request))) : Optional.empty();
    }

    /** The names of the required arguments. */
    static List<String> required(ToolDescription tool) {
        List<String> names = new ArrayList<>();
        for (JsonValue name : tool.inputSchema().array("required").orElse(JsonArray.EMPTY)) {
            if (name instanceof JsonString(String text)) {
                names.add(text);
            }
        }
        return names;
    }

    private static String quotedPart(String request) {
        Matcher quoted = QUOTED.matcher(request);
        if (!quoted.find()) {
            return request.strip();
        }
        return IntStream.rangeClosed(1, quoted.groupCount())
                .mapToObj(quoted::group)
                .filter(group -> group != null)
                .findFirst()
                .orElse(request);
    }
}
