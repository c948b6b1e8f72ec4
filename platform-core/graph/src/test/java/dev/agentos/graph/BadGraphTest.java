package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Graphs that are huge, hostile or wrong everywhere: a clear answer, soon. */
@Timeout(120)
class BadGraphTest {

    private static GraphBuilder line(int nodes) {
        GraphBuilder graph = GraphDefinition.named("line").channel("n", "integer", "last");
        for (int i = 0; i < nodes; i++) {
            graph.node("node-" + i, "transform", JsonObject.of("set", JsonObject.of("n", "n + " + i)));
            graph.edge(i == 0 ? "START" : "node-" + (i - 1), "node-" + i);
        }
        return graph;
    }

    private static List<InvalidInputException.Fault> faults(GraphDefinition graph) {
        return catchThrowableOfType(InvalidInputException.class, () -> GraphCompiler.compile(graph, NodeHandlers.NONE))
                .faults();
    }

    @Test
    void compilesTenThousandNodes() {
        GraphDefinition graph = GraphCodec.read(GraphCodec.write(line(10_000).build()));
        long start = System.nanoTime();
        CompiledGraph compiled = GraphCompiler.compile(graph, NodeHandlers.NONE);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        System.out.println("compiled 10,000 nodes in " + took.toMillis() + " ms");
        assertThat(compiled.node("node-9999")).isPresent();
    }

    @Test
    void readsAtMostTenThousandNodes() {
        JsonObject json = GraphCodec.write(line(10_001).build());
        assertThatThrownBy(() -> GraphCodec.read(json)).hasMessageContaining("10000");
    }

    @Test
    void saysAHundredThingsOfTenThousandDanglingEdges() {
        GraphBuilder graph = line(10_000);
        for (int i = 0; i < 10_000; i++) {
            graph.edge("node-" + i, "nowhere-that-is-far-too-long-to-be-anything-that-exists-here-" + i);
        }
        assertThat(faults(graph.build()))
                .hasSize(100)
                .allMatch(fault -> fault.pointer().startsWith("/edges/"));
    }

    @Test
    void refusesAMegabyteOfExpressionAndAHundredLevelsOfIt() {
        String huge = "1 + ".repeat(250_000) + "1";
        String deep = "(".repeat(100) + "1" + ")".repeat(100);
        for (String expression : List.of(huge, deep)) {
            GraphDefinition graph = GraphDefinition.named("bad")
                    .channel("n", "integer", "last")
                    .node("a", "transform", JsonObject.of("set", JsonObject.of("n", expression)))
                    .edge("START", "a")
                    .build();
            assertThat(faults(graph)).singleElement().satisfies(fault -> {
                assertThat(fault.pointer()).isEqualTo("/nodes/0/config/set/n");
                assertThat(fault.message().length()).isLessThan(500);
            });
        }
    }

    @Test
    void takesNothingFromHostileNames() {
        String name = "a\"];\n click n2 call alert()\u202e/~<script>";
        GraphDefinition graph = GraphDefinition.named("bad")
                .channel(name, "integer", "last")
                .node(name, "transform", JsonObject.of("set", JsonObject.of(name, "1")))
                .edge("START", name)
                .build();
        assertThat(faults(graph))
                .extracting(InvalidInputException.Fault::pointer)
                .contains("/nodes/0/id");
        assertThat(GraphMermaid.draw(graph)).doesNotContain("<script").doesNotContain("\n click");
        assertThat(GraphCodec.read(Json.parseObject(Json.write(GraphCodec.write(graph)))))
                .isEqualTo(graph);
    }
}
