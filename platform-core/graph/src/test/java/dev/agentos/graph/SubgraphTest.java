package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SubgraphTest {

    private static final TenantId TENANT = new TenantId("tnt_a");
    private static final TenantId OTHER = new TenantId("tnt_b");

    private final FakeGraphStore store = new FakeGraphStore();
    private final Graphs graphs = new Graphs(store, NodeHandlers.NONE, Ids.system(), InstantSource.system());
    private final GraphLibrary library = new GraphLibrary(store);

    private StoredGraph save(String yaml) {
        return graphs.save(TENANT, GraphCodec.yamlObject(yaml));
    }

    private CompiledGraph compiled(String yaml) {
        return library.find(TENANT, save(yaml).reference());
    }

    private static final String DOUBLE = """
        metadata: {name: double}
        channels:
          n: {type: integer, reducer: last}
          log: {type: array, reducer: append, default: [start]}
        nodes:
          - {id: twice, type: transform, config: {set: {n: n * 2, log: "['twice']"}}}
        edges: [{source: START, target: twice}, {source: twice, target: END}]
        """;

    private static final String CALLS_DOUBLE = """
        metadata: {name: outer}
        channels: {x: {type: integer, reducer: last}, log: {type: array, reducer: append}}
        nodes:
          - {id: sub, type: subgraph, config: {graph: double, input: {n: x}, output: {x: n, log: log}}}
          - {id: after, type: transform, config: {set: {log: "['after ' + string(x)]"}}}
        edges: [{source: START, target: sub}, {source: sub, target: after}]
        """;

    @Test
    void runsAGraphInANodeAndKeepsItsChannelsApart() throws Exception {
        save(DOUBLE);
        PureExecution done = PureExecution.of(compiled(CALLS_DOUBLE), JsonObject.of("x", 21));
        assertThat(done.steps)
                .containsExactly(List.of("sub"), List.of("sub/twice"), List.of("sub/END"), List.of("after"));
        assertThat(done.states.get(1)).isEqualTo(Json.parseObject("{\"x\":21,\"sub/log\":[\"start\"],\"sub/n\":21}"));
        assertThat(done.values()).isEqualTo(Json.parseObject("{\"x\":42,\"log\":[\"start\",\"twice\",\"after 42\"]}"));
    }

    @Test
    void beginsAnewEachTimeThatALoopEnters() throws Exception {
        save(DOUBLE);
        PureExecution done = PureExecution.of(compiled("""
            metadata: {name: loop}
            channels: {x: {type: integer, reducer: last}, logs: {type: array, reducer: append}}
            nodes:
              - {id: sub, type: subgraph, config: {graph: double, input: {n: x}, output: {x: n, logs: "[log]"}}}
            edges:
              - {source: START, target: sub}
              - {source: sub, target: sub, condition: x < 8}
              - {source: sub, target: END, condition: x >= 8}
            """), JsonObject.of("x", 1));
        assertThat(done.values())
                .isEqualTo(Json.parseObject(
                        "{\"x\":8,\"logs\":[[\"start\",\"twice\"],[\"start\",\"twice\"],[\"start\",\"twice\"]]}"));
        assertThat(done.steps).hasSize(9);
    }

    @Test
    void nestsSeveralLevelsAndRunsThemSideBySide() throws Exception {
        save(DOUBLE);
        save("""
            metadata: {name: middle}
            channels: {m: {type: integer, reducer: last}}
            nodes:
              - {id: one, type: subgraph, config: {graph: double, input: {n: m}, output: {m: n}}}
              - {id: two, type: subgraph, config: {graph: double, input: {n: m}, output: {m: n}}}
            edges: [{source: START, target: one}, {source: one, target: two}]
            """);
        PureExecution done = PureExecution.of(compiled("""
            metadata: {name: top}
            channels:
              a: {type: integer, reducer: last, default: 1}
              b: {type: integer, reducer: last, default: 10}
              sum: {type: integer, reducer: last}
            nodes:
              - {id: left, type: subgraph, config: {graph: middle, input: {m: a}, output: {a: m}}}
              - {id: right, type: subgraph, config: {graph: double, input: {n: b}, output: {b: n}}}
              - {id: join, type: transform, join: all, config: {set: {sum: a + b}}}
            edges:
              - {source: START, target: left}
              - {source: START, target: right}
              - {source: left, target: join}
              - {source: right, target: join}
            """), JsonObject.EMPTY);
        assertThat(done.steps)
                .containsExactly(
                        List.of("left", "right"),
                        List.of("left/one", "right/twice"),
                        List.of("left/one/twice", "right/END"),
                        List.of("left/one/END"),
                        List.of("left/two"),
                        List.of("left/two/twice"),
                        List.of("left/two/END"),
                        List.of("left/END"),
                        List.of("join"));
        assertThat(done.states.get(3).members().keySet())
                .contains("left/one/n", "left/m")
                .doesNotContain("right/n");
        assertThat(done.values()).isEqualTo(JsonObject.of("a", 4, "b", 20, "sum", 24));
    }

    @Test
    void endsOnceWhenAllPathsInsideHaveEnded() throws Exception {
        PureExecution done = PureExecution.of(compiled("""
            metadata: {name: paths}
            channels: {log: {type: array, reducer: append}}
            nodes:
              - id: sub
                type: subgraph
                config:
                  output: {log: log}
                  graph:
                    channels: {log: {type: array, reducer: append}, go: {type: boolean, reducer: last, default: false}}
                    nodes:
                      - {id: short, type: transform, config: {set: {log: "['short']"}}}
                      - {id: long, type: transform, config: {set: {log: "['long']"}}}
                      - {id: longer, type: transform, config: {set: {log: "['longer']"}}}
                      - {id: never, type: transform, config: {set: {log: "['never']"}}}
                      - {id: meet, type: transform, join: all, config: {set: {log: "['meet']"}}}
                    edges:
                      - {source: START, target: short}
                      - {source: START, target: long}
                      - {source: long, target: longer}
                      - {source: longer, target: meet}
                      - {source: short, target: never, condition: go}
                      - {source: short, target: meet, condition: "!go"}
                      - {source: never, target: meet}
              - {id: busy, type: transform, config: {set: {log: "['busy']"}}}
              - {id: end, type: transform, config: {set: {log: "['end']"}}}
            edges:
              - {source: START, target: sub}
              - {source: START, target: busy}
              - {source: busy, target: busy, condition: size(log) < 9}
              - {source: busy, target: END, condition: size(log) >= 9}
              - {source: sub, target: end}
            """), JsonObject.EMPTY);
        // The join inside waits for a path that does not come, as long as something runs inside; not for 'busy'.
        assertThat(done.steps)
                .startsWith(
                        List.of("busy", "sub"),
                        List.of("busy", "sub/long", "sub/short"),
                        List.of("busy", "sub/longer"),
                        List.of("busy", "sub/meet"),
                        List.of("busy", "sub/END"),
                        List.of("end"));
        assertThat(done.steps.stream().flatMap(List::stream)).containsOnlyOnce("sub/END", "end");
        assertThat(done.values().array("log").orElseThrow())
                .hasToString(
                        "[\"busy\",\"busy\",\"busy\",\"busy\",\"busy\",\"long\",\"short\",\"longer\",\"meet\",\"end\"]");
    }

    @Test
    void letsARoundEndBeforeTheNextBegins() throws Exception {
        save(DOUBLE);
        PureExecution done = PureExecution.of(compiled("""
            metadata: {name: rounds}
            channels: {x: {type: integer, reducer: last, default: 1}, log: {type: array, reducer: append}}
            nodes:
              - {id: wait, type: transform, config: {set: {log: "['wait']"}}}
              - {id: sub, type: subgraph, config: {graph: double, input: {n: x}, output: {x: n}}}
              - {id: after, type: transform, config: {set: {log: "['after ' + string(x)]"}}}
            edges:
              - {source: START, target: wait}
              - {source: START, target: sub}
              - {source: wait, target: sub}
              - {source: sub, target: after}
            """), JsonObject.EMPTY);
        assertThat(done.steps)
                .containsExactly(
                        List.of("sub", "wait"),
                        List.of("sub/twice"),
                        List.of("sub/END"),
                        List.of("after", "sub"),
                        List.of("sub/twice"),
                        List.of("sub/END"),
                        List.of("after"));
        assertThat(done.values()).isEqualTo(Json.parseObject("{\"x\":4,\"log\":[\"wait\",\"after 2\",\"after 4\"]}"));
    }

    @Test
    void choosesDispatchesAndAsksInside() throws Exception {
        PureExecution done = PureExecution.of(
                compiled("""
                    metadata: {name: inside}
                    channels: {items: {type: array, reducer: last}, result: {type: any, reducer: last}}
                    nodes:
                      - id: sub
                        type: subgraph
                        config:
                          input: {items: items, missing: result}
                          output: result
                          graph:
                            channels:
                              items: {type: array, reducer: last}
                              item: {type: integer, reducer: last}
                              squares: {type: array, reducer: append}
                              missing: {type: any, reducer: last}
                              answer: {type: string, reducer: last}
                            nodes:
                              - id: choose
                                type: condition
                                config: {cases: [{when: size(items) > 1, goto: fan}], default: END}
                              - {id: fan, type: dispatch, config: {items: items, node: square, as: item}}
                              - {id: square, type: transform, config: {set: {squares: "[item * item]"}}}
                              - {id: ask, type: human, config: {prompt: 'Fine?', output: answer}}
                            edges:
                              - {source: START, target: choose}
                              - {source: square, target: ask}
                    edges: [{source: START, target: sub}]
                    """), JsonObject.of("items", List.of(2, 3)), Map.of("sub/ask", new JsonString("yes")));
        assertThat(done.steps)
                .containsExactly(
                        List.of("sub"),
                        List.of("sub/choose"),
                        List.of("sub/fan"),
                        List.of("sub/square", "sub/square"),
                        List.of("sub/ask"),
                        List.of("sub/END"));
        assertThat(done.values().object("result"))
                .contains(Json.parseObject("{\"items\":[2,3],\"squares\":[4,9],\"answer\":\"yes\"}"));
    }

    @Test
    void carriesAChatInAndOut() throws Exception {
        PureExecution done = PureExecution.of(
                compiled("""
                    metadata: {name: chat}
                    channels: {chat: {type: array, reducer: messages}}
                    nodes:
                      - id: sub
                        type: subgraph
                        config:
                          messages: chat
                          graph:
                            channels: {messages: {type: array, reducer: messages}}
                            nodes:
                              - id: answer
                                type: transform
                                config: {set: {messages: "[{'id': 'b', 'role': 'assistant', 'content': string(size(messages))}]"}}
                            edges: [{source: START, target: answer}]
                    edges:
                      - {source: START, target: sub}
                      - {source: sub, target: sub, condition: size(chat) < 3}
                      - {source: sub, target: END, condition: size(chat) >= 3}
                    """),
                Json.parseObject(
                        "{\"chat\":[{\"role\":\"user\",\"content\":\"hi\"},{\"id\":\"a\",\"role\":\"user\",\"content\":\"?\"}]}"));
        assertThat(done.values().array("chat").orElseThrow())
                .hasToString(
                        "[{\"role\":\"user\",\"content\":\"hi\"},{\"id\":\"a\",\"role\":\"user\",\"content\":\"?\"},"
                                + "{\"id\":\"b\",\"role\":\"assistant\",\"content\":\"2\"}]");
    }

    @Test
    void pinsVersionsWhenTheGraphIsStored() throws Exception {
        StoredGraph child = save(DOUBLE);
        StoredGraph parent = save(CALLS_DOUBLE);
        assertThat(parent.subgraphs()).containsExactly(Map.entry("sub", child.reference()));
        StoredGraph triple = save(DOUBLE.replace("n * 2", "n * 3"));
        assertThat(triple.reference().version()).isEqualTo(2);
        CompiledGraph old = library.find(TENANT, parent.reference());
        assertThat(PureExecution.of(old, JsonObject.of("x", 1)).values().number("x"))
                .contains(JsonNumber.of(2));

        StoredGraph again = save(CALLS_DOUBLE);
        assertThat(again.reference().version()).isEqualTo(2);
        assertThat(again.definition()).isEqualTo(parent.definition());
        CompiledGraph fresh = library.find(TENANT, again.reference());
        assertThat(PureExecution.of(fresh, JsonObject.of("x", 1)).values().number("x"))
                .contains(JsonNumber.of(3));
        assertThat(save(CALLS_DOUBLE).reference()).isEqualTo(again.reference());

        CompiledGraph asked = compiled(CALLS_DOUBLE.replace("graph: double,", "graph: double, version: 1,"));
        assertThat(PureExecution.of(asked, JsonObject.of("x", 1)).values().number("x"))
                .contains(JsonNumber.of(2));
        graphs.delete(TENANT, child.reference().graph());
        assertThat(new GraphLibrary(store).find(TENANT, parent.reference()).node("sub/twice"))
                .isPresent();
    }

    @Test
    void keepsTenantsWithTheSameTextApart() throws Exception {
        save(DOUBLE);
        graphs.save(OTHER, GraphCodec.yamlObject(DOUBLE.replace("n * 2", "n * 100")));
        StoredGraph mine = save(CALLS_DOUBLE);
        StoredGraph theirs = graphs.save(OTHER, GraphCodec.yamlObject(CALLS_DOUBLE));
        assertThat(PureExecution.of(library.find(TENANT, mine.reference()), JsonObject.of("x", 1))
                        .values()
                        .number("x"))
                .contains(JsonNumber.of(2));
        assertThat(PureExecution.of(library.find(OTHER, theirs.reference()), JsonObject.of("x", 1))
                        .values()
                        .number("x"))
                .contains(JsonNumber.of(100));
    }

    @Test
    void drawsWhatNodesContainInsideOfThem() {
        save(DOUBLE);
        assertThat(graphs.draw(TENANT, save(CALLS_DOUBLE))).isEqualTo("""
            flowchart TD
                START([START])
                END_([END])
                subgraph n2 ["sub (subgraph)"]
                    n2_START([START])
                    n2_END([END])
                    n3["twice (transform)"]
                    n2_START --> n3
                    n3 --> n2_END
                end
                n4["after (transform)"]
                START --> n2
                n2 --> n4
            """);
    }

    @Test
    void theReferenceShowsAGraphThatCompiles() throws Exception {
        String page = Files.readString(Path.of("../../docs/reference/graphs.md"));
        int section = page.indexOf("## `subgraph`");
        int begin = page.indexOf("```json\n", section) + 8;
        JsonObject shown = Json.parseObject(page.substring(begin, page.indexOf("\n```", begin)));
        for (int version = 1; version <= 3; version++) {
            save("""
                metadata: {name: review-text}
                channels: {text: {type: string, reducer: last}, result: {type: string, reducer: last}}
                nodes: [{id: read, type: transform, config: {set: {result: "text + ' %d'"}}}]
                edges: [{source: START, target: read}]
                """.formatted(version));
        }
        StoredGraph stored = graphs.save(TENANT, shown.overlaidBy(GraphCodec.yamlObject("""
            metadata: {name: shown}
            channels: {draft: {type: string, reducer: last}, verdict: {type: string, reducer: last}}
            """)));
        CompiledGraph graph = library.find(TENANT, stored.reference());
        assertThat(graph.node("tidy/lower")).isPresent();
        assertThat(PureExecution.of(graph, JsonObject.of("draft", " Hello ")).values())
                .isEqualTo(JsonObject.of("draft", "hello", "verdict", " Hello  3"));
    }
}
