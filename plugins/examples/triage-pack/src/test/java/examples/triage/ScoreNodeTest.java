package examples.triage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeType;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.NodeTypeContract;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every node type keeps, and what this one does. */
class ScoreNodeTest extends NodeTypeContract {

    @Override
    protected NodeType nodeType() {
        return new ScoreNode();
    }

    @Override
    protected NodeInput goodInput() {
        return new NodeInput(
                "score",
                JsonObject.of("words", List.of("down", "urgent")),
                JsonObject.of("message", "The site is DOWN, this is urgent!"));
    }

    @Test
    void countsTheWordsThatStandInTheMessage() {
        assertThat(nodeType().run(goodInput(), FakeCallContext.create()).writes())
                .isEqualTo(JsonObject.of("urgency", 2));
    }
}
