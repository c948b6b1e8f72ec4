package dev.agentos.packresearch;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.NodeType;
import dev.agentos.spi.ToolResult;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the documents and splits them into passages. Behind it the channel {@code documents} holds names and lengths
 * only: the text stands once, in {@code passages}.
 */
@AgentOsExtension
public final class IngestNode implements NodeType {

    /** The node type; made by the host. */
    public IngestNode() {}

    @Override
    public String type() {
        return "research.ingest";
    }

    @Override
    public String description() {
        return "Reads the documents of the channels documents and folder; writes passages, and documents without text.";
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
        List<JsonObject> wanted = wanted(input.state(), call);
        if (wanted.isEmpty()) {
            throw new AgentOsException(
                    ResearchErrorCode.NO_DOCUMENTS,
                    "There is no document to answer from.",
                    "Give documents with name and text, or a folder of the workspace that holds some.");
        }
        List<JsonValue> passages = new ArrayList<>();
        List<JsonValue> documents = new ArrayList<>();
        for (JsonObject document : wanted) {
            Values.checkWanted(call);
            String name = Values.text(document, "name");
            JsonObject text = output(call, "documents.read", document, name);
            JsonObject split = output(
                    call,
                    "documents.split",
                    JsonObject.of("name", name, "text", text.text("text").orElse("")),
                    name);
            split.array("passages").orElse(JsonArray.EMPTY).forEach(passages::add);
            documents.add(JsonObject.of("name", name, "characters", Values.number(text, "characters")));
            Values.progress(call, documents.size(), wanted.size(), "Read " + name);
        }
        return new NodeOutput(
                JsonObject.of("passages", new JsonArray(passages), "documents", new JsonArray(documents)));
    }

    private static List<JsonObject> wanted(JsonObject state, CallContext call) {
        List<JsonObject> wanted = new ArrayList<>();
        for (JsonObject document : Values.objects(state, "documents")) {
            wanted.add(JsonObject.of(
                    "name",
                    Values.text(document, "name"),
                    "text",
                    document.text("text").orElse("")));
        }
        String folder = state.text("folder").orElse("");
        if (!folder.isBlank()) {
            for (String path : call.files().list(folder)) {
                wanted.add(JsonObject.of("name", path, "path", path));
            }
        }
        return wanted;
    }

    private static JsonObject output(CallContext call, String tool, JsonObject arguments, String document) {
        ToolResult result = call.tools().call(tool, arguments);
        if (!result.failed() && result.output() instanceof JsonObject output) {
            return output;
        }
        String why = result.output() instanceof JsonString(String text)
                ? text
                : result.output().toString();
        throw new AgentOsException(
                ResearchErrorCode.UNREADABLE_DOCUMENT,
                "The document " + document + " cannot be used: " + why,
                "Correct the document or leave it out.");
    }
}
