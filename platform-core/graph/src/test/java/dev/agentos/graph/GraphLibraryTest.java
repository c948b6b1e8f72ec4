package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.lang.ref.WeakReference;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class GraphLibraryTest {

    private static final TenantId TENANT = new TenantId("tnt_a");

    private final FakeGraphStore store = new FakeGraphStore();
    private final Graphs graphs = new Graphs(store, NodeHandlers.NONE, Ids.system(), InstantSource.system());

    private StoredGraph saved(String name, int characters) {
        return graphs.save(
                TENANT,
                GraphCodec.write(GraphDefinition.named(name)
                        .channel("x", "string", "last")
                        .node(
                                "say",
                                "transform",
                                JsonObject.of("set", JsonObject.of("x", "'" + "y".repeat(characters) + "'")))
                        .edge(GraphDefinition.START, "say")
                        .edge("say", GraphDefinition.END)
                        .build()));
    }

    @Test
    void whatIsSmallIsCompiledOnce() {
        GraphLibrary library = new GraphLibrary(store);
        StoredGraph graph = saved("small", 10);
        assertThat(library.find(TENANT, graph.reference())).isSameAs(library.find(TENANT, graph.reference()));
    }

    @Test
    void largeGraphsDoNotFillTheMemoryTogether() {
        GraphLibrary library = new GraphLibrary(store);
        JsonObject layout = JsonObject.of("note", "z".repeat(3_000_000));
        List<WeakReference<CompiledGraph>> seen = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            StoredGraph large = graphs.save(
                    TENANT,
                    GraphCodec.write(GraphDefinition.named("large" + i)
                            .channel("x", "object", "last", layout)
                            .node("say", "transform", JsonObject.of("set", JsonObject.of("x", "{}")))
                            .edge(GraphDefinition.START, "say")
                            .edge("say", GraphDefinition.END)
                            .build()));
            seen.add(new WeakReference<>(library.find(TENANT, large.reference())));
        }
        Awaitility.await().untilAsserted(() -> {
            System.gc();
            assertThat(seen.stream().filter(one -> one.get() != null).count()).isBetween(1L, 2L);
        });
        assertThat(library).isNotNull();
    }

    @Test
    void aGraphHasAnEnd() {
        JsonObject document = GraphCodec.write(GraphDefinition.named("long")
                .channel("x", "string", "last")
                .node("say", "human", JsonObject.of("prompt", "p".repeat(4_000_000), "output", "x"))
                .edge(GraphDefinition.START, "say")
                .edge("say", GraphDefinition.END)
                .build());
        assertThatThrownBy(() -> graphs.save(TENANT, document))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("at most 4000000 characters");
    }
}
