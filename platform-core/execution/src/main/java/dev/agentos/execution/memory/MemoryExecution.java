package dev.agentos.execution.memory;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Candidate;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.ExecutionStore.Outcome;
import dev.agentos.execution.ExecutionStore.Passage;
import dev.agentos.execution.ExecutionStore.Remainder;
import dev.agentos.execution.ExecutionStore.Resumption;
import dev.agentos.execution.Lease;
import dev.agentos.execution.LostAttempts;
import dev.agentos.execution.WhenBusy;
import dev.agentos.execution.internal.Sizes;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** One execution in memory with all that belongs to it; whoever calls holds its store's lock. */
public final class MemoryExecution {

    private final long number;
    private final JsonObject input;
    private final Set<String> editors = new TreeSet<>();
    private final List<Checkpoint> checkpoints = new ArrayList<>();
    private final List<ExecutionEvent> events = new ArrayList<>();
    private final Map<String, PendingWrite> pending = new LinkedHashMap<>();
    private final Set<String> failed = new HashSet<>();
    /** From what its history can be told, should somebody ask. */
    private final List<MemoryHistory.Part> parts = new ArrayList<>();

    private Execution execution;
    private Instant queuedAt;
    private Optional<Instant> due = Optional.empty();
    private Optional<Command> command = Optional.empty();
    private String owner = "";
    private Instant leasedUntil = Instant.MIN;
    private long epoch;
    private int crashes;
    private int crashStep = -1;
    private boolean inLine;

    /**
     * An execution that is queued.
     *
     * @param number its place among all that were admitted
     */
    public MemoryExecution(long number, Candidate candidate, Instant now) {
        Checkpoint first = candidate.first();
        this.number = number;
        this.input = candidate.execution().request().input();
        this.execution = candidate.execution().admitted(now, false).with(JsonObject.EMPTY, Optional.empty());
        this.queuedAt = now;
        checkpoints.add(stamped(first, first.values(), now));
        candidate.pending().forEach(write -> pending.put(write.task(), write));
        append(candidate.events(), now);
        parts.add(new MemoryHistory.Part(
                Optional.of(stamped(first, JsonObject.EMPTY, now)), candidate.events(), candidate.pending(), Map.of()));
        append(candidate.behind(), now);
        parts.add(new MemoryHistory.Part(Optional.empty(), candidate.behind(), List.of(), Map.of()));
    }

    /** Its place among all that were admitted. */
    public long number() {
        return number;
    }

    /** As it stands, without input and output. */
    public Execution execution() {
        return execution;
    }

    /** As it stands, with its input, and its output once it has succeeded. */
    public Execution whole() {
        return execution.with(
                input,
                state() == ExecutionState.SUCCEEDED
                        ? Optional.of(checkpoints.getLast().values())
                        : Optional.empty());
    }

    /** Where it stands. */
    public ExecutionState state() {
        return execution.state();
    }

    /** When it is to have ended. */
    public Optional<Instant> deadline() {
        return execution.request().deadline();
    }

    /** Whether that is over. */
    public boolean isLate(Instant now) {
        return deadline().filter(until -> !until.isAfter(now)).isPresent();
    }

    /** Since when it has stood in the queue, or last stood there. */
    public Instant queuedAt() {
        return queuedAt;
    }

    /** Whether it can be claimed. */
    public boolean claimable(Instant now) {
        return switch (state()) {
            case QUEUED ->
                !inLine
                        && (execution.progress().cancelRequested()
                                || due.filter(at -> at.isAfter(now)).isEmpty());
            case RUNNING -> leasedUntil.isBefore(now);
            case WAITING -> due.filter(at -> !at.isAfter(now)).isPresent();
            default -> false;
        };
    }

    /** Whether that lease is the latest and the execution runs. */
    public boolean held(Lease lease) {
        return state() == ExecutionState.RUNNING && epoch == lease.epoch();
    }

    /** Whether it runs and that server has it. */
    public boolean ownedBy(String server) {
        return state() == ExecutionState.RUNNING && owner.equals(server);
    }

    /** How many owners in a row were lost at this step. */
    public int crashes() {
        return crashes;
    }

    /** Notes that somebody has changed its state, or what it left to its session. */
    public void edited(String by) {
        editors.add(by);
    }

    /** Who has. */
    public Set<String> editors() {
        return editors;
    }

    /** About how many bytes its state takes. */
    public long bytes() {
        return Sizes.of(checkpoints.getLast().values());
    }

