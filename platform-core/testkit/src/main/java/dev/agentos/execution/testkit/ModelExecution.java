package dev.agentos.execution.testkit;

import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.testkit.LeaseTransition.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What an execution is to a store, as plainly as can be.
 *
 * @param number the how many-th it is
 * @param queued since when it has stood in the queue, or last did: the number of the operation
 * @param due when it can be claimed although it waits, in minutes
 * @param deadline when it ends, wherever it is, in minutes
 */
record ModelExecution(
        int number,
        int tenant,
        int priority,
        ExecutionState state,
        Holding holding,
        boolean cancelRequested,
        boolean pauseRequested,
        int queued,
        Optional<Long> due,
        Optional<Long> deadline,
        Contents contents) {

    /**
     * Who has it.
     *
     * @param until in minutes
     * @param attempt how often it was given to somebody
     * @param crashes how many owners in a row were lost at one step
     * @param crashStep at which, or -1
     */
    record Holding(State state, String owner, long until, long epoch, int attempt, int crashes, int crashStep) {
        static final Holding NOBODY = new Holding(State.NONE, "", 0, 0, 0, 0, -1);

        Holding moved(LeaseTransition transition) {
            return new Holding(transition.after(state), owner, until, epoch, attempt, crashes, crashStep);
        }

        Holding until(long minutes) {
            return new Holding(state, owner, minutes, epoch, attempt, crashes, crashStep);
        }
    }

    /**
     * What its log says.
     *
     * @param step the number of the latest checkpoint
     * @param value of its only channel
     * @param pending what tasks wrote behind it
     * @param command what a resume brought behind it
     * @param events their types
     */
    record Contents(int step, int value, Map<String, Integer> pending, Optional<Integer> command, List<String> events) {

        Contents happened(String... types) {
            List<String> all = new ArrayList<>(events);
            all.addAll(List.of(types));
            return new Contents(step, value, pending, command, List.copyOf(all));
        }

        Contents wrote(String task, int written) {
            Map<String, Integer> all = new TreeMap<>(pending);
            all.put(task, written);
            return new Contents(step, value, all, command, events);
        }

        Contents passed(int written, boolean asked) {
            return new Contents(step + 1, written, asked ? pending : Map.of(), Optional.empty(), events);
        }

        /** The tasks with which a checkpoint goes on, and that have produced something. */
        List<String> open() {
            return new TreeMap<>(pending).keySet().stream().limit(1).toList();
        }

        Contents wentOn(int written) {
            Map<String, Integer> kept = new TreeMap<>(pending);
            kept.keySet().retainAll(open());
            return new Contents(step + 1, written, kept, Optional.empty(), events);
        }

        Contents told(int answer) {
            return new Contents(step, value, pending, Optional.of(answer), events);
        }

        String left() {
            return "step " + step + " value " + value + " pending " + new TreeMap<>(pending);
        }

        String resumption() {
            return left() + " command " + command.map(String::valueOf).orElse("none");
        }
    }

    private ModelExecution with(ExecutionState next, Holding holder, int since, Optional<Long> at, Contents log) {
        return new ModelExecution(
                number, tenant, priority, next, holder, cancelRequested, pauseRequested, since, at, deadline, log);
    }

    ModelExecution with(Contents log) {
        return with(state, holding, queued, due, log);
    }

    ModelExecution with(Holding holder) {
        return with(state, holder, queued, due, contents);
    }

    ModelExecution asked(boolean cancel, boolean pause) {
        return new ModelExecution(
                number, tenant, priority, state, holding, cancel, pause, queued, due, deadline, contents);
    }

    /** Leaves its owner, if it has one. */
    ModelExecution moved(Transition transition) {
        Holding nobody = switch (holding.state()) {
            case NONE -> holding;
            case HELD -> holding.moved(LeaseTransition.GIVE_UP);
            case LAPSED -> holding.moved(LeaseTransition.GIVE_UP_LATE);
        };
        return with(transition.after(state), nobody, queued, due, contents);
    }

    ModelExecution queuedAt(int operation) {
        return with(state, holding, operation, due, contents);
    }

    ModelExecution dueAt(Optional<Long> minutes) {
        return with(state, holding, queued, minutes, contents);
    }

    /** Whoever was lost before it was answered is not counted any more. */
    ModelExecution forgiven() {
        return with(new Holding(
                holding.state(), holding.owner(), holding.until(), holding.epoch(), holding.attempt(), 0, -1));
    }

    /** Comes into the hands of a server. */
    ModelExecution granted(Transition transition, Operation.Server server, long now) {
        boolean lost = transition == Transition.TAKE_OVER;
        int step = contents.step();
        // One that was handed back stands where it stood.
        boolean further = step > holding.crashStep() || transition == Transition.FALL_DUE;
        int lostBefore = further ? 0 : holding.crashes();
        Holding taken = holding.moved(lost ? LeaseTransition.TAKE_OVER : LeaseTransition.GRANT);
        Holding next = new Holding(
                taken.state(),
                server.owner(),
                now + server.minutes(),
                holding.epoch() + 1,
                holding.attempt() + 1,
                lost ? lostBefore + 1 : lostBefore,
                lost ? step : further ? -1 : holding.crashStep());
        return with(transition.after(state), next, queued, Optional.empty(), contents);
    }

    /** As a store shows it. */
    String shown() {
        return "e%d %s attempt %d step %d%s%s"
                .formatted(
                        number,
                        state,
                        holding.attempt(),
                        contents.step(),
                        cancelRequested ? " cancel" : "",
                        pauseRequested ? " pause" : "");
    }
}
