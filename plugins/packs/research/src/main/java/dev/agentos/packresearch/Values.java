package dev.agentos.packresearch;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;

/** Reads channels and configuration, and reports progress, alike in all nodes. */
final class Values {

    static final String DEFAULT_MODEL = "local/extractive";
    static final String DEFAULT_EMBEDDING_MODEL = "local/all-minilm-l6-v2-q";
    static final int DEFAULT_PASSAGES = 6;

    private Values() {}

    /** The objects of an array channel; none while it is unset. */
    static List<JsonObject> objects(JsonObject state, String channel) {
        List<JsonObject> objects = new ArrayList<>();
        for (JsonValue item : state.array(channel).orElse(JsonArray.EMPTY)) {
            if (item instanceof JsonObject object) {
                objects.add(object);
            }
        }
        return objects;
    }

    /** A text that must be there and not blank. */
    static String text(JsonObject object, String member) {
        return object.text(member)
                .filter(text -> !text.isBlank())
                .orElseThrow(() -> new AgentOsException(
                        ResearchErrorCode.INVALID_INPUT,
                        "The input has no '" + member + "'.",
                        "Give '" + member + "' as a text that is not blank."));
    }

    /** A whole number that must be there. */
    static int number(JsonObject object, String member) {
        return object.number(member).map(number -> number.value().intValue()).orElse(0);
    }

    /** The name of the embedding model in force. */
    static String embeddingModel(CallContext call) {
        return call.configuration().text("embeddingModel").orElse(DEFAULT_EMBEDDING_MODEL);
    }

    /** Streams progress to whoever follows the execution. */
    static void progress(CallContext call, int done, int total, String message) {
        call.emit("progress", JsonObject.of("done", done, "total", total, "message", message));
    }

    /** Stops the node once nobody wants its result. */
    static void checkWanted(CallContext call) {
        if (call.cancelled()) {
            throw new AgentOsException(
                    ResearchErrorCode.CANCELLED,
                    "The execution was cancelled.",
                    "Start it again if it is still wanted, with a later deadline or fewer documents.");
        }
    }
}
