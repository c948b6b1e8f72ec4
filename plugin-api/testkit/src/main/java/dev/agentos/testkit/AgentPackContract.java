package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentFile;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What every pack keeps. The server checks more: graphs that are files when the plugin is started, models and tools of
 * every graph when an agent is used.
 */
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
        assertThat(pack().agents()).isEqualTo(pack().agents());
        assertThat(pack().agentFiles()).isEqualTo(pack().agentFiles());
        assertThat(Stream.concat(
                        pack().agents().stream().map(AgentDefinition::name),
                        pack().agentFiles().stream().map(AgentFile::name)))
                .isNotEmpty()
                .doesNotHaveDuplicates();
        pack().agents().forEach(agent -> assertDescribed(agent.name(), agent.description(), agent.inputSchema()));
        pack().agentFiles().forEach(agent -> assertDescribed(agent.name(), agent.description(), agent.inputSchema()));
    }

    private static void assertDescribed(String name, String description, JsonObject inputSchema) {
        assertThat(description).as("description of %s", name).isNotBlank();
        SchemaAssertions.assertObjectSchema(inputSchema);
    }

    @Test
    void itsFilesAreInTheJar() {
        assertThat(pack().agentFiles()).allSatisfy(agent -> {
            try (InputStream file = pack().getClass().getResourceAsStream("/" + agent.graph())) {
                assertThat(file)
                        .as("%s, the file of %s", agent.graph(), agent.name())
                        .isNotNull();
                if (agent.graph().endsWith(".json")) {
                    assertThat(JsonValue.parse(new String(file.readAllBytes(), StandardCharsets.UTF_8)))
                            .as("%s", agent.graph())
                            .isInstanceOf(JsonObject.class);
                }
            }
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
