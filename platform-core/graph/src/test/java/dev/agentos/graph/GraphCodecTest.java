package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class GraphCodecTest {

    static final String FULL = """
        {"metadata":{"name":"review","description":"Reviews.","version":"1.2"},
         "channels":{"zeta":{"type":"string","reducer":"last","default":"x"},
                     "alpha":{"type":"array","reducer":"messages"}},
         "nodes":[
           {"id":"b","type":"llm","position":{"x":1.50,"y":2},"data":{"label":"B","config":{"model":"m","k":[1,null]}},
            "retry":{"maxAttempts":5,"initial":"PT0.5S","multiplier":2,"longest":"PT30S","errors":["graph:NODE_TIMEOUT","RESOURCES"]},"timeout":"PT2M",
            "join":"all","interrupt":"after","cache":{"key":"zeta","ttl":"PT10M"}},
           {"id":"a","type":"condition","label":"A","config":{}}],
         "edges":[{"id":"e1","source":"START","target":"b"},
                  {"source":"b","target":"a","condition":"zeta == 'x'"},
                  {"source":"b","target":"END","goto":true},
                  {"source":"a","target":"END"}],
         "limits":{"maxSupersteps":7,"timeout":"PT1H"}}\
        """;

    @Test
    void writesWhatItReadMemberByMemberInOrder() {
        JsonObject json = Json.parseObject(FULL);
        GraphDefinition graph = GraphCodec.read(json);

        assertThat(Json.write(GraphCodec.write(graph))).isEqualTo(Json.write(json));
        assertThat(graph.nodes().getFirst().timeout()).contains(Duration.ofMinutes(2));
        assertThat(graph.channels().keySet()).containsExactly("zeta", "alpha");
    }

    @Test
    void readsYamlAsItReadsJson() {
        String yaml = """
            metadata: {name: greet}
            channels:
              text: {type: string, reducer: last}
            nodes:
              - {id: say, type: transform, config: {set: {text: "'hi'"}}}
            edges: []
            entry: say
            """;
        assertThat(GraphCodec.readYaml(yaml)).isEqualTo(GraphCodec.read(Json.parseObject("""
            {"metadata":{"name":"greet"},"channels":{"text":{"type":"string","reducer":"last"}},
             "nodes":[{"id":"say","type":"transform","config":{"set":{"text":"'hi'"}}}],
             "edges":[],"entry":"say"}\
            """)));
    }

    @Test
    void namesEveryFaultOfTheShapeWithItsPointer() {
        JsonObject json = Json.parseObject("""
            {"metadata":{"name":"x","nmae":1},"nodez":[],
             "channels":{"a/b":{"type":"string"}},
             "nodes":[{"id":"n","type":"llm","data":{"cfg":{}},"config":{},"timeout":"5s"},7],
             "edges":[{"source":"n"}],"limits":{"maxSupersteps":1.5}}\
            """);
        assertThatThrownBy(() -> GraphCodec.read(json)).isInstanceOfSatisfying(InvalidInputException.class, e -> {
            assertThat(e.errorCode()).isEqualTo(GraphErrorCode.INVALID_GRAPH);
            assertThat(e.faults())
                    .extracting(Fault::pointer)
                    .containsExactlyInAnyOrder(
                            "/nodez",
                            "/metadata/nmae",
                            "/channels/a~1b/reducer",
                            "/nodes/0/config",
                            "/nodes/0/data/cfg",
                            "/nodes/0/timeout",
                            "/nodes/1",
                            "/edges/0/target",
                            "/limits/maxSupersteps");
        });
    }

    @Test
    void digestsTheMeaningAndNotTheOrderOfMembers() {
        String digest = GraphCodec.digest(Json.parseObject("{\"a\":1,\"b\":{\"c\":2,\"d\":3}}"));
        assertThat(digest)
                .hasSize(64)
                .isEqualTo(GraphCodec.digest(Json.parseObject("{\"b\":{\"d\":3,\"c\":2},\"a\":1}")))
                .isNotEqualTo(GraphCodec.digest(Json.parseObject("{\"a\":1,\"b\":{\"c\":2,\"d\":4}}")));
    }
}
