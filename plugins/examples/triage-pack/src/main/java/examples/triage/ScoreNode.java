package examples.triage;

import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.NodeType;
import java.util.Locale;

/** Says how urgent a message is: how many of the words stand in it that its settings name. */
@AgentOsExtension
public final class ScoreNode implements NodeType {

    static final String TYPE = "triage.score";

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String description() {
        return "Reads the channel message and writes to urgency how many of the words stand in it.";
    }

    @Override
    public JsonObject configurationSchema() {
        JsonObject words = JsonObject.of(
                "type", "array", "items", JsonObject.of("type", "string"), "description", "What makes it urgent.");
        return JsonObject.of("type", "object", "properties", JsonObject.of("words", words));
    }

    @Override
    public Effect effect() {
        return Effect.PURE;
    }

    @Override
    public NodeOutput run(NodeInput input, CallContext call) {
        String message = input.state().text("message").orElse("").toLowerCase(Locale.ROOT);
        long score = input.settings().array("words").orElse(JsonArray.EMPTY).items().stream()
                .filter(word ->
                        word instanceof JsonString(String text) && message.contains(text.toLowerCase(Locale.ROOT)))
                .count();
        return new NodeOutput(JsonObject.of("urgency", score));
    }
}
