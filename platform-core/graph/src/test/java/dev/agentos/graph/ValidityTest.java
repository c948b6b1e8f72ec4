package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A graph that was sound when it was stored says what it lacks now. */
class ValidityTest {

    private static final TenantId TENANT = new TenantId("tnt_a");

    private final AtomicBoolean there = new AtomicBoolean(true);
    private final NodeHandlers plugins = type -> Optional.<NodeHandler>of(new FakeHandler(call -> JsonObject.EMPTY))
            .filter(handler -> there.get() && type.equals("acme.write"));
    private final Graphs graphs = new Graphs(new FakeGraphStore(), plugins, Ids.system(), InstantSource.system());

    @Test
    void namesThePlaceThatNeedsAPluginWhichIsAway() {
        StoredGraph graph = graphs.save(TENANT, GraphCodec.yamlObject("""
            metadata: {name: writes}
            nodes:
              - {id: first, type: transform, config: {set: {}}}
              - {id: second, type: acme.write}
            edges: [{source: START, target: first}, {source: first, target: second}]
            """));
        assertThat(graphs.validity(TENANT, graph).errors()).isEmpty();
        there.set(false);
        assertThat(graphs.validity(TENANT, graph).errors())
                .extracting(Fault::pointer)
                .containsExactly("/nodes/1/type");
        assertThat(graphs.validity(TENANT, graph).warnings()).isEmpty();
    }
}
