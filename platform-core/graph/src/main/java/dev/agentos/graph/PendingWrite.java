package dev.agentos.graph;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.List;
import java.util.Optional;

/**
 * What a finished node task produced, stored before its checkpoint exists so that it is never run again.
 *
 * @param task the task's id
 * @param node the node's id
 * @param writes a value for each channel written
 * @param interrupts what the task waits for, when it did not finish but asked; then writes are empty
 * @param detail what else the planner needs, as a jump; nobody else reads it
 */
public record PendingWrite(
        String task, String node, JsonObject writes, List<Interrupt> interrupts, Optional<JsonValue> detail) {
    public PendingWrite {
        interrupts = List.copyOf(interrupts);
    }

    /** Whether it is of the task itself, and does not stand in the place of what the task is still to write. */
    public boolean own() {
        return detail.isEmpty() || Onward.of(detail).isPresent();
    }
}
