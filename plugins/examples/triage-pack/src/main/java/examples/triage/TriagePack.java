package examples.triage;

import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import java.util.List;

/** The pack with its one agent, {@code triage}. */
@AgentOsExtension
public final class TriagePack implements AgentPack {

    private static final String MODEL = "local/extractive";

    @Override
    public String title() {
        return "Triage";
    }

    @Override
    public String description() {
        return "Sorts messages by how urgent they are and drafts answers to the urgent ones.";
    }

    @Override
    public JsonObject configurationSchema() {
        JsonObject model = JsonObject.of(
                "type", "string", "description", "The model that drafts, as provider/model.", "default", MODEL);
        return JsonObject.of("type", "object", "properties", JsonObject.of("model", model));
    }

    @Override
    public List<AgentDefinition> agents() {
        JsonObject message = JsonObject.of("type", "string", "description", "The message.");
        JsonObject input = JsonObject.of(
                "type", "object", "properties", JsonObject.of("message", message), "required", List.of("message"));
        return List.of(new AgentDefinition(
                "triage",
                "Scores a message and drafts an answer if it is urgent.",
                input,
                JsonObject.of("model", MODEL),
                graph()));
    }

    private static GraphDefinition graph() {
        return GraphDefinition.named("triage")
                .describedAs("Scores a message; drafts an answer if it is urgent.")
                .channel("message", "string", "last")
                .channel("urgency", "integer", "last", JsonNumber.of(0))
                .channel("draft", "string", "last")
                .node("score", ScoreNode.TYPE, JsonObject.of("words", List.of("down", "urgent", "breach")))
                .node("answer", "llm", JsonObject.of("prompt", "Draft a short answer: {{message}}", "output", "draft"))
                .edge("START", "score")
                .edge("score", "answer", "urgency > 0")
                .edge("score", "END", "urgency == 0")
                .edge("answer", "END")
                .build();
    }
}
