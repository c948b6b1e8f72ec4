package examples.triage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.PluginServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The finished JAR in a real server, with a model that answers from a script. */
class TriagePackIT {

    @RegisterExtension
    static final PluginServer SERVER = PluginServer.ofBuild().withModelThatAnswers("We are on it.");

    @Test
    void agentDraftsAnAnswerToWhatIsUrgent() {
        SERVER.enablePack(JsonObject.of("model", PluginServer.MODEL));
        assertThat(SERVER.runAgent("triage-pack/triage", JsonObject.of("message", "Everything is down, urgent!")))
                .isEqualTo(JsonObject.of(
                        "message", "Everything is down, urgent!", "urgency", 2, "draft", "We are on it."));
        assertThat(SERVER.runAgent("triage-pack/triage", JsonObject.of("message", "Thank you."))
                        .member("draft"))
                .isEmpty();
    }

    @Test
    void graphsOfOthersUseTheNodeType() {
        JsonObject output = SERVER.execute(
                GraphDefinition.named("score")
                        .channel("message", "string", "last")
                        .channel("urgency", "integer", "last")
                        .node("score", "triage.score", JsonObject.of("words", List.of("fire")))
                        .edge("START", "score")
                        .edge("score", "END")
                        .build(),
                JsonObject.of("message", "Fire!"));
        assertThat(output.member("urgency")).contains(JsonNumber.of(1));
        assertThat(SERVER.denials()).isEmpty();
    }
}