    /** Gives it to that server. */
    public Lease claim(Claimant claimant, Instant now) {
        boolean lost = state() == ExecutionState.RUNNING;
        int step = checkpoints.getLast().number();
        if (lost) {
            crashes = (step > crashStep ? Math.min(crashes, 0) : crashes) + 1;
            crashStep = step;
        } else if (state() != ExecutionState.QUEUED || step > crashStep) {
            forgetCrashes();
        }
        due = Optional.empty();
        epoch++;
        owner = claimant.owner();
        leasedUntil = now.plus(claimant.lease());
        Execution.Progress old = execution.progress();
        Execution.Times times = execution.times();
        execution = with(
                ExecutionState.RUNNING,
                progress(old.step(), old.attempt() + 1, old.cancelRequested(), old.pauseRequested()),
                new Execution.Times(times.createdAt(), times.startedAt().or(() -> Optional.of(now)), Optional.empty()));
        return new Lease(execution.tenant(), execution.id(), owner, epoch);
    }

    private void forgetCrashes() {
        crashes = 0;
        crashStep = -1;
    }

    /** The next loss comes to so many. */
    public void suspect(int lost) {
        crashes = lost;
    }

    /** Its owner has it for so long from now on. */
    public void prolong(Duration lease, Instant now) {
        leasedUntil = now.plus(lease);
    }

    /** Its lease has run out. */
    public void release() {
        leasedUntil = Instant.MIN;
    }

    /** Puts it back into the queue, in its old place. */
    public void handBack() {
        state(ExecutionState.QUEUED);
    }

    /** Puts it back for a while, saying why. */
    public void putOff(Duration delay, ExecutionEvent.Draft event, Instant now) {
        append(List.of(event), now);
        due = Optional.of(now.plus(delay));
        state(ExecutionState.QUEUED);
    }

    /** Lets it wait on, as if nobody had claimed it. */
    public void waitOn(Instant until) {
        Execution.Progress old = execution.progress();
        due = Optional.of(until);
        execution = with(
                old.cancelRequested() ? ExecutionState.QUEUED : ExecutionState.WAITING,
                progress(old.step(), old.attempt() - 1, old.cancelRequested(), old.pauseRequested()),
                execution.times());
    }

    /** What an owner goes on with. */
    public Resumption resumption() {
        Resumption resumption = new Resumption(checkpoints.getLast(), List.copyOf(pending.values()), command, Map.of());
        if (execution.progress().attempt() <= 1) {
            return resumption;
        }
        LostAttempts lost = new LostAttempts();
        events.forEach(event -> lost.add(event.draft()));
        return resumption.losing(lost.byTask());
    }

    /** What is left of it at its latest checkpoint. */
    public Remainder remainder() {
        return new Remainder(checkpoints.getLast(), List.copyOf(pending.values()), failed);
    }

    /** Takes an entry of its owner and returns the events with their numbers. */
    public List<ExecutionEvent> store(Entry entry, Instant now) {
        entry.checkpoint().ifPresent(checkpoint -> failed.clear());
        entry.events().stream()
                .filter(event -> event.type().equals(ExecutionEvent.TASK_FAILED))
                .forEach(event -> ExecutionEvent.noteFailed(event.data(), failed));
        for (PendingWrite write : entry.writes()) {
            pending.put(write.task(), write);
            if (write.own()) {
                failed.remove(write.task());
            }
        }
        if (entry.checkpoint().isPresent()) {
            Checkpoint checkpoint = entry.checkpoint().get();
            add(checkpoint, entry.changes(), now);
            command = Optional.empty();
            checkpoint.settle(pending.values());
        }
        parts.add(new MemoryHistory.Part(
                entry.checkpoint().map(one -> stamped(one, JsonObject.EMPTY, now)),
                entry.events(),
                entry.writes(),
                entry.changes()));
        int before = events.size();
        append(entry.events(), now);
        switch (entry.move()) {
            case Move.Stay ignored -> {}
            case Move.Suspend(Optional<Instant> until) -> {
                due = until;
                queuedAt = now;
                state(execution.progress().cancelRequested() ? ExecutionState.QUEUED : ExecutionState.WAITING);
            }
            case Move.Finish(Outcome outcome) -> end(outcome, now);
        }
        return List.copyOf(events.subList(before, events.size()));
    }

    private void add(Checkpoint checkpoint, Map<String, Change> changes, Instant now) {
        Checkpoint last = checkpoints.getLast();
        // Those between are left out with the durability EXIT.
        if (checkpoint.number() <= last.number()) {
            throw new IllegalStateException("Checkpoint " + checkpoint.number() + " after " + last.number());
        }
        // Only what is said to have changed is taken, so that a wrong change shows.
        Map<String, JsonValue> values = new LinkedHashMap<>(last.values().members());
        changes.forEach((name, change) -> change.apply(Optional.ofNullable(values.get(name)))
                .ifPresentOrElse(value -> values.put(name, value), () -> values.remove(name)));
        checkpoints.add(stamped(checkpoint, new JsonObject(values), now));
        Execution.Progress old = execution.progress();
        execution = with(
                state(),
                progress(checkpoint.number(), old.attempt(), old.cancelRequested(), old.pauseRequested()),
                execution.times());
    }

