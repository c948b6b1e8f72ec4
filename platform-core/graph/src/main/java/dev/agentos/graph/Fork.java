package dev.agentos.graph;

import dev.agentos.graph.internal.Insides;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a new branch begins at a checkpoint of an execution: what is changed on the way. Pure, as the planner is. Without
 * changes the branch is a replay.
 *
 * @param update values for channels, merged as their reducers say
 * @param asNode the node that is taken to have written the update, behind which the branch goes on
 * @param jump the nodes to go on with instead of what was planned
 */
public record Fork(JsonObject update, Optional<String> asNode, List<String> jump) {

    /** A branch that changes nothing. */
    public static final Fork REPLAY = new Fork(JsonObject.EMPTY, Optional.empty(), List.of());

    private static final Pattern NUMBER = Pattern.compile("^[0-9]+:");

    public Fork {
        jump = List.copyOf(jump);
    }

    /**
     * The first checkpoint of the branch. Open interrupts and answers to earlier ones stay behind: whoever asked asks
     * again, and so does a boundary at which a person is waited for.
     *
     * @param at the checkpoint at which the branch begins, of an execution of that graph
     * @param pauses where the branch waits for a person
     * @param memory a new one
     */
    public Checkpoint first(CompiledGraph graph, Checkpoint at, Pauses pauses, Channels.Memory memory) {
        Checkpoint changed = at;
        if (asNode.isPresent()) {
            changed = written(graph, at, Planner.Working.of(at.values()), asNode.get(), update, memory, pauses)
                    .checkpoint();
        } else if (!update.isEmpty()) {
            changed = with(
                    at,
                    graph.channels()
                            .merge(at.values(), List.of(new Channels.Write("", "update", update)), memory)
                            .values());
        }
        if (!jump.isEmpty()) {
            changed = Planner.jump(changed, Planner.Working.of(changed.values()), jump)
                    .checkpoint();
        }
        return new Checkpoint(
                0,
                Checkpoint.Source.FORK,
                changed.values(),
                changed.next().stream()
                        .map(task -> new NodeTask(renumbered(task.id()), task.node(), task.input()))
                        .toList(),
                List.of(),
                control(changed.control()),
                Optional.empty());
    }

    /**
     * The checkpoint behind a node that is taken to have written, instead of what was planned.
     *
     * @param working the channels before
     * @param memory of the execution's earlier merges
     * @param pauses where the execution waits for a person
     */
    public static Planner.Step written(
            CompiledGraph graph,
            Checkpoint at,
            Planner.Working working,
            String node,
            JsonObject update,
            Channels.Memory memory,
            Pauses pauses) {
        NodeTask task = NodeTask.of(at.number(), node);
        Checkpoint alone = new Checkpoint(
                at.number(), at.source(), at.values(), List.of(task), List.of(), at.control(), at.createdAt());
        PendingWrite write = new PendingWrite(task.id(), node, update, List.of(), Optional.empty());
        Planner.Working steered = Insides.steered(working, List.of(node));
        Planner.Step step = Planner.advance(graph, alone, steered, List.of(write), memory, pauses);
        Checkpoint next = step.checkpoint();
        return new Planner.Step(
                new Checkpoint(
                        next.number(),
                        Checkpoint.Source.UPDATE,
                        next.values(),
                        next.next(),
                        next.interrupts(),
                        next.control(),
                        next.createdAt()),
                step.changes());
    }

    /** What a task produced, as the branch keeps it so that the task is not run again. */
    public static PendingWrite kept(PendingWrite write) {
        return new PendingWrite(renumbered(write.task()), write.node(), write.writes(), List.of(), write.detail());
    }

    /** A branch counts its supersteps anew, and task ids with them. */
    private static String renumbered(String task) {
        return NUMBER.matcher(task).replaceFirst("0:");
    }

    private static JsonObject control(JsonObject before) {
        Map<String, JsonValue> members = new LinkedHashMap<>(before.members());
        members.remove("answers");
        members.remove("waiting");
        members.remove("rounds");
        members.put("supersteps", JsonNumber.of(0));
        List<String> held = Control.of(before).held(Map.of());
        if (!held.isEmpty()) {
            members.put(
                    "waiting",
                    JsonValue.of(
                            Control.boundary(held.stream().map(Fork::renumbered).toList())));
        }
        return new JsonObject(members);
    }

    private static Checkpoint with(Checkpoint at, JsonObject values) {
        return new Checkpoint(
                at.number(), at.source(), values, at.next(), at.interrupts(), at.control(), at.createdAt());
    }
}
