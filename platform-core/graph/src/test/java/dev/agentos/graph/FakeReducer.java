package dev.agentos.graph;

import dev.agentos.spi.JsonValue;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * A reducer that a test brings.
 *
 * @param start what the first write is merged into
 * @param merge of the value before and a write
 */
public record FakeReducer(boolean orderIndependent, JsonValue start, BinaryOperator<JsonValue> merge)
        implements Channels.Custom {

    @Override
    public String description() {
        return "the reducer of a test";
    }

    @Override
    public Optional<String> problem(JsonValue value) {
        return value.getClass() == start.getClass() ? Optional.empty() : Optional.of("It is of another kind.");
    }

    @Override
    public JsonValue reduce(Channels.Reduction reduction) {
        return merge.apply(reduction.current().orElse(start), reduction.write());
    }
}
