package dev.agentos.execution;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.NodeTask;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Something that happened in an execution, kept in order and streamed to whoever follows it.
 *
 * @param sequence its number in the execution, from 1, without gaps
 * @param draft what happened
 * @param time when it was stored, by the database's clock
 */
public record ExecutionEvent(long sequence, Draft draft, Instant time) {

    /** The types of events. */
    public static final String QUEUED = "execution.queued";

    public static final String STARTED = "execution.started";
    public static final String WAITING = "execution.waiting";
    public static final String RESUMED = "execution.resumed";
    public static final String DELAYED = "execution.delayed";
    public static final String SUCCEEDED = "execution.succeeded";
    public static final String FAILED = "execution.failed";
    public static final String CANCELLED = "execution.cancelled";
    public static final String TIMED_OUT = "execution.timed_out";
    public static final String TASK_STARTED = "task.started";
    public static final String TASK_FINISHED = "task.finished";
    public static final String TASK_FAILED = "task.failed";
    public static final String TASK_WAITING = "task.waiting";
    public static final String CHECKPOINT = "checkpoint";
    public static final String MESSAGE = "message";
    public static final String CUSTOM = "custom";

    /**
     * True in what is said of a failed task when nobody knows whether its effect, which cannot be repeated, happened.
     */
    public static final String UNCLEAR = "unclear";

    /**
     * An event that is not stored yet.
     *
     * @param type one of the constants above
     * @param step the superstep in which it happened
     * @param node the node it is about
     * @param data what a client gets to know
     */
    public record Draft(String type, int step, Optional<String> node, JsonObject data) {}

    /** What is said of a checkpoint, given which channels it changed. */
    public static Draft ofCheckpoint(Checkpoint checkpoint, Collection<String> changed) {
        return new Draft(
                CHECKPOINT,
                checkpoint.number(),
                Optional.empty(),
                JsonObject.of("number", checkpoint.number(), "changed", changed, "next", nodes(checkpoint.next())));
    }

    /**
     * Adds to the tasks that are known to have failed the one of which a {@link #TASK_FAILED} says so. Of one that was
     * cut short, nobody knows.
     */
    public static void noteFailed(JsonObject data, Set<String> failed) {
        boolean unclear = data.bool(UNCLEAR).orElse(false);
        data.text("task").ifPresent(unclear ? failed::remove : failed::add);
    }

    private static Collection<String> nodes(List<NodeTask> tasks) {
        if (tasks.size() == 1) {
            return List.of(tasks.getFirst().node());
        }
        return tasks.stream().map(NodeTask::node).distinct().toList();
    }

    /** Whether this is the last event of its execution. */
    public boolean terminal() {
        return switch (draft.type()) {
            case SUCCEEDED, FAILED, CANCELLED, TIMED_OUT -> true;
            default -> false;
        };
    }
}
