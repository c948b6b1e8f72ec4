package dev.agentos.execution.internal;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Lease;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.execution.Superseding;
import dev.agentos.execution.room.Places;
import dev.agentos.execution.room.Room;
import dev.agentos.graph.Channels;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Control;
import dev.agentos.graph.Fork;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Pauses;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.Failure;
import dev.agentos.policy.KillSwitch;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries one claimed execution from its latest checkpoint to where it ends, waits, or is handed back. */
public final class SuperstepLoop implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(SuperstepLoop.class);
    /** So long, in nanoseconds, an execution may go on before it is stored that there is one. */
    private static final long LONGEST_UNSEEN = 2_000_000;

    private final EngineContext context;
    private final ExecutionStore.Claim claim;
    private final Room.Share share;
    private final Places.Place place;
    private final Inbox inbox = new Inbox();
    private final Channels.Memory memory;
    private final Instant deadline;
    private final Durability durability;
    private final Map<String, JsonValue> answers = new HashMap<>();
    private volatile Optional<ExecutionStore.Running> running;
    private volatile Stop stop = Stop.NONE;
    /** Kept, because it may be lifted before the execution has ended. */
    private volatile Optional<KillSwitch> switchedOff = Optional.empty();

    private final long since = System.nanoTime();
    private int step;
    private Optional<ExecutionStore.Outcome> outcome = Optional.empty();
    private Map<String, String> missing = Map.of();

    /**
     * The loop of a claim, with its share of the memory that all executions of this server have.
     *
     * @param running what the claim goes on with, when that is known already
     * @param place is given back when nothing is left to do but to store the end
     */
    public SuperstepLoop(
            EngineContext context,
            ExecutionStore.Claim claim,
            Optional<ExecutionStore.Running> running,
            Room.Share share,
            Places.Place place) {
        this.share = share;
        this.place = place;
        this.context = context;
        this.claim = claim;
        this.running = running;
        this.memory = new Channels.Memory(
                context.handlers(),
                new Channels.Caller(
                        claim.execution().tenant(),
                        Optional.of(claim.execution().id())));
        Execution.Progress progress = claim.execution().progress();
        this.step = progress.step();
        this.deadline = claim.execution().request().deadline().orElse(Instant.MAX);
        this.durability = claim.execution().request().durability();
        if (progress.cancelRequested()) {
            stop = Stop.CANCEL;
        } else if (progress.pauseRequested()) {
            stop = Stop.PAUSE;
        }
    }

    /** When it began, as {@link System#nanoTime} counts. */
    public long since() {
        return since;
    }

    /** Whether the store knows of its lease. */
    public boolean leased() {
        return running.filter(one -> one.log().unopened()).isEmpty();
    }

    /** How the execution has ended, once {@link #run} has; empty when it goes on elsewhere or later. */
    public Optional<ExecutionStore.Outcome> outcome() {
        return outcome;
    }

    /** The node types that the execution waits for, by the questions that say so, once {@link #run} has ended. */
    public Map<String, String> missing() {
        return missing;
    }

    /** The lease under which it works. */
    public Lease lease() {
        return claim.lease();
    }

    /** Asks it to stop; a less urgent reason does not replace a more urgent one. */
    public void stop(Stop why) {
        synchronized (inbox) {
            stop = why.compareTo(stop) > 0 ? why : stop;
        }
        if (why == Stop.LET_GO) {
            running.ifPresent(one -> one.log().abandon());
        }
        inbox.put(new Inbox.Nudge());
    }

    /** Whether it was asked to stop. */
    public boolean stopping() {
        return stop != Stop.NONE;
    }

    /** Whether a kill switch stops it, now or since it began. */
    public boolean switchedOff() {
        if (switchedOff.isEmpty()) {
            Execution execution = claim.execution();
            switchedOff = context.switches()
                    .stopping(execution.tenant(), execution.request().agent());
        }
        return switchedOff.isPresent();
    }

    @Override
    public void run() {
        try (share) {
            if (leased()) {
                context.failpoints().reach("afterClaim");
            }
            if (enters()) {
                execute();
            }
        } catch (LeaseLostException | StoppedException e) {
            LOG.info("Execution {}: {}", lease().execution(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // Nothing could be stored of this. The lease runs out, and another claim tries again.
            LOG.error("Execution {} is dropped", lease().execution(), e);
        } finally {
            running.filter(one -> one.log().unopened())
                    .ifPresent(one -> one.log().abandon());
            context.signals().left(lease().execution());
            if (claim.execution().request().session().isPresent()) {
                // The next one in line may be queued now.
                context.signals().queued();
            }
        }
    }

    /** Waits until there is room for what is to be read; who is handed on before that was not read at all. */
    private boolean enters() throws InterruptedException {
        if (running.isPresent()) {
            share.take(running.get().log().bytes());
            return true;
        }
        return new Entrance(context, claim, share, place, () -> stop, this::urgent).passes();
    }

    private void execute() throws InterruptedException {
        boolean begun = running.isPresent();
        running = begun ? running : open();
        if (running.isEmpty() || (!begun && waitsOn(running.get().resumption()))) {
            return;
        }
        ExecutionStore.Running opened = running.get();
        Journal journal = new Journal(context, opened.log(), share, durability == Durability.EXIT);
        if (!begun) {
            journal.add(Commands.started(claim.execution().progress()));
        }
        if (switchedOff()) {
            endSwitchedOff(journal);
            return;
        }
        try {
            Execution execution = claim.execution();
            CompiledGraph graph = Patience.of(context, lease(), () -> stop)
                    .until(
                            "find the graph",
                            () -> context.graphs()
                                    .find(
                                            execution.tenant(),
                                            execution.request().graph()));
            advance(journal, graph, opened.resumption());
        } catch (AgentOsException e) {
            if (Thread.currentThread().isInterrupted()) {
                // A reducer was cut short because this server ends; the next one asks it again.
                throw new StoppedException("The server ends");
            }
            try {
                end(journal, ExecutionState.FAILED, ExecutionEvent.FAILED, Failure.of(e));
            } catch (AgentOsException refused) {
                journal.forget();
                end(journal, ExecutionState.FAILED, ExecutionEvent.FAILED, Failure.of(e));
            }
        }
    }

    /** Whether it has only looked for node types that are still absent, of which nothing is written. */
    private boolean waitsOn(ExecutionStore.Resumption resumption) {
        Optional<Instant> until = stopping() || switchedOff()
                ? Optional.empty()
                : Questions.Missing.absent(context, resumption, deadline);
        until.ifPresent(due -> {
            missing = Questions.Missing.types(resumption.checkpoint().interrupts());
            context.store().waitOn(lease(), due);
        });
        return until.isPresent();
    }

    private Optional<ExecutionStore.Running> open() {
        Opening opening = Opening.of(context, claim, step, Patience.of(context, lease(), () -> stop));
        outcome = opening.failure()
                .map(failure -> new ExecutionStore.Outcome(ExecutionState.FAILED, Optional.of(failure)));
        return opening.running();
    }

    /** Where the execution stands between two supersteps, and what is known already of the tasks of the next. */
    private record Standing(Checkpoint checkpoint, Planner.Working working, Map<String, PendingWrite> stored) {

        static Standing at(Checkpoint checkpoint, Map<String, PendingWrite> stored) {
            return new Standing(checkpoint, Planner.Working.of(checkpoint.values()), stored);
        }
    }

    private void advance(Journal journal, CompiledGraph graph, ExecutionStore.Resumption resumption)
            throws InterruptedException {
        Pauses pauses = graph.pauses(claim.execution().request().pauses());
        Standing now = begin(journal, graph, resumption, pauses);
        long began = System.nanoTime();
        Results results = new Results(context.cache(), graph);
        int most = Commands.mostSupersteps(claim.execution().request(), graph);
        // What a resume brought, or a crash left, is part of a superstep that has begun.
        boolean between = Commands.staysPaused(claim.execution(), resumption)
                || (resumption.command().isEmpty()
                        && now.checkpoint().next().stream().map(NodeTask::id).noneMatch(now.stored()::containsKey));
        while (!rests(journal, now, most, between)) {
            between = false;
            // Without a time that could be over, nothing is begun while a person is waited for.
            List<String> held =
                    graph.bounds() ? Control.of(now.checkpoint().control()).held(answers) : List.of();
            switch (superstep(journal, graph, results, now, resumption.lost()).run(now.stored(), held)) {
                case End.Finished(List<PendingWrite> writes)
                when !held.isEmpty() -> {
                    Planner.Step again = Planner.again(graph, now.checkpoint(), now.working(), writes, answers);
                    now = Standing.at(
                            store(journal, graph, again, List.of()),
                            durability == Durability.EXIT ? now.stored() : Map.of());
                    between = true;
                }
                case End.Finished(List<PendingWrite> writes) -> {
                    Checkpoint next = store(
                            journal,
                            graph,
                            Planner.advance(graph, now.checkpoint(), now.working(), writes, memory, pauses),
                            Rounds.spent(context, graph, writes));
                    // Without a checkpoint in between, what was marked for a later superstep is still to be found.
                    now = Standing.at(next, durability == Durability.EXIT ? now.stored() : Map.of());
                    answers.clear();
                    between = true;
                    if (journal.unopened() && System.nanoTime() - began > LONGEST_UNSEEN) {
                        journal.flush();
                    }
                }
                case End.Waiting waiting -> {
                    suspend(journal, now, waiting);
                    return;
                }
                case End.Failed(Failure failure) -> {
                    end(journal, ExecutionState.FAILED, ExecutionEvent.FAILED, failure);
                    return;
                }
                case End.Stopped() -> LOG.debug("Execution {} is cut short", lease().execution());
            }
        }
    }

    /** Where the execution goes on, behind the command with which it was resumed. */
    private Standing begin(Journal journal, CompiledGraph graph, ExecutionStore.Resumption resumption, Pauses pauses) {
        Checkpoint checkpoint = resumption.checkpoint();
        Standing now = Standing.at(
                checkpoint,
                resumption.pending().stream().collect(Collectors.toMap(PendingWrite::task, write -> write)));
        Optional<String> session = claim.execution().request().session();
        if (session.isPresent() && checkpoint.number() == 0) {
            JsonObject left = Patience.of(context, lease(), () -> stop)
                    .until(
                            "read the session",
                            () -> context.store().sessions().values(lease().tenant(), session.get()));
            return Standing.at(
                    store(journal, graph, Planner.continued(graph, checkpoint, left, pauses, memory), List.of()),
                    Map.of());
        }
        answers.putAll(Control.of(checkpoint.control()).answers());
        if (resumption.command().isEmpty()) {
            return now;
        }
        Command command = resumption.command().get();
        answers.putAll(command.resume());
        if (command.asNode().isPresent()) {
            String node = command.asNode().get();
            Planner.Step step = Fork.written(graph, checkpoint, now.working(), node, command.update(), memory, pauses);
            now = Standing.at(store(journal, graph, step, Rounds.unended(context, graph, resumption)), Map.of());
            answers.clear();
        } else {
            List<Channels.Write> update = List.of(new Channels.Write("", "update", command.update()));
            now = new Standing(
                    checkpoint,
                    now.working().after(graph.channels().merge(now.working().values(), update, memory)),
                    now.stored());
            Control control = Control.of(checkpoint.control());
            if (!command.update().isEmpty()
                    && checkpoint.next().isEmpty()
                    && control.held(answers).isEmpty()) {
                // No superstep follows that would take it along.
                Planner.Step last = Planner.waiting(checkpoint, now.working(), control, List.of());
                now = Standing.at(store(journal, graph, last, List.of()), now.stored());
            }
        }
        if (Commands.staysPaused(claim.execution(), resumption)
                && command.asNode().isEmpty()) {
            // What is asked stays asked, and what was answered or done beside it is kept.
            Planner.Step step = Planner.waitingOn(now.checkpoint(), now.working(), answers);
            now = Standing.at(store(journal, graph, step, List.of()), now.stored());
        }
        if (!command.jump().isEmpty()) {
            Planner.Step step = Planner.jump(now.checkpoint(), now.working(), command.jump());
            now = Standing.at(store(journal, graph, step, Rounds.spent(context, graph, resumption)), Map.of());
            answers.clear();
        }
        return now;
    }

    private Superstep superstep(
            Journal journal,
            CompiledGraph graph,
            Results results,
            Standing now,
            Map<String, List<NodeCall.Lost>> lost) {
        return new Superstep(
                context,
                journal,
                new TaskAttempt.Surroundings(
                        claim.execution(),
                        graph,
                        now.checkpoint().number(),
                        now.working().values(),
                        Map.copyOf(answers),
                        durability,
                        inbox,
                        share,
                        context.clock()),
                results,
                now.checkpoint(),
                lost,
                deadline,
                this::urgent);
    }

    private boolean urgent() {
        return stop.compareTo(Stop.DRAIN) > 0 || !context.clock().instant().isBefore(deadline);
    }

    /** Whether there is no superstep to be run, having done what is to be done instead. */
    private boolean rests(Journal journal, Standing now, int most, boolean between) {
        Checkpoint checkpoint = now.checkpoint();
        step = checkpoint.number();
        Control control = Control.of(checkpoint.control());
        List<String> held = control.held(answers);
        if (stop == Stop.LET_GO) {
            throw new StoppedException("The lease is lost");
        }
        if (switchedOff()) {
            endSwitchedOff(journal);
        } else if (stop == Stop.CANCEL) {
            Failure failure = Patience.of(context, lease(), () -> stop)
                    .until("find why", () -> Superseding.reason(claim.execution(), context.store()));
            end(journal, ExecutionState.CANCELLED, ExecutionEvent.CANCELLED, failure);
        } else if (checkpoint.next().isEmpty() && held.isEmpty()) {
            finish(
                    journal,
                    new Draft(ExecutionEvent.SUCCEEDED, checkpoint.number(), Optional.empty(), JsonObject.EMPTY),
                    new ExecutionStore.Outcome(ExecutionState.SUCCEEDED, Optional.empty()));
        } else if (!context.clock().instant().isBefore(deadline)) {
            end(journal, ExecutionState.TIMED_OUT, ExecutionEvent.TIMED_OUT, Commands.late(deadline));
        } else if (between
                && (stop == Stop.PAUSE || claim.execution().progress().pauseRequested())) {
            // Also when the server drains: there is nothing to hand over.
            suspend(journal, Commands.paused(checkpoint.number()), untilDeadline());
        } else if (stop.compareTo(Stop.PAUSE) > 0 || (between && leaves(now))) {
            journal.handOver();
            handBack();
        } else if (!held.isEmpty() && control.until().isEmpty()) {
            List<Interrupt> asked = held.stream().map(Pauses::interrupt).toList();
            suspend(journal, now, new End.Waiting(asked, Control.boundary(held), Optional.empty()));
        } else if (held.isEmpty() && control.supersteps() >= most) {
            end(journal, ExecutionState.FAILED, ExecutionEvent.FAILED, Commands.stepLimit(most));
        } else {
            return false;
        }
        return true;
    }

    /** A database that is away for a moment is no failure of the execution. */
    private void handBack() {
        Patience.of(context, lease(), () -> stop).until("hand it back", () -> {
            context.store().handBack(lease());
            return true;
        });
    }

    /** Whether it is to make room for others, having come further than it was. */
    private boolean leaves(Standing now) {
        if (share.grown()) {
            share.measured(Sizes.inMemory(now.working().values()));
        }
        return step > claim.execution().progress().step() && share.tooMuch();
    }

    private Checkpoint store(Journal journal, CompiledGraph graph, Planner.Step step, List<String> spent) {
        Planner.Step next = graph.bounds()
                ? new Planner.Step(
                        Planner.timed(graph, step.checkpoint(), context.clock().instant(), spent), step.changes())
                : step;
        journal.checkpoint(next);
        return next.checkpoint();
    }

    private void suspend(Journal journal, Standing now, End.Waiting waiting) {
        Control control = Control.of(now.checkpoint().control()).waiting(answers, waiting.byTask());
        Planner.Step next = Planner.waiting(now.checkpoint(), now.working(), control, waiting.interrupts());
        journal.checkpoint(next);
        missing = Questions.Missing.types(waiting.interrupts());
        Draft last = Commands.waiting(next.checkpoint().number(), waiting.interrupts());
        suspend(journal, last, waiting.due(untilDeadline(), context.clock().instant()));
    }

    /** A deadline ends an execution that nobody answers, too. */
    private Optional<Instant> untilDeadline() {
        return deadline.equals(Instant.MAX) ? Optional.empty() : Optional.of(deadline);
    }

    private void suspend(Journal journal, Draft last, Optional<Instant> due) {
        place.leave();
        journal.suspend(last, due);
    }

    private void finish(Journal journal, Draft last, ExecutionStore.Outcome ending) {
        place.leave();
        journal.finish(last, ending);
        outcome = Optional.of(ending);
    }

    private void end(Journal journal, ExecutionState state, String type, Failure failure) {
        if (switchedOff() && state == ExecutionState.FAILED) {
            // A call that was closed fails a moment before the loop hears why.
            endSwitchedOff(journal);
            return;
        }
        finish(
                journal,
                Journal.failed(type, step, Optional.empty(), failure),
                new ExecutionStore.Outcome(state, Optional.of(failure)));
    }

    private void endSwitchedOff(Journal journal) {
        Failure failure = Failure.of(switchedOff.orElseThrow().refusal());
        end(journal, ExecutionState.CANCELLED, ExecutionEvent.CANCELLED, failure);
    }
}
