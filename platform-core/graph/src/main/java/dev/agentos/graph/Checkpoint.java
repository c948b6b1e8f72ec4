package dev.agentos.graph;

import dev.agentos.graph.internal.Branches;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The state of an execution at a superstep boundary.
 *
 * @param number from 0, without gaps
 * @param source why it was made
 * @param values the channels that are set
 * @param next the node tasks of the next superstep; empty at the end
 * @param interrupts what the execution waits for; empty when it does not
 * @param control what the planner must remember beside the channels; nobody else reads it
 * @param createdAt when it was made; empty before it is stored
 */
public record Checkpoint(
        int number,
        Source source,
        JsonObject values,
        List<NodeTask> next,
        List<Interrupt> interrupts,
        JsonObject control,
        Optional<Instant> createdAt) {
    public Checkpoint {
        next = List.copyOf(next);
        interrupts = List.copyOf(interrupts);
    }

    /** Whether all branches are open through which a name goes. */
    public boolean reaches(String name) {
        return Branches.through(name)
                .allMatch(branch -> Stream.concat(next.stream().map(NodeTask::node), values.members().keySet().stream())
                        .anyMatch(one -> CompiledGraph.inside(one, branch)));
    }

    /** Whether it goes on with tasks of a checkpoint before, so that what they have produced counts behind it, too. */
    public boolean continued() {
        return !interrupts.isEmpty()
                || next.stream().anyMatch(task -> !task.id().startsWith(NodeTask.id(number, "")));
    }

    /** Drops of what tasks have produced before what this checkpoint has taken up: all but what is still to end. */
    public void settle(Collection<PendingWrite> produced) {
        if (interrupts.isEmpty() && !produced.isEmpty()) {
            Set<String> open = next.stream().map(NodeTask::id).collect(Collectors.toSet());
            produced.removeIf(write -> !open.contains(write.task()));
        }
    }

    /** Why a checkpoint was made. */
    public enum Source {
        /** The input of an execution. */
        INPUT,
        /** The end of a superstep. */
        LOOP,
        /** A change from outside. */
        UPDATE,
        /** The beginning of a branch. */
        FORK
    }
}
