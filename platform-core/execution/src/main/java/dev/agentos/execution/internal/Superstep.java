package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.Control;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the tasks of one superstep in parallel, each attempt on a thread of its own, and tells the journal what becomes
 * of them. What was finished before a crash is not run again.
 */
final class Superstep {

    private static final Logger LOG = LoggerFactory.getLogger(Superstep.class);
    private static final Duration LONGEST_ATTEMPT = Duration.ofDays(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private final EngineContext context;
    private final Journal journal;
    private final TaskAttempt.Surroundings around;
    private final Checkpoint checkpoint;
    private final Instant deadline;
    private final BooleanSupplier urgent;
    private final Map<String, OpenTask> open = new LinkedHashMap<>();
    private final List<PendingWrite> finished = new ArrayList<>();
    private final List<Interrupt> interrupts = new ArrayList<>();
    private final Map<String, List<String>> waiting = new LinkedHashMap<>();

    /** How a superstep ends. */
    sealed interface End {

        /** Every task has written. */
        record Finished(List<PendingWrite> writes) implements End {}

        /** Some tasks wait for answers; the others have written. */
        record Waiting(List<Interrupt> interrupts, Map<String, List<String>> byTask) implements End {}

        /** A task failed for good. */
        record Failed(Failure failure) implements End {}

        /** It was cut short. */
        record Stopped() implements End {}
    }

    /** A task that has not ended. */
    private static final class OpenTask {
        final NodeTask task;
        final NodeDefinition node;
        int attempts;
        int marks;
        int missed;
        boolean marked;
        Effect effect = Effect.PURE;
        Instant due = Instant.MIN;
        Optional<Instant> missingSince = Optional.empty();
        Optional<TaskAttempt> running = Optional.empty();

        OpenTask(NodeTask task, NodeDefinition node) {
            this.task = task;
            this.node = node;
        }
    }

    Superstep(
            EngineContext context,
            Journal journal,
            TaskAttempt.Surroundings around,
            Checkpoint checkpoint,
            Instant deadline,
            BooleanSupplier urgent) {
        this.context = context;
        this.journal = journal;
        this.around = around;
        this.checkpoint = checkpoint;
        this.deadline = deadline;
        this.urgent = urgent;
    }

    /** Runs what is open, given what was stored of the superstep before. */
    End run(Map<String, PendingWrite> stored) throws InterruptedException {
        try {
            for (NodeTask task : checkpoint.next()) {
                restore(task, Optional.ofNullable(stored.get(task.id())));
            }
            while (!open.isEmpty()) {
                if (urgent.getAsBoolean()) {
                    return new End.Stopped();
                }
                for (OpenTask task : List.copyOf(open.values())) {
                    tend(task);
                }
                if (open.isEmpty()) {
                    break;
                }
                journal.flush();
                Optional<Inbox.Letter> letter = around.inbox().next(untilSomethingIsDue());
                while (letter.isPresent()) {
                    read(letter.get());
                    letter = around.inbox().next(Duration.ZERO);
                }
            }
            return waiting.isEmpty() ? new End.Finished(finished) : new End.Waiting(interrupts, waiting);
        } catch (TaskFailedException e) {
            return new End.Failed(e.failure);
        } finally {
            open.values().forEach(task -> task.running.ifPresent(TaskAttempt::close));
        }
    }

    /** A task failed for good. */
    private static final class TaskFailedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Failure failure;

        TaskFailedException(Failure failure) {
            super(failure.message());
            this.failure = failure;
        }
    }

    private void restore(NodeTask task, Optional<PendingWrite> stored) throws TaskFailedException {
        NodeDefinition node = around.graph()
                .node(task.node())
                .orElseThrow(() -> new AgentOsException(
                        GraphErrorCode.INVALID_GRAPH,
                        "The execution is to go on with node '" + task.node() + "', which its graph does not have.",
                        "Start the execution anew."));
        Optional<Integer> mark = stored.flatMap(Review::marked);
        if (mark.isPresent()) {
            review(task, node, mark.get());
        } else if (stored.isPresent() && stored.get().interrupts().isEmpty()) {
            finished.add(stored.get());
        } else {
            List<String> asked = stored.map(
                            one -> one.interrupts().stream().map(Interrupt::id).toList())
                    .orElse(Control.of(checkpoint.control()).waiting().getOrDefault(task.id(), List.of()));
            List<Interrupt> unanswered =
                    new ArrayList<>(stored.map(PendingWrite::interrupts).orElse(checkpoint.interrupts()));
            unanswered.removeIf(
                    one -> !asked.contains(one.id()) || around.answers().containsKey(one.id()));
            if (unanswered.isEmpty()) {
                open.put(task.id(), new OpenTask(task, node));
            } else {
                waitFor(task, unanswered, asked);
            }
        }
    }

