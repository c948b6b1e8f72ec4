package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Control;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
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
import java.util.function.Predicate;
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
    static final Duration NEAR = Duration.ofSeconds(2);

    private static final int MOST_RUNNING = 64;

    private final EngineContext context;
    private final Journal journal;
    private final TaskAttempt.Surroundings around;
    private final Results results;
    private final Checkpoint checkpoint;
    private final Map<String, List<NodeCall.Lost>> lost;
    private final Instant deadline;
    private final BooleanSupplier urgent;
    private final Map<String, OpenTask> open = new LinkedHashMap<>();
    private final Deque<OpenTask> ready = new ArrayDeque<>();
    private final Set<OpenTask> running = new LinkedHashSet<>();
    private final Set<OpenTask> delayed = new LinkedHashSet<>();
    private final List<PendingWrite> finished = new ArrayList<>();
    private final FanOut fanOut = new FanOut();
    private final Questions questions = new Questions();
    private final Rounds rounds;
    /** Whether no task may run before the superstep before is durable. */
    private boolean barred;

    Superstep(
            EngineContext context,
            Journal journal,
            TaskAttempt.Surroundings around,
            Results results,
            Checkpoint checkpoint,
            Map<String, List<NodeCall.Lost>> lost,
            Instant deadline,
            BooleanSupplier urgent) {
        this.context = context;
        this.journal = journal;
        this.around = around;
        this.results = results;
        this.checkpoint = checkpoint;
        this.lost = lost;
        this.deadline = deadline;
        this.urgent = urgent;
        this.rounds = new Rounds(context, around.graph(), checkpoint);
    }

    /**
     * Runs what is open, given what was stored of the superstep before.
     *
     * @param held what must be answered before anything may run: then only time passes
     */
    End run(Map<String, PendingWrite> stored, List<String> held) throws InterruptedException {
        barred = around.durability() == Durability.BARRIER && journal.owes();
        try {
            if (held.isEmpty()) {
                restore(stored);
            } else {
                questions.hold(held);
            }
            endLate();
            while (!open.isEmpty() || waitsForTime()) {
                if (urgent.getAsBoolean()) {
                    return new End.Stopped();
                }
                wakeDue();
                beginReady();
                if (open.isEmpty() && !waitsForTime()) {
                    break;
                }
                journal.flush();
                Optional<Inbox.Letter> letter = around.inbox().next(untilSomethingIsDue());
                while (letter.isPresent()) {
                    read(letter.get());
                    letter = around.inbox().next(Duration.ZERO);
                }
            }
            return questions.isEmpty() || (!held.isEmpty() && rounds.any())
                    ? new End.Finished(finished)
                    : questions.end(rounds.until());
        } catch (TaskFailedException e) {
            // With its time over the execution has not failed, whoever noticed it first.
            return context.clock().instant().isBefore(deadline) ? new End.Failed(e.failure) : new End.Stopped();
        } finally {
            running.forEach(task -> task.attempt.ifPresent(TaskAttempt::close));
        }
    }

    /** Whether the time of a node is over so soon that it is waited for here. */
    private boolean waitsForTime() {
        return !questions.isEmpty()
                && rounds.until()
                        .filter(until ->
                                until.isBefore(context.clock().instant().plus(NEAR)))
                        .isPresent();
    }

    private void restore(Map<String, PendingWrite> stored) throws TaskFailedException {
        rounds.restore(stored);
        if (stored.isEmpty() && checkpoint.interrupts().isEmpty()) {
            for (NodeTask task : checkpoint.next()) {
                ready(new OpenTask(task, around.node(task), around.answers()));
            }
            return;
        }
        Map<String, List<String>> asked = Control.of(checkpoint.control()).waiting();
        Map<String, Interrupt> questions = new HashMap<>();
        checkpoint.interrupts().forEach(one -> questions.put(one.id(), one));
        for (NodeTask task : checkpoint.next()) {
            Optional<PendingWrite> before = Optional.ofNullable(stored.get(task.id()));
            Optional<Integer> mark = before.flatMap(Review::marked);
            if (rounds.givenUp(task.node())) {
                before.filter(write -> Planner.Again.of(write).isPresent()).ifPresent(finished::add);
            } else if (mark.isPresent()) {
                review(task, mark.get());
            } else if (before.isPresent() && before.get().interrupts().isEmpty()) {
                finished.add(fanOut.counting(before.get()));
                rounds.ended(task.node());
            } else {
                List<String> ids = before.map(one ->
                                one.interrupts().stream().map(Interrupt::id).toList())
                        .orElseGet(() -> asked.getOrDefault(task.id(), List.of()));
                List<Interrupt> interrupts = before.map(PendingWrite::interrupts)
                        .orElseGet(() -> ids.stream()
                                .flatMap(id -> Optional.ofNullable(questions.get(id)).stream())
                                .toList());
                restore(new OpenTask(task, around.node(task), around.answers()), interrupts, ids);
            }
        }
    }

    /** A task that asked before the execution waited: it runs again when all that it asked is answered. */
    private void restore(OpenTask task, List<Interrupt> before, List<String> asked) {
        List<Interrupt> unanswered = before.stream()
                .filter(one -> !around.answers().containsKey(one.id()))
                .toList();
        task.missingSince = Questions.Missing.since(before);
        if (unanswered.isEmpty() || task.returned(context)) {
            ready(task);
        } else if (nearlyDue(unanswered)) {
            delay(task, unanswered.getFirst());
        } else {
            questions.ask(task.task, unanswered, asked);
        }
    }

    private void ready(OpenTask task) {
        open.put(task.task.id(), task);
        Optional<Instant> begins = rounds.begins(task.task);
        if (begins.isPresent()) {
            task.due = begins.get();
            delayed.add(task);
        } else {
            ready.add(task);
        }
    }

    private boolean nearlyDue(List<Interrupt> asked) {
        return asked.size() == 1 && asked.getFirst().isNearlyDue(context.clock().instant(), NEAR);
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
            questions.review(task, question);
            return;
        }
        OpenTask again = new OpenTask(task, around.node(task), around.answers());
        Optional<JsonObject> skipped = Review.skipped(answer);
        if (Review.failed(answer)) {
            throw new TaskFailedException(Review.failure(task));
        } else if (skipped.isPresent()) {
            around.graph().channels().require(task.node(), skipped.get());
            open.put(task.id(), again);
            finish(again, new NodeHandler.Result.Writes(skipped.get()));
        } else {
            again.marks = Review.next(task, mark + 1, around.answers());
            ready(again);
        }
    }

    private Duration untilSomethingIsDue() {
        if (!ready.isEmpty() && running.size() < around.share().atOnce(MOST_RUNNING)) {
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
        Optional<Instant> until = rounds.until();
        next = until.isPresent() && until.get().isBefore(next) ? until.get() : next;
        return next.isBefore(now) ? Duration.ZERO : Duration.between(now, next);
    }

    /** Cuts attempts short that take too long, and begins what has waited long enough. */
    private void wakeDue() throws TaskFailedException {
        endLate();
        if (running.isEmpty() && delayed.isEmpty()) {
            return;
        }
        Instant now = context.clock().instant();
        for (OpenTask task : List.copyOf(running)) {
            // A failure may have given it up with others.
            if (!running.contains(task)) {
                continue;
            }
            TaskAttempt attempt = task.attempt.orElseThrow();
            if (!now.isBefore(attempt.deadline())) {
                attempt.close();
                failed(task, OpenTask.late());
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
        int most = around.share().atOnce(MOST_RUNNING);
        for (int i = 1; !ready.isEmpty() && running.size() + starting.size() < most; i++) {
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
        starting.removeIf(task -> rounds.givenUp(task.node.id()));
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
        Optional<NodeHandler.Result.Writes> known;
        try {
            task.effect = handler.effect(task.node);
            known = results.begin(task, attempt, now);
        } catch (RuntimeException e) {
            failed(task, e);
            return false;
        }
        task.marked |= task.effect == Effect.NON_IDEMPOTENT && known.isEmpty() && !handler.quick();
        if (task.marked) {
            journal.save(Review.mark(task.task, task.marks), task.started(around.step()));
        } else {
            journal.add(task.started(around.step()));
        }
        if (barred && (handler.quick() || known.isPresent())) {
            settle();
        }
        if (known.isPresent()) {
            finish(task, known.get());
            return false;
        }
        if (handler.quick()) {
            ended(task, attempt.result());
            return false;
        }
        task.attempt = Optional.of(attempt);
        return true;
    }

    private void missing(OpenTask task, Instant now) {
        if (task.missed(now, context.config().patience())) {
            interrupted(task, List.of(questions.missing(task, around.execution(), now)));
        } else {
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
            case NodeHandler.Result.Writes result -> {
                NodeHandler.Result.Writes writes;
                try {
                    writes = results.ended(
                            task, ended.attempt(), result, context.clock().instant());
                } catch (AgentOsException e) {
                    failed(task, e);
                    return;
                }
                finish(task, writes);
            }
            case NodeHandler.Result.Interrupted(List<Interrupt> asked)
            when !asked.isEmpty() -> interrupted(task, asked);
            case NodeHandler.Result.Interrupted ignored ->
                failed(task, new IllegalStateException("It asked for nothing"));
        }
    }

    private void interrupted(OpenTask task, List<Interrupt> asked) {
        if (nearlyDue(asked)) {
            delay(task, asked.getFirst());
            return;
        }
        open.remove(task.task.id());
        questions.ask(task.task, asked, asked.stream().map(Interrupt::id).toList());
        if (checkpoint.next().size() > 1 || task.marked) {
            journal.save(task.asks(asked), task.waiting(around.step(), asked));
        }
    }

    private void finish(OpenTask task, NodeHandler.Result.Writes result) throws TaskFailedException {
        PendingWrite write = fanOut.counting(task.writes(result));
        open.remove(task.task.id());
        finished.add(write);
        rounds.ended(write.node());
        ExecutionEvent.Draft event = task.finished(around.step(), result);
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
        // Before a refusal is over, trying again is in vain; and so it is when that is not before the deadline.
        Duration rest = OpenTask.rest(thrown);
        Instant earliest = context.clock().instant().plus(rest);
        boolean again = task.repeats(failure) && (rest.isZero() || earliest.isBefore(deadline));
        journal.add(task.failed(around.step(), failure, again));
        if (!again) {
            settle(rounds.failed(task.node.id(), failure, earliest, this::spent), task.task);
            return;
        }
        task.due = earliest.plusMillis(context.jitter(task.longestPause()));
        delayed.add(task);
    }

    /** Ends the rounds whose time is over. */
    private void endLate() throws TaskFailedException {
        Optional<Instant> until = rounds.until();
        while (until.isPresent() && !until.get().isAfter(context.clock().instant())) {
            String node = rounds.late(until.get()).orElseThrow();
            NodeTask inside = checkpoint.next().stream()
                    .filter(task -> CompiledGraph.inside(task.node(), node))
                    .findFirst()
                    .orElseThrow();
            settle(rounds.late(node, this::spent), inside);
            until = rounds.until();
        }
    }

    /** Gives up what is inside of a node that begins anew; fails when none does. */
    private void settle(Rounds.Verdict verdict, NodeTask cause) throws TaskFailedException {
        List<ExecutionEvent.Draft> told = verdict.events();
        if (verdict.again().isEmpty()) {
            told.forEach(journal::add);
            throw new TaskFailedException(verdict.failure());
        }
        told.subList(0, told.size() - 1).forEach(journal::add);
        String node = verdict.again().get().node();
        Predicate<OpenTask> inside = task -> CompiledGraph.inside(task.node.id(), node);
        open.values().stream().filter(inside).forEach(task -> task.attempt.ifPresent(TaskAttempt::close));
        List.of(open.values(), ready, running, delayed).forEach(tasks -> tasks.removeIf(inside));
        questions.giveUp(node, checkpoint.next());
        finished.removeIf(write -> CompiledGraph.inside(write.node(), node));
        fanOut.left(finished);
        results.giveUp(node);
        PendingWrite write = verdict.again().get().insteadOf(cause);
        finished.add(write);
        if (checkpoint.next().size() > 1) {
            journal.save(write, told.getLast());
        } else {
            journal.add(told.getLast());
        }
    }

    /** Whether something inside of a node has had an effect in this superstep that cannot be repeated. */
    private boolean spent(String around) {
        return questions.unclear(around)
                || open.values().stream().anyMatch(task -> task.marked && CompiledGraph.inside(task.node.id(), around))
                || finished.stream()
                        .filter(write -> CompiledGraph.inside(write.node(), around))
                        .anyMatch(write -> Rounds.spends(context, this.around.graph(), write));
    }
}
