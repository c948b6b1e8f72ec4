package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.Control;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Onward;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the tasks of one superstep in parallel, each attempt on a thread of its own but no more than so many at a time,
 * and tells the journal what becomes of them. What was finished before a crash is not run again.
 */
final class Superstep {

    private static final Logger LOG = LoggerFactory.getLogger(Superstep.class);
    private static final Duration LONGEST_ATTEMPT = Duration.ofDays(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    /** A time that is so near is waited for here; also makes up for clocks that differ. */
    private static final Duration NEAR = Duration.ofSeconds(2);

    private static final int MOST_RUNNING = 64;

    private final EngineContext context;
    private final Journal journal;
    private final TaskAttempt.Surroundings around;
    private final Checkpoint checkpoint;
    private final Map<String, List<NodeCall.Lost>> lost;
    private final Instant deadline;
    private final BooleanSupplier urgent;
    private final Map<String, OpenTask> open = new LinkedHashMap<>();
    private final Deque<OpenTask> ready = new ArrayDeque<>();
    private final Set<OpenTask> running = new LinkedHashSet<>();
    private final Set<OpenTask> delayed = new LinkedHashSet<>();
    private final List<PendingWrite> finished = new ArrayList<>();
    private final List<Interrupt> interrupts = new ArrayList<>();
    private final Map<String, List<String>> waiting = new LinkedHashMap<>();
    /** Whether no task may run before the superstep before is durable. */
    private boolean barred;

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

    Superstep(
            EngineContext context,
            Journal journal,
            TaskAttempt.Surroundings around,
            Checkpoint checkpoint,
            Map<String, List<NodeCall.Lost>> lost,
            Instant deadline,
            BooleanSupplier urgent) {
        this.context = context;
        this.journal = journal;
        this.around = around;
        this.checkpoint = checkpoint;
        this.lost = lost;
        this.deadline = deadline;
        this.urgent = urgent;
    }

    /** Runs what is open, given what was stored of the superstep before. */
    End run(Map<String, PendingWrite> stored) throws InterruptedException {
        barred = around.durability() == Durability.BARRIER && journal.owes();
        try {
            restore(stored);
            while (!open.isEmpty()) {
                if (urgent.getAsBoolean()) {
                    return new End.Stopped();
                }
                wakeDue();
                beginReady();
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
            running.forEach(task -> task.attempt.ifPresent(TaskAttempt::close));
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

    private void restore(Map<String, PendingWrite> stored) throws TaskFailedException {
        if (stored.isEmpty() && checkpoint.interrupts().isEmpty()) {
            for (NodeTask task : checkpoint.next()) {
                ready(new OpenTask(task, node(task), around.answers()));
            }
            return;
        }
        Map<String, List<String>> asked = Control.of(checkpoint.control()).waiting();
        Map<String, Interrupt> questions = new HashMap<>();
        checkpoint.interrupts().forEach(one -> questions.put(one.id(), one));
        for (NodeTask task : checkpoint.next()) {
            Optional<PendingWrite> before = Optional.ofNullable(stored.get(task.id()));
            Optional<Integer> mark = before.flatMap(Review::marked);
            if (mark.isPresent()) {
                review(task, mark.get());
            } else if (before.isPresent() && before.get().interrupts().isEmpty()) {
                finished.add(before.get());
            } else {
                restore(
                        new OpenTask(task, node(task), around.answers()),
                        before.map(PendingWrite::interrupts)
                                .orElseGet(() -> asked.getOrDefault(task.id(), List.of()).stream()
                                        .flatMap(id -> Optional.ofNullable(questions.get(id)).stream())
                                        .toList()),
                        before.map(one -> one.interrupts().stream()
                                        .map(Interrupt::id)
                                        .toList())
                                .orElseGet(() -> asked.getOrDefault(task.id(), List.of())));
            }
        }
    }

    /** A task that asked before the execution waited: it runs again when all that it asked is answered. */
    private void restore(OpenTask task, List<Interrupt> questions, List<String> asked) {
        List<Interrupt> unanswered = questions.stream()
                .filter(one -> !around.answers().containsKey(one.id()))
                .toList();
        if (unanswered.isEmpty()) {
            ready(task);
        } else if (unanswered.size() == 1 && nearlyDue(unanswered.getFirst())) {
            delay(task, unanswered.getFirst());
        } else {
            waitFor(task.task, unanswered, asked);
        }
    }

    private NodeDefinition node(NodeTask task) {
        return around.graph()
                .node(task.node())
                .orElseThrow(() -> new AgentOsException(
                        GraphErrorCode.INVALID_GRAPH,
                        "The execution is to go on with node '" + task.node() + "', which its graph does not have.",
                        "Start the execution anew."));
    }

    private void ready(OpenTask task) {
        open.put(task.task.id(), task);
        ready.add(task);
    }

    private boolean nearlyDue(Interrupt interrupt) {
        Optional<Instant> due = interrupt.due();
        if (due.isEmpty()) {
            return false;
        }
        Duration left = Duration.between(context.clock().instant(), due.get());
        boolean event = interrupt.payload() instanceof JsonObject payload
                && payload.member("event").isPresent();
        return left.compareTo(event ? Duration.ZERO : NEAR) <= 0;
    }

    private void delay(OpenTask task, Interrupt interrupt) {
        OpenTask later =
                task.knowing(interrupt.id(), Interrupt.PASSED, interrupt.due().orElseThrow());
        open.put(task.task.id(), later);
        delayed.add(later);
    }

    private void review(NodeTask task, int mark) throws TaskFailedException {
        JsonValue answer = around.answers().get(Review.id(task, mark));
        if (answer == null) {
            Interrupt question = Review.question(task, mark);
            waitFor(task, List.of(question), List.of(question.id()));
            return;
        }
        OpenTask again = new OpenTask(task, node(task), around.answers());
        Optional<JsonObject> skipped = Review.skipped(answer);
        if (Review.failed(answer)) {
            throw new TaskFailedException(Failure.of(
                    GraphErrorCode.NODE_FAILED,
                    "Node '" + task.node() + "' was cut short, and its review said that it failed.",
                    "Start the execution anew when the effect may happen again."));
        } else if (skipped.isPresent()) {
            around.graph().channels().require(task.node(), skipped.get());
            open.put(task.id(), again);
            finish(again, new NodeHandler.Result.Writes(skipped.get()), Map.of());
        } else {
            again.marks = mark + 1;
            ready(again);
        }
    }

    private void waitFor(NodeTask task, List<Interrupt> unanswered, List<String> asked) {
        interrupts.addAll(unanswered);
        waiting.put(task.id(), asked);
    }

    private Duration untilSomethingIsDue() {
        if (!ready.isEmpty() && running.size() < MOST_RUNNING) {
            return Duration.ZERO;
        }
        Instant now = context.clock().instant();
        Instant next = now.plus(LONGEST_WAIT);
        next = deadline.isBefore(next) ? deadline : next;
        for (OpenTask task : running) {
            Instant one = task.attempt.map(TaskAttempt::deadline).orElse(next);
            next = one.isBefore(next) ? one : next;
        }
        for (OpenTask task : delayed) {
            next = task.due.isBefore(next) ? task.due : next;
        }
        return next.isBefore(now) ? Duration.ZERO : Duration.between(now, next);
    }

    /** Cuts attempts short that take too long, and begins what has waited long enough. */
    private void wakeDue() throws TaskFailedException {
        if (running.isEmpty() && delayed.isEmpty()) {
            return;
        }
        Instant now = context.clock().instant();
        for (OpenTask task : List.copyOf(running)) {
            TaskAttempt attempt = task.attempt.orElseThrow();
            if (!now.isBefore(attempt.deadline())) {
                attempt.close();
                failed(
                        task,
                        new AgentOsException(
                                GraphErrorCode.NODE_TIMEOUT,
                                "It did not return in time.",
                                "Give the node a longer timeout, or find out what it waits for."));
            }
        }
        for (OpenTask task : List.copyOf(delayed)) {
            if (!task.due.isAfter(now)) {
                delayed.remove(task);
                ready.add(task);
            }
        }
    }

    /** Begins as many as may run; all of them wait together for what must be durable before. */
    private void beginReady() throws TaskFailedException {
        List<OpenTask> starting = new ArrayList<>();
        boolean settles = false;
        Instant now = context.clock().instant();
        for (int i = 1; !ready.isEmpty() && running.size() + starting.size() < MOST_RUNNING; i++) {
            if (i % MOST_RUNNING == 0) {
                now = context.clock().instant();
                if (urgent.getAsBoolean()) {
                    break;
                }
            }
            OpenTask task = ready.poll();
            Optional<NodeHandler> handler = context.handler(task.node.type());
            if (handler.isEmpty()) {
                missing(task, now);
            } else if (begin(task, handler.get(), now)) {
                starting.add(task);
                settles |=
                        barred || task.marked || journal.unopened() || (settles(handler.get(), task) && journal.owes());
            }
        }
        if (settles) {
            settle();
        }
        for (OpenTask task : starting) {
            running.add(task);
            task.attempt.orElseThrow().start();
        }
    }

    private boolean settles(NodeHandler handler, OpenTask task) {
        return around.durability() != Durability.ASYNC
                && around.durability() != Durability.EXIT
                && handler.waits(task.node);
    }

    private void settle() {
        journal.settle();
        barred = false;
    }

    /** Prepares an attempt; false when it has ended already. */
    private boolean begin(OpenTask task, NodeHandler handler, Instant now) throws TaskFailedException {
        task.missingSince = Optional.empty();
        task.attempts++;
        task.lost = task.attempts == 1 ? lost.getOrDefault(task.task.id(), List.of()) : List.of();
        Instant latest = now.plus(task.node.timeout().orElse(LONGEST_ATTEMPT));
        TaskAttempt attempt =
                new TaskAttempt(around, task, handler, task.attempts, latest.isBefore(deadline) ? latest : deadline);
        try {
            task.effect = handler.effect(task.node);
            task.cached = context.cache().key(attempt, task.effect);
        } catch (RuntimeException e) {
            failed(task, e);
            return false;
        }
        journal.add(
                task.event(ExecutionEvent.TASK_STARTED, around.step(), Map.of("attempt", JsonValue.of(task.attempts))));
        if (barred && (handler.quick() || task.cached.isPresent())) {
            settle();
        }
        Optional<NodeHandler.Result.Writes> known =
                task.cached.flatMap(key -> context.cache().find(key, now));
        if (known.isPresent()) {
            finish(task, known.get(), Map.of("cached", JsonValue.of(true)));
            return false;
        }
        if (handler.quick()) {
            ended(task, attempt.result());
            return false;
        }
        task.attempt = Optional.of(attempt);
        if (task.effect == Effect.NON_IDEMPOTENT) {
            journal.save(Review.mark(task.task, task.marks));
            task.marked = true;
        }
        return true;
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
            delayed.add(task);
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
                    ended(task, ended);
                }
            }
            case Inbox.Nudge ignored -> LOG.trace("Nudged");
        }
    }

    private void ended(OpenTask task, Inbox.Ended ended) throws TaskFailedException {
        running.remove(task);
        task.attempt = Optional.empty();
        if (ended.thrown().isPresent()) {
            failed(task, ended.thrown().get());
            return;
        }
        switch (ended.result().orElseThrow()) {
            case NodeHandler.Result.Writes writes -> {
                try {
                    around.graph().channels().require(task.node.id(), writes.values());
                    requireWay(task, writes.onward());
                } catch (AgentOsException e) {
                    failed(task, e);
                    return;
                }
                task.cached.ifPresent(
                        key -> context.cache().keep(key, writes, context.clock().instant()));
                finish(task, writes, Map.of());
            }
            case NodeHandler.Result.Interrupted(List<Interrupt> asked)
            when !asked.isEmpty() -> interrupted(task, asked);
            case NodeHandler.Result.Interrupted ignored ->
                failed(task, new IllegalStateException("It asked for nothing"));
        }
    }

    private void requireWay(OpenTask task, Optional<Onward> onward) {
        if (onward.isPresent() && onward.get() instanceof Onward.Goto way) {
            way.astray(around.graph(), task.node.id()).ifPresent(target -> {
                throw new AgentOsException(
                        GraphErrorCode.INVALID_GOTO,
                        "It wants to go on with '" + target + "', to which no edge leads from it.",
                        "Draw an edge to it, with \"goto\": true if it is taken only by name.");
            });
        }
    }

    private void interrupted(OpenTask task, List<Interrupt> asked) {
        if (asked.size() == 1 && nearlyDue(asked.getFirst())) {
            delay(task, asked.getFirst());
            return;
        }
        open.remove(task.task.id());
        waitFor(task.task, asked, asked.stream().map(Interrupt::id).toList());
        if (checkpoint.next().size() > 1 || task.marked) {
            journal.save(new PendingWrite(task.task.id(), task.node.id(), JsonObject.EMPTY, asked, Optional.empty()));
        }
    }

    private void finish(OpenTask task, NodeHandler.Result.Writes result, Map<String, JsonValue> more) {
        PendingWrite write = new PendingWrite(
                task.task.id(),
                task.node.id(),
                result.values(),
                List.of(),
                result.onward().map(Onward::toJson));
        open.remove(task.task.id());
        finished.add(write);
        List<JsonValue> channels = new ArrayList<>();
        result.values().members().keySet().forEach(name -> channels.add(new JsonString(name)));
        Map<String, JsonValue> data = new HashMap<>(more);
        data.put("channels", new JsonArray(channels));
        ExecutionEvent.Draft event = task.event(ExecutionEvent.TASK_FINISHED, around.step(), data);
        // What the only task of a superstep wrote is in the checkpoint that follows at once.
        if (checkpoint.next().size() > 1) {
            journal.save(write, event);
        } else {
            journal.add(event);
        }
        context.failpoints().reach("afterTask");
    }

    private void failed(OpenTask task, Throwable thrown) throws TaskFailedException {
        running.remove(task);
        task.attempt = Optional.empty();
        Failure failure = task.failure(around.execution().id(), thrown);
        boolean again = task.repeats(failure);
        journal.add(task.event(
                ExecutionEvent.TASK_FAILED,
                around.step(),
                Map.of(
                        "attempt", JsonValue.of(task.attempts),
                        "failure", failure.toJson(),
                        "retry", JsonValue.of(again))));
        if (!again) {
            throw new TaskFailedException(failure);
        }
        task.due = context.clock().instant().plusMillis(context.jitter(task.longestPause()));
        delayed.add(task);
    }
}
