package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.NodeDefinition;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every pack keeps. The server checks more of its graphs when it is enabled: expressions, models and tools. */
public abstract class AgentPackContract {

    private static final List<String> ENDS = List.of("START", "END");

    /** The pack under test, started if it needs that. */
    protected abstract AgentPack pack();

    @Test
    void describesItselfToAnAdministrator() {
        assertThat(pack().title()).isNotBlank().hasSizeLessThanOrEqualTo(80);
        assertThat(pack().description()).isNotBlank();
        SchemaAssertions.assertObjectSchema(pack().configurationSchema());
    }

    @Test
    void bringsTheSameAgentsEachTime() {
        assertThat(pack().agents()).isNotEmpty().isEqualTo(pack().agents());
        assertThat(pack().agents()).extracting(AgentDefinition::name).doesNotHaveDuplicates();
        assertThat(pack().agents()).allSatisfy(agent -> {
            assertThat(agent.description())
                    .as("description of %s", agent.name())
                    .isNotBlank();
            SchemaAssertions.assertObjectSchema(agent.inputSchema());
        });
    }

    @Test
    void takesInputForWhichItsGraphsHaveChannels() {
        assertThat(pack().agents())
                .allSatisfy(agent -> assertThat(agent.graph().channels().keySet())
                        .as("channels of %s", agent.name())
                        .containsAll(agent.inputSchema()
                                .object("properties")
                                .map(properties -> properties.members().keySet())
                                .orElse(Set.of())));
    }

    @Test
    void itsGraphsHangTogether() {
        assertThat(pack().agents()).allSatisfy(agent -> {
            GraphDefinition graph = agent.graph();
            List<String> nodes = graph.nodes().stream().map(NodeDefinition::id).toList();
            assertThat(nodes).as("nodes of %s", agent.name()).isNotEmpty().doesNotHaveDuplicates();
            assertThat(graph.edges())
                    .as("edges of %s", agent.name())
                    .allSatisfy(edge -> assertThat(
                                    Stream.concat(nodes.stream(), ENDS.stream()).toList())
                            .contains(edge.source(), edge.target()));
            assertThat(graph.edges()).extracting(EdgeDefinition::source).contains("START");
        });
    }
}
