package dev.agentos.graph.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.graph.GraphCodec;
import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is compiled and run: it must build the very graph. */
class GraphSourceTest {

    @TempDir
    private Path directory;

    private GraphDefinition built(String type, String source) throws Exception {
        Path file = Files.writeString(directory.resolve(type + ".java"), source);
        URL spi = GraphDefinition.class.getProtectionDomain().getCodeSource().getLocation();
        int result = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-cp",
                        Path.of(spi.toURI()).toString(),
                        "-d",
                        directory.toString(),
                        file.toString());
        assertThat(result).as(source).isZero();
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())) {
            Method graph = loader.loadClass(type).getDeclaredMethod("graph");
            graph.setAccessible(true);
            return (GraphDefinition) graph.invoke(null);
        }
    }

    @Test
    void readsAsAnAuthorWouldWriteIt() {
        GraphDefinition graph = GraphDefinition.named("greet")
                .describedAs("Greets.")
                .channel("text", "string", "last")
                .node("say", "transform", JsonObject.of("set", JsonObject.of("text", "'hi'"), "n", 1))
                .edge("START", "say")
                .build();
        assertThat(GraphSource.write(graph)).isEqualTo("""
            import dev.agentos.spi.GraphDefinition;
            import dev.agentos.spi.JsonObject;

            final class GreetGraph {

                static GraphDefinition graph() {
                    return GraphDefinition.named("greet")
                            .describedAs("Greets.")
                            .channel("text", "string", "last")
                            .node("say", "transform", JsonObject.of("set", JsonObject.of("text", "'hi'"), "n", 1))
                            .edge("START", "say")
                            .build();
                }
            }
            """);
    }

    @Test
    void buildsAllThatAGraphCanSay() throws Exception {
        GraphDefinition graph = GraphCodec.read(Json.parseObject("""
            {"metadata":{"name":"2-all","description":"Says \\"all\\".\\n\\u0001\\t\\\\u0022 é 😀 \\u2028","version":"1.2"},
             "channels":{"zeta":{"type":"string","reducer":"last","default":"x"},
                         "alpha":{"type":"array","reducer":"messages","default":[]},
                         "any":{"type":"any","reducer":"last","default":null},
                         "n":{"type":"number","reducer":"sum","default":1.50},
                         "o":{"type":"object","reducer":"merge","default":{"a":[1,"b",{"c":1E+400}],"d":true}}},
             "nodes":[
               {"id":"b","type":"llm","position":{"x":1.50,"y":2},"data":{"label":"B","config":{"model":"m","k":[1,null]}},
                "retry":{"maxAttempts":5,"initial":"PT0.5S","multiplier":2.5,"longest":"PT30S","errors":["graph:NODE_TIMEOUT"]},
                "timeout":"PT2M","join":"all","interrupt":"after","cache":{"key":"zeta","ttl":"PT10M"}},
               {"id":"a","type":"condition","label":"A","config":{"big":2147483648,"small":-2147483647,"x":1.0}},
               {"id":"c","type":"code","writes":["zeta","n"]},{"id":"d","type":"code","join":"all","writes":[]}],
             "edges":[{"id":"e1","source":"b","target":"a"},{"source":"b","target":"a","condition":"zeta == 'x'"},
                      {"source":"b","target":"END","goto":true},{"source":"a","target":"END"}],
             "entry":"b","limits":{"maxSupersteps":7,"timeout":"PT1H"}}\
            """));
        assertThat(built("The2AllGraph", GraphSource.write(graph))).isEqualTo(graph);
    }

    @Test
    void buildsWhatIsTooMuchForOneMethodOrOneText() throws Exception {
        GraphBuilder builder = GraphDefinition.named("large").channel("n", "integer", "last");
        for (int i = 0; i < 1_000; i++) {
            builder.node(
                            "n" + i,
                            "transform",
                            JsonObject.of("set", JsonObject.of("n", "n + " + i), "tags", List.of("a", i)))
                    .edge(i == 0 ? "START" : "n" + (i - 1), "n" + i);
        }
        builder.node("long", "llm", JsonObject.of("prompt", "x😀".repeat(40_000)));
        GraphDefinition graph = builder.build();
        assertThat(built("LargeGraph", GraphSource.write(graph))).isEqualTo(graph);
    }
}