    /** Ends it without its owner, saying why. */
    public void end(ExecutionState state, Failure failure, ExecutionEvent.Draft event, Instant now) {
        append(List.of(event), now);
        if (state == ExecutionState.CANCELLED) {
            mark(true, execution.progress().pauseRequested());
        }
        end(new Outcome(state, Optional.of(failure)), now);
    }

    private void end(Outcome outcome, Instant now) {
        Execution.Times times = execution.times();
        execution = new Execution(
                execution.id(),
                execution.tenant(),
                execution.request(),
                outcome.state(),
                execution.progress(),
                Optional.empty(),
                outcome.failure(),
                new Execution.Times(times.createdAt(), times.startedAt(), Optional.of(now)));
    }

    /** Asks its owner to stop. */
    public void askToStop() {
        mark(true, execution.progress().pauseRequested());
    }

    /** Asks whoever has it, or will have it, to wait; waits at once when nobody has begun it. */
    public void pause(ExecutionEvent.Draft waiting, Instant now) {
        if (state().terminal()) {
            return;
        }
        mark(execution.progress().cancelRequested(), true);
        if (state() == ExecutionState.QUEUED
                && execution.progress().attempt() == 0
                && execution.request().session().isEmpty()) {
            append(List.of(waiting), now);
            due = deadline();
            state(ExecutionState.WAITING);
        }
    }

    /** Queues it with a command. */
    public void resume(Command answer, ExecutionEvent.Draft event, Instant now) {
        command = Optional.of(answer);
        append(List.of(event), now);
        parts.add(new MemoryHistory.Part(Optional.empty(), List.of(event), List.of(), Map.of()));
        mark(
                execution.progress().cancelRequested(),
                answer.change() && execution.progress().pauseRequested());
        due = Optional.empty();
        queuedAt = now;
        forgetCrashes();
        state(ExecutionState.QUEUED);
    }

    private void mark(boolean cancel, boolean pause) {
        Execution.Progress old = execution.progress();
        execution = with(state(), progress(old.step(), old.attempt(), cancel, pause), execution.times());
    }

    private Execution.Progress progress(int step, int attempt, boolean cancel, boolean pause) {
        return new Execution.Progress(
                step, attempt, cancel, pause, execution.progress().superseded());
    }

    /** Whether it waits for its turn in a session. */
    public boolean inLine() {
        return inLine;
    }

    /** Lets it wait for its turn in a session, or begin. */
    public void standInLine(boolean waits) {
        inLine = waits;
    }

    /** Says that another one has taken its session, the first time, and asks it to stop. */
    public void supersede(WhenBusy how) {
        Execution.Progress old = execution.progress();
        execution = with(
                state(),
                new Execution.Progress(
                        old.step(),
                        old.attempt(),
                        true,
                        old.pauseRequested(),
                        old.superseded().or(() -> Optional.of(how))),
                execution.times());
    }

    /** Events after that number, at most so many, and no more once they are large. */
    public List<ExecutionEvent> events(long after, int most) {
        int from = Math.clamp(after, 0, events.size());
        int end = (int) Math.min((long) from + most, events.size());
        long room = ExecutionStore.MOST_EVENT_BYTES;
        int to = from;
        while (to < end && room > 0) {
            room -= Sizes.of(events.get(to++).draft().data());
        }
        return List.copyOf(events.subList(from, to));
    }

    /** That checkpoint, or the latest. */
    public Optional<Checkpoint> checkpoint(Optional<Integer> wanted) {
        if (wanted.isEmpty()) {
            return Optional.of(checkpoints.getLast());
        }
        return checkpoints.stream().filter(one -> one.number() == wanted.get()).findFirst();
    }

    /** Who wrote what, newest first. */
    public List<Passage> history() {
        return MemoryHistory.newestFirst(input, parts);
    }

    private void append(List<ExecutionEvent.Draft> drafts, Instant now) {
        drafts.forEach(draft -> events.add(new ExecutionEvent(events.size() + 1L, draft, now)));
    }

    private void state(ExecutionState state) {
        execution = with(state, execution.progress(), execution.times());
    }

    private Execution with(ExecutionState state, Execution.Progress progress, Execution.Times times) {
        return new Execution(
                execution.id(),
                execution.tenant(),
                execution.request(),
                state,
                progress,
                Optional.empty(),
                execution.failure(),
                times);
    }

    private static Checkpoint stamped(Checkpoint checkpoint, JsonObject values, Instant now) {
        return new Checkpoint(
                checkpoint.number(),
                checkpoint.source(),
                values,
                checkpoint.next(),
                checkpoint.interrupts(),
                checkpoint.control(),
                Optional.of(now));
    }
}
