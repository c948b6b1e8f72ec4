package dev.agentos.packresearch;

import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.NodeType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks that the answer rests on the passages: it cites at least one, none that was not retrieved, and what a quoting
 * model quotes stands word for word in the passage that it names.
 */
@AgentOsExtension
public final class CheckNode implements NodeType {

    private static final Pattern MARKER = Pattern.compile("\\[(p\\d{1,4})]");

    /** The node type; made by the host. */
    public CheckNode() {}

    @Override
    public String type() {
        return "research.check";
    }

    @Override
    public String description() {
        return "Checks the citations of the channel answer against retrieved; writes found and citations.";
    }

    @Override
    public JsonObject configurationSchema() {
        return JsonObject.of("type", "object", "properties", JsonObject.EMPTY, "additionalProperties", false);
    }

    @Override
    public Effect effect() {
        return Effect.PURE;
    }

    @Override
    public NodeOutput run(NodeInput input, CallContext call) {
        String answer = input.state().text("answer").orElse("");
        List<JsonObject> retrieved = Values.objects(input.state(), "retrieved");
        boolean quotes =
                call.configuration().text("model").orElse(Values.DEFAULT_MODEL).equals(Values.DEFAULT_MODEL);
        Set<JsonValue> citations = new LinkedHashSet<>();
        boolean good = true;
        Matcher marker = MARKER.matcher(answer);
        int from = 0;
        while (marker.find()) {
            String claim = answer.substring(from, marker.start()).strip();
            String id = marker.group(1);
            Optional<JsonObject> passage = retrieved.stream()
                    .filter(candidate -> candidate.text("id").equals(Optional.of(id)))
                    .findFirst();
            Optional<JsonObject> citation = passage.flatMap(found -> citation(found, claim, quotes));
            citation.ifPresent(citations::add);
            good &= citation.isPresent();
            from = marker.end();
        }
        boolean found = good && !citations.isEmpty();
        return new NodeOutput(JsonObject.of(
                "found",
                JsonBoolean.of(found),
                "citations",
                found ? new JsonArray(List.copyOf(citations)) : JsonArray.EMPTY));
    }

    /** The citation of a passage; empty when a quote does not stand in it. */
    private static Optional<JsonObject> citation(JsonObject passage, String claim, boolean quotes) {
        String text = passage.text("text").orElse("");
        int start = Values.number(passage, "start");
        Optional<int[]> place = place(text, claim);
        if (place.isEmpty() && quotes) {
            return Optional.empty();
        }
        int[] range = place.orElse(new int[] {0, text.length()});
        return Optional.of(JsonObject.of(
                "file", passage.text("source").orElse(""),
                "passage", passage.text("id").orElse(""),
                "score", passage.member("score").orElse(JsonNull.NULL),
                "quote", text.substring(range[0], range[1]),
                "start", start + range[0],
                "end", start + range[1]));
    }

    /** Where a quote stands in a text, white space aside. */
    private static Optional<int[]> place(String text, String quote) {
        int[] places = new int[text.length()];
        String wanted = flat(quote.strip(), new int[quote.length()]);
        int at = wanted.isEmpty() ? -1 : flat(text, places).indexOf(wanted);
        return at < 0 ? Optional.empty() : Optional.of(new int[] {places[at], places[at + wanted.length() - 1] + 1});
    }

    /** A text with each run of white space as one space, and for each of its characters where that was. */
    private static String flat(String text, int[] places) {
        StringBuilder flat = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            boolean space = Character.isWhitespace(text.charAt(i));
            if (!space || flat.isEmpty() || flat.charAt(flat.length() - 1) != ' ') {
                places[flat.length()] = i;
                flat.append(space ? ' ' : text.charAt(i));
            }
        }
        return flat.toString();
    }
}
