package dev.agentos.graph;

import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where a path goes on behind a task, when its node's edges alone do not say so. */
public sealed interface Onward {

    /** The name under which a dispatched task sees its input, unless another is given. */
    String INPUT = "input";

    /** As a {@link PendingWrite} keeps it. */
    JsonObject toJson();

    /** To those nodes, each behind an edge of the node, or {@code END}. */
    record Goto(List<String> nodes) implements Onward {
        public Goto {
            nodes = List.copyOf(nodes);
        }

        /** Where it leads that no edge of the node does. */
        public Optional<String> astray(CompiledGraph graph, String node) {
            return nodes.stream()
                    .filter(next -> !next.equals(GraphDefinition.END))
                    .filter(next -> !graph.possible(node).contains(next))
                    .findFirst();
        }

        @Override
        public JsonObject toJson() {
            return JsonObject.of("goto", nodes.stream().map(JsonString::new).toList());
        }
    }

    /**
     * To one task of a node for each item, beside the edges.
     *
     * @param node whose tasks they are
     * @param as the name under which each sees its item: a channel, or {@code input}
     * @param items in order
     */
    record Dispatch(String node, String as, JsonArray items) implements Onward {
        @Override
        public JsonObject toJson() {
            return JsonObject.of("dispatch", JsonObject.of("node", node, "as", as, "items", items));
        }
    }

    /**
     * From the entry of a node that contains a graph to its end, as nothing inside is to be run.
     *
     * @param outputs what the end writes, by the names of the channels in the level that the node is in
     */
    record Kept(JsonObject outputs) implements Onward {
        @Override
        public JsonObject toJson() {
            return JsonObject.of("kept", outputs);
        }
    }

    /** Reads what {@link #toJson} wrote; empty for any other detail. */
    static Optional<Onward> of(Optional<JsonValue> detail) {
        if (detail.isEmpty() || !(detail.get() instanceof JsonObject object)) {
            return Optional.empty();
        }
        Optional<JsonArray> nodes = object.array("goto");
        if (nodes.isPresent()) {
            List<String> names = new ArrayList<>();
            nodes.get().forEach(node -> names.add(((JsonString) node).value()));
            return Optional.of(new Goto(names));
        }
        return object.object("dispatch")
                .<Onward>map(one -> new Dispatch(
                        one.text("node").orElseThrow(),
                        one.text("as").orElse(INPUT),
                        one.array("items").orElseThrow()))
                .or(() -> object.object("kept").map(Kept::new));
    }
}
