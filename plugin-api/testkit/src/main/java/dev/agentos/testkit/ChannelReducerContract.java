package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every reducer of channels keeps. */
public abstract class ChannelReducerContract {

    /** The reducer under test, started if it needs that. */
    protected abstract ChannelReducer reducer();

    /** Writes as nodes would make them, at least three different ones. */
    protected abstract List<JsonValue> goodWrites();

    @Test
    void describesItselfToAnAuthorOfGraphs() {
        assertThat(reducer().reducer()).matches("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+");
        assertThat(reducer().description()).isNotBlank();
        assertThat(reducer().valueSchema().members())
                .as("a schema says something")
                .isNotEmpty();
        assertThat(goodWrites()).hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void comesToTheSameTwice() {
        assertThat(reduced(goodWrites())).isEqualTo(reduced(goodWrites()));
        assertThat(reducer().start()).isEqualTo(reducer().start());
    }

    @Test
    void saysTruthfullyWhetherTheOrderMatters() {
        if (reducer().orderIndependent()) {
            JsonValue expected = reduced(goodWrites());
            for (List<JsonValue> order : orders(goodWrites())) {
                assertThat(reduced(order)).as("in the order %s", order).isEqualTo(expected);
            }
        }
    }

    @Test
    void reducesInSeveralThreadsAtOnce() throws Exception {
        assertThat(Concurrently.call(() -> reduced(goodWrites()))).containsOnly(reduced(goodWrites()));
    }

    private JsonValue reduced(List<JsonValue> writes) {
        ChannelReducer reducer = reducer();
        JsonValue value = reducer.start();
        for (JsonValue write : writes) {
            value = reducer.reduce(value, write);
            assertThat(value).as("the result of %s", write).isNotNull();
        }
        return value;
    }

    /** The writes begun at each of them, forwards and backwards. */
    private static List<List<JsonValue>> orders(List<JsonValue> writes) {
        List<List<JsonValue>> orders = new ArrayList<>();
        for (int i = 0; i < writes.size(); i++) {
            List<JsonValue> rotated = new ArrayList<>(writes.subList(i, writes.size()));
            rotated.addAll(writes.subList(0, i));
            orders.add(rotated);
            orders.add(rotated.reversed());
        }
        return orders;
    }
}
