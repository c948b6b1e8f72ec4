package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.Effect;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.NodeType;
import org.junit.jupiter.api.Test;

/** What every node type keeps. */
public abstract class NodeTypeContract {

    /** The node type under test, started if it needs that. */
    protected abstract NodeType nodeType();

    /** Input that the node type can work on. */
    protected abstract NodeInput goodInput();

    /** The call that goes with the input; a fresh one each time. */
    protected FakeCallContext callContext() {
        return FakeCallContext.create();
    }

    @Test
    void describesItselfToAnAuthorOfGraphs() {
        assertThat(nodeType().type()).matches("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)*");
        assertThat(nodeType().description()).isNotBlank();
        SchemaAssertions.assertObjectSchema(nodeType().configurationSchema());
    }

    @Test
    void runsOnGoodInput() {
        NodeOutput output = nodeType().run(goodInput(), callContext());
        assertThat(output.writes().isEmpty()).as("writes nothing").isFalse();
    }

    @Test
    void aPureNodeWritesTheSameTwice() {
        if (nodeType().effect() == Effect.PURE) {
            assertThat(nodeType().run(goodInput(), callContext()))
                    .isEqualTo(nodeType().run(goodInput(), callContext()));
        }
    }

    @Test
    void runsInSeveralThreadsAtOnce() throws Exception {
        NodeType node = nodeType();
        assertThat(Concurrently.call(() -> node.run(goodInput(), callContext())))
                .hasSize(4);
    }
}
