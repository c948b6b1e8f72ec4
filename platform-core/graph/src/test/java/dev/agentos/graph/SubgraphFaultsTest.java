package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SubgraphFaultsTest {

    private static final TenantId TENANT = new TenantId("tnt_a");

    private final FakeGraphStore store = new FakeGraphStore();
    private final Map<String, GraphDefinition> agents = new HashMap<>();
    private final Graphs graphs = new Graphs(
            store,
            NodeHandlers.NONE,
            new AgentCatalog() {
                @Override
                public Optional<AgentGraph> find(TenantId tenant, String agent) {
                    return Optional.ofNullable(agents.get(agent))
                            .map(graph ->
                                    new AgentGraph("pack", graph, JsonObject.of("required", List.of("question"))));
                }

                @Override
                public JsonObject configuration(TenantId tenant, String agent, JsonObject overrides) {
                    return overrides;
                }
            },
            Ids.system(),
            InstantSource.system());

    private StoredGraph save(String yaml) {
        return graphs.save(TENANT, GraphCodec.yamlObject(yaml));
    }

    private List<Fault> faults(String yaml) {
        return catchThrowableOfType(InvalidInputException.class, () -> save(yaml))
                .faults();
    }

    private static String calling(String name, String other) {
        return """
            metadata: {name: %s}
            nodes: [{id: sub, type: subgraph, config: {graph: %s}}]
            edges: [{source: START, target: sub}]
            """.formatted(name, other);
    }

    private static String leaf(String name) {
        return """
            metadata: {name: %s}
            channels: {n: {type: integer, reducer: last}}
            nodes: [{id: work, type: transform, config: {set: {n: '1'}}}]
            edges: [{source: START, target: work}]
            """.formatted(name);
    }

    @Test
    void refusesGraphsThatContainThemselves() {
        save(leaf("a"));
        assertThat(faults(calling("a", "a"))).singleElement().satisfies(fault -> {
            assertThat(fault.pointer()).isEqualTo("/nodes/0/config/graph");
            assertThat(fault.message()).isEqualTo("Node 'sub' would contain itself: a → a.");
        });
        save(calling("b", "a"));
        save(calling("c", "b"));
        assertThat(faults(calling("a", "c"))).singleElement().satisfies(fault -> {
            assertThat(fault.pointer()).isEqualTo("/nodes/0/config/graph");
            assertThat(fault.message()).contains("a → c → b → a");
        });
    }

    @Test
    void refusesAgentsThatPlayPingPong() {
        agents.put("p/ping", chat("ping", "p/pong"));
        agents.put("p/pong", chat("pong", "p/ping"));
        assertThat(faults("""
            metadata: {name: game}
            nodes: [{id: play, type: agent, config: {agent: p/ping, input: {question: "'go'"}}}]
            edges: [{source: START, target: play}]
            """)).singleElement().satisfies(fault -> {
            assertThat(fault.pointer()).isEqualTo("/nodes/0/config/agent");
            assertThat(fault.message()).contains("p/ping → p/pong → p/ping");
        });
        assertThat(catchThrowableOfType(
                                InvalidInputException.class,
                                () -> graphs.save(TENANT, "p/ping", "p", agents.get("p/ping")))
                        .faults())
                .hasSize(1);
        assertThat(store.latestByName(TENANT, "p/ping")).isEmpty();
    }

    private static GraphDefinition chat(String name, String other) {
        return GraphDefinition.named(name)
                .channel("question", "string", "last")
                .agent("ask", other, JsonObject.of("question", "question"), JsonObject.EMPTY)
                .edge("START", "ask")
                .build();
    }

    @Test
    void boundsDepthAndSizeOfTheWhole() {
        save(leaf("g0"));
        for (int i = 1; i <= 16; i++) {
            save(calling("g" + i, "g" + (i - 1)));
        }
        assertThat(faults(calling("g17", "g16"))).singleElement().satisfies(fault -> {
            assertThat(fault.pointer()).isEqualTo("/nodes/0/config/graph");
            assertThat(fault.message()).contains("more than 16 graphs deep");
        });
        save(leaf("bomb0"));
        String nodes = "";
        String edges = "";
        for (int i = 0; i < 10; i++) {
            nodes += "{id: s" + i + ", type: subgraph, config: {graph: NEXT}},";
            edges += "{source: START, target: s" + i + "},";
        }
        String bomb = "{metadata: {name: NAME}, nodes: [" + nodes + "], edges: [" + edges + "]}";
        for (int i = 1; i <= 3; i++) {
            save(bomb.replace("NAME", "bomb" + i).replace("NEXT", "bomb" + (i - 1)));
        }
        assertThat(faults(bomb.replace("NAME", "bomb4").replace("NEXT", "bomb3")))
                .singleElement()
                .satisfies(fault -> assertThat(fault.message()).contains("more than 10000 nodes"));
    }

    @Test
    void namesThePlaceOfEachFault() {
        save(leaf("leaf"));
        agents.put("p/bad", GraphDefinition.named("bad").build());
        assertThat(faults("""
            metadata: {name: faulty}
            channels: {x: {type: integer, reducer: last}, chat: {type: array, reducer: append}}
            nodes:
              - {id: none, type: subgraph, config: {graph: nowhere}}
              - {id: maps, type: subgraph, data: {config: {graph: leaf, input: {m: x, n: y}, output: {z: n, x: q}}}}
              - id: inner
                type: subgraph
                config:
                  messages: chat
                  graph:
                    nodes:
                      - {id: a, type: wrong}
                    edges: [{source: START, target: b}]
              - {id: agent, type: agent, config: {agent: p/none}}
              - {id: bad, type: agent, config: {agent: p/bad}}
              - {id: settings, type: subgraph, timeout: P400D, cache: {key: '1 +', ttl: PT0S}, config: {graph: leaf, version: 0, more: 1}}
              - {id: fan, type: dispatch, config: {items: '[1]', node: maps}}
              - {id: hidden, type: subgraph.end}
            edges:
              - {source: START, target: none}
              - {source: none, target: fan, goto: true}
            """))
                .extracting(Fault::pointer)
                .containsExactlyInAnyOrder(
                        "/nodes/0/config/graph",
                        "/nodes/1/data/config/input/n",
                        "/nodes/1/data/config/output/z",
                        "/nodes/1/data/config/input/m",
                        "/nodes/1/data/config/output/x",
                        "/nodes/2/config/graph/nodes/0/type",
                        "/nodes/2/config/graph/edges/0/target",
                        "/nodes/2/config/messages",
                        "/nodes/2/config/messages",
                        "/nodes/3/config/agent",
                        "/nodes/4/config/agent",
                        "/nodes/4/config/input",
                        "/nodes/5/timeout",
                        "/nodes/5/cache/ttl",
                        "/nodes/5/cache/key",
                        "/nodes/5/config/more",
                        "/nodes/5/config/version",
                        "/nodes/5/config/graph",
                        "/nodes/7/type",
                        "/edges/1/goto");
    }

    @Test
    void doesNotTakeTheGraphOfAnAgentForOneOfTheTenant() {
        agents.put("p/leaf", GraphCodec.readYaml(leaf("leaf")));
        graphs.save(TENANT, "p/leaf", "p", agents.get("p/leaf"));
        assertThat(faults(calling("sly", "p/leaf")))
                .singleElement()
                .satisfies(fault -> assertThat(fault.message()).contains("does not have"));
    }

    @Test
    void readsAndWritesThemExactly() {
        JsonObject document = GraphCodec.yamlObject("""
            metadata: {name: exact}
            channels: {x: {type: integer, reducer: last}}
            nodes:
              - id: sub
                type: subgraph
                position: {x: 1, y: 2}
                data: {label: Sub, config: {graph: {nodes: [], edges: []}, input: {n: x}}}
                interrupt: after
              - {id: ask, type: agent, config: {agent: p/a, configuration: {model: m}, output: x}}
            edges: [{source: START, target: sub}, {source: sub, target: ask}]
            """);
        assertThat(GraphCodec.write(GraphCodec.read(document)).toString()).isEqualTo(document.toString());
    }
}
