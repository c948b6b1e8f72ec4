package dev.agentos.graph.internal;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.Command;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Execution;
import dev.agentos.graph.ExecutionEvent;
import dev.agentos.graph.ExecutionEvent.Draft;
import dev.agentos.graph.ExecutionState;
import dev.agentos.graph.ExecutionStore;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Lease;
import dev.agentos.graph.LeaseLostException;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphLimits;
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
    private static final int DEFAULT_SUPERSTEPS = 1_000;

    private final EngineContext context;
    private final ExecutionStore.Claim claim;
    private final Inbox inbox = new Inbox();
    private final Journal journal;
    private final Instant deadline;
    private volatile Stop stop = Stop.NONE;
    private int step;

    /** The loop of that claim. */
    public SuperstepLoop(EngineContext context, ExecutionStore.Claim claim) {
        this.context = context;
        this.claim = claim;
        Execution.Progress progress = claim.execution().progress();
        this.step = progress.step();
        this.journal = new Journal(context, claim.lease(), progress.attempt(), progress.step(), () -> stop);
        this.deadline = claim.execution().request().deadline().orElse(Instant.MAX);
        if (progress.cancelRequested()) {
            stop = Stop.CANCEL;
        }
    }

    /** The lease under which it works. */
    public Lease lease() {
        return claim.lease();
    }

    /** Asks it to stop; a less urgent reason does not replace a more urgent one. */
    public void stop(Stop why) {
        synchronized (inbox) {
            if (why.compareTo(stop) > 0) {
                stop = why;
            }
        }
        inbox.put(new Inbox.Nudge());
    }

    @Override
    public void run() {
        try {
            context.failpoints().reach("afterClaim");
            execute();
        } catch (LeaseLostException | StoppedException e) {
            LOG.info("Execution {}: {}", lease().execution(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // Nothing could be stored of this. The lease runs out, and another claim tries again.
            LOG.error("Execution {} is dropped", lease().execution(), e);
        }
    }

    private void execute() throws InterruptedException {
        try {
            ExecutionStore.Resumption resumption = journal.load();
            Execution execution = claim.execution();
            CompiledGraph graph = journal.find(() -> context.graphs()
                    .find(execution.tenant(), execution.request().graph()));
            advance(graph, resumption);
        } catch (AgentOsException e) {
            journal.forgetWhatWasRefused();
            end(ExecutionState.FAILED, ExecutionEvent.FAILED, Failure.of(e));
        }
    }

    private void advance(CompiledGraph graph, ExecutionStore.Resumption resumption) throws InterruptedException {
        Checkpoint checkpoint = resumption.checkpoint();
        JsonObject values = checkpoint.values();
        Map<String, PendingWrite> stored =
                resumption.pending().stream().collect(Collectors.toMap(PendingWrite::task, write -> write));
        Map<String, JsonValue> answers =
                new HashMap<>(Control.of(checkpoint.control()).answers());
        if (resumption.command().isPresent()) {
            Command command = resumption.command().get();
            answers.putAll(command.resume());
            values = graph.channels()
                    .merge(values, List.of(new Channels.Write("", "update", command.update())))
                    .values();
            if (!command.jump().isEmpty()) {
                checkpoint = store(Planner.jump(checkpoint, values, command.jump()));
                stored = Map.of();
                answers.clear();
            }
        }
        int most =
                graph.definition().limits().flatMap(GraphLimits::maxSupersteps).orElse(DEFAULT_SUPERSTEPS);
        while (!rests(checkpoint, most)) {
            Superstep superstep = new Superstep(
                    context,
                    journal,
                    new TaskAttempt.Surroundings(
                            claim.execution(),
                            graph,
                            checkpoint.number(),
                            values,
                            Map.copyOf(answers),
                            inbox,
                            context.clock()),
                    checkpoint,
                    deadline,
                    this::urgent);
            switch (superstep.run(stored)) {
                case Superstep.End.Finished(List<PendingWrite> writes) -> {
                    checkpoint = store(Planner.advance(graph, checkpoint, values, writes));
                    values = checkpoint.values();
                    stored = Map.of();
                    answers.clear();
                }
                case Superstep.End.Waiting waiting -> {
                    suspend(checkpoint, values, answers, waiting);
                    return;
                }
                case Superstep.End.Failed(Failure failure) -> {
                    end(ExecutionState.FAILED, ExecutionEvent.FAILED, failure);
                    return;
                }
                case Superstep.End.Stopped() -> LOG.debug("Execution {} is cut short", lease().execution());
            }
        }
    }

    private boolean urgent() {
        return stop.compareTo(Stop.DRAIN) > 0 || !context.clock().instant().isBefore(deadline);
    }

    /** Whether there is no superstep to be run, having done what is to be done instead. */
    private boolean rests(Checkpoint checkpoint, int most) {
        step = checkpoint.number();
        if (stop == Stop.LET_GO) {
            throw new StoppedException("The lease is lost");
        }
        if (stop == Stop.CANCEL) {
            Failure failure = Failure.of(
                    GraphErrorCode.CANCELLED, "The execution was cancelled.", "Start it anew if it is still wanted.");
            end(ExecutionState.CANCELLED, ExecutionEvent.CANCELLED, failure);
        } else if (checkpoint.next().isEmpty()) {
            journal.add(new Draft(ExecutionEvent.SUCCEEDED, checkpoint.number(), Optional.empty(), JsonObject.EMPTY));
            journal.finish(new ExecutionStore.Outcome(
                    ExecutionState.SUCCEEDED, Optional.of(checkpoint.values()), Optional.empty()));
        } else if (!context.clock().instant().isBefore(deadline)) {
            Failure failure = Failure.of(
                    GraphErrorCode.EXECUTION_TIMEOUT,
                    "The execution did not end before its deadline " + deadline + ".",
                    "Give it a later deadline, or the graph a longer timeout.");
            end(ExecutionState.TIMED_OUT, ExecutionEvent.TIMED_OUT, failure);
        } else if (stop != Stop.NONE) {
            journal.handBack();
        } else if (Control.of(checkpoint.control()).supersteps() >= most) {
            Failure failure = Failure.of(
                    GraphErrorCode.STEP_LIMIT,
                    "The execution did not end within " + most + " supersteps.",
                    "Look for a cycle that is not left, or raise limits.maxSupersteps.");
            end(ExecutionState.FAILED, ExecutionEvent.FAILED, failure);
        } else {
            return false;
        }
        return true;
    }

    private Checkpoint store(Planner.Step next) {
        journal.add(Journal.checkpointed(next));
        journal.checkpoint(next);
        return next.checkpoint();
    }

    private void suspend(
            Checkpoint checkpoint, JsonObject values, Map<String, JsonValue> answers, Superstep.End.Waiting waiting) {
        Control before = Control.of(checkpoint.control());
        Control control = new Control(before.supersteps(), answers, waiting.byTask());
        Planner.Step next = Planner.waiting(checkpoint, values, control, waiting.interrupts());
        journal.add(Journal.checkpointed(next));
        List<JsonObject> asked = waiting.interrupts().stream()
                .map(one -> JsonObject.of("id", one.id(), "node", one.node(), "payload", one.payload()))
                .toList();
        journal.add(new Draft(
                ExecutionEvent.WAITING,
                next.checkpoint().number(),
                Optional.empty(),
                JsonObject.of("interrupts", asked)));
        journal.suspend(next);
    }

    private void end(ExecutionState state, String type, Failure failure) {
        journal.add(Journal.failed(type, step, Optional.empty(), failure));
        journal.finish(new ExecutionStore.Outcome(state, Optional.empty(), Optional.of(failure)));
    }
}