    private void review(NodeTask task, NodeDefinition node, int mark) throws TaskFailedException {
        JsonValue answer = around.answers().get(Review.id(task, mark));
        if (answer == null) {
            Interrupt question = Review.question(task, mark);
            waitFor(task, List.of(question), List.of(question.id()));
            return;
        }
        Optional<JsonObject> skipped = Review.skipped(answer);
        if (Review.failed(answer)) {
            throw new TaskFailedException(Failure.of(
                    GraphErrorCode.NODE_FAILED,
                    "Node '" + node.id() + "' was cut short, and its review said that it failed.",
                    "Start the execution anew when the effect may happen again."));
        } else if (skipped.isPresent()) {
            around.graph().channels().require(node.id(), skipped.get());
            OpenTask resolved = new OpenTask(task, node);
            open.put(task.id(), resolved);
            finish(resolved, skipped.get());
        } else {
            OpenTask again = new OpenTask(task, node);
            again.marks = mark + 1;
            open.put(task.id(), again);
        }
    }

    private void waitFor(NodeTask task, List<Interrupt> unanswered, List<String> asked) {
        interrupts.addAll(unanswered);
        waiting.put(task.id(), asked);
    }

    private Duration untilSomethingIsDue() {
        Instant now = context.clock().instant();
        Instant next = now.plus(LONGEST_WAIT);
        next = deadline.isBefore(next) ? deadline : next;
        for (OpenTask task : open.values()) {
            Instant one = task.running.map(TaskAttempt::deadline).orElse(task.due);
            next = one.isBefore(next) ? one : next;
        }
        return next.isBefore(now) ? Duration.ZERO : Duration.between(now, next);
    }

    private void tend(OpenTask task) throws TaskFailedException {
        Instant now = context.clock().instant();
        if (task.running.isPresent()) {
            TaskAttempt attempt = task.running.get();
            if (!now.isBefore(attempt.deadline())) {
                attempt.close();
                failed(
                        task,
                        new AgentOsException(
                                GraphErrorCode.NODE_TIMEOUT,
                                "It did not return in time.",
                                "Give the node a longer timeout, or find out what it waits for."));
            }
        } else if (!task.due.isAfter(now)) {
            begin(task, now);
        }
    }

    private void begin(OpenTask task, Instant now) throws TaskFailedException {
        Optional<NodeHandler> handler = context.handler(task.node.type());
        if (handler.isEmpty()) {
            missing(task, now);
            return;
        }
        task.missingSince = Optional.empty();
        task.attempts++;
        try {
            task.effect = handler.get().effect(task.node);
        } catch (RuntimeException e) {
            failed(task, e);
            return;
        }
        journal.add(event(ExecutionEvent.TASK_STARTED, task, Map.of("attempt", JsonValue.of(task.attempts))));
        Instant latest = now.plus(task.node.timeout().orElse(LONGEST_ATTEMPT));
        TaskAttempt attempt = new TaskAttempt(
                around,
                task.node,
                task.task,
                handler.get(),
                task.attempts,
                latest.isBefore(deadline) ? latest : deadline);
        if (handler.get().quick()) {
            ended(task, attempt.result());
            return;
        }
        if (task.effect == Effect.NON_IDEMPOTENT) {
            journal.save(Review.mark(task.task, task.marks));
            task.marked = true;
            journal.settle();
        } else if (around.settles() && handler.get().waits(task.node) && journal.owes()) {
            journal.settle();
        }
        task.running = Optional.of(attempt);
        attempt.start();
    }

    private void missing(OpenTask task, Instant now) throws TaskFailedException {
        Instant since = task.missingSince.orElse(now);
        task.missingSince = Optional.of(since);
        if (Duration.between(since, now).compareTo(context.config().patience()) >= 0) {
            failed(
                    task,
                    new AgentOsException(
                            GraphErrorCode.NODE_TYPE_MISSING,
                            "No plugin offers its type '" + task.node.type() + "'.",
                            "Install or enable the plugin that offers it, and start the execution anew."));
        } else {
            task.missed = Math.min(task.missed + 1, 10);
            task.due = now.plusMillis((long) Math.min(5_000, 25 * Math.pow(2, task.missed)));
        }
    }

    private void read(Inbox.Letter letter) throws TaskFailedException {
        switch (letter) {
            case Inbox.Emitted emitted -> {
                if (!emitted.attempt().closed()) {
                    journal.add(emitted.event());
                }
            }
            case Inbox.Ended ended -> {
                OpenTask task = open.get(ended.attempt().task().id());
                if (task != null && !ended.attempt().closed()) {
                    task.running = Optional.empty();
                    ended(task, ended);
                }
            }
            case Inbox.Nudge ignored -> LOG.trace("Nudged");
        }
    }

    private void ended(OpenTask task, Inbox.Ended ended) throws TaskFailedException {
        if (ended.thrown().isPresent()) {
            failed(task, ended.thrown().get());
            return;
        }
        switch (ended.result().orElseThrow()) {
            case NodeHandler.Result.Writes(JsonObject values) -> {
                try {
                    around.graph().channels().require(task.node.id(), values);
                } catch (AgentOsException e) {
                    failed(task, e);
                    return;
                }
                finish(task, values);
            }
            case NodeHandler.Result.Interrupted(List<Interrupt> asked)
            when !asked.isEmpty() -> {
                open.remove(task.task.id());
                waitFor(task.task, asked, asked.stream().map(Interrupt::id).toList());
                if (checkpoint.next().size() > 1 || task.marked) {
                    journal.save(new PendingWrite(
                            task.task.id(), task.node.id(), JsonObject.EMPTY, asked, Optional.empty()));
                }
            }
            case NodeHandler.Result.Interrupted ignored ->
                failed(task, new IllegalStateException("It asked for nothing"));
        }
    }

    private void finish(OpenTask task, JsonObject values) {
        PendingWrite write = new PendingWrite(task.task.id(), task.node.id(), values, List.of(), Optional.empty());
        open.remove(task.task.id());
        finished.add(write);
        List<JsonValue> channels = new ArrayList<>();
        values.members().keySet().forEach(name -> channels.add(new JsonString(name)));
        journal.add(event(ExecutionEvent.TASK_FINISHED, task, Map.of("channels", new JsonArray(channels))));
        // What the only task of a superstep wrote is in the checkpoint that follows at once.
        if (checkpoint.next().size() > 1) {
            journal.save(write);
        }
        context.failpoints().reach("afterTask");
    }

    private void failed(OpenTask task, Throwable thrown) throws TaskFailedException {
        task.running = Optional.empty();
        Failure failure = failure(task, thrown);
        RetryPolicy policy = task.node.retry().orElse(new RetryPolicy(1, Duration.ZERO, 1, Duration.ZERO));
        boolean again = failure.retriable()
                && task.effect != Effect.NON_IDEMPOTENT
                && task.missingSince.isEmpty()
                && task.attempts < policy.maxAttempts();
        journal.add(event(
                ExecutionEvent.TASK_FAILED,
                task,
                Map.of(
                        "attempt", JsonValue.of(task.attempts),
                        "failure", failure.toJson(),
                        "retry", JsonValue.of(again))));
        if (!again) {
            throw new TaskFailedException(failure);
        }
        double ceiling = Math.min(
                policy.longest().toMillis(),
                policy.initial().toMillis() * Math.pow(policy.multiplier(), task.attempts - 1.0));
        task.due = context.clock().instant().plusMillis(context.jitter(ceiling));
    }

    private Failure failure(OpenTask task, Throwable thrown) {
        if (thrown instanceof AgentOsException e) {
            Failure failure = Failure.of(e);
            return new Failure(
                    failure.code(),
                    failure.type(),
                    failure.retriable(),
                    "Node '" + task.node.id() + "' failed: " + failure.message(),
                    failure.action());
        }
        LOG.error("Execution {}: node {} failed", around.execution().id(), task.node.id(), thrown);
        return Failure.of(
                GraphErrorCode.NODE_FAILED,
                "Node '" + task.node.id() + "' of the type '" + task.node.type() + "' failed unexpectedly ("
                        + thrown.getClass().getSimpleName() + ").",
                "Look for it in the server's log, and report it to who offers the node type.");
    }

    private Draft event(String type, OpenTask task, Map<String, JsonValue> more) {
        Map<String, JsonValue> data = new LinkedHashMap<>();
        data.put("task", new JsonString(task.task.id()));
        more.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(one -> data.put(one.getKey(), one.getValue()));
        return new Draft(type, around.step(), Optional.of(task.node.id()), new JsonObject(data));
    }
}
