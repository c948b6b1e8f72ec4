package dev.agentos.execution;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.ProcessorTurn;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * A command that comes while somebody else lets an execution go on. Answers to named questions and additions to the
 * state mean the same where the execution waits next, so that of several people who answer different questions at once
 * nobody has to send anything again; what goes elsewhere in the graph was meant for where it stood.
 */
final class Overtaken {

    /** For how long the execution may go on before it waits again. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final int LONGEST_PAUSE_MILLIS = 20;

    private final long until = System.nanoTime() + PATIENCE.toNanos();
    private Command command;
    /** Whether the execution waited, or did before, so that it may wait again soon. */
    private boolean late;
    /** Whether it was right once; if it is not any longer, somebody else has answered. */
    private boolean fitted;

    private int tries;

    /** A command that was not tried yet. */
    Overtaken(Command command) {
        this.command = command;
    }

    /** Waits until an execution has ended or waits for something, at most that long. */
    @FunctionalInterface
    interface Rest {
        Execution await(Duration longest) throws InterruptedException;
    }

    /** What is to be tried; each answer stands under its question once it was {@link #checked}. */
    Command command() {
        return command;
    }

    /** The command fits what the execution waits for. */
    void checked(Command fitting) {
        command = fitting;
        fitted = true;
        late = true;
    }

    /** The execution does not wait now. */
    void missed(Execution now) {
        late = !now.state().terminal() && now.progress().attempt() > 0;
    }

    /** Waits for what was first to be over; false when there is nothing more to try. */
    boolean again(Rest rest) {
        boolean means = command.answer().isEmpty()
                && command.jump().isEmpty()
                && command.asNode().isEmpty()
                && (command.change() || !command.resume().isEmpty());
        Duration left = Duration.ofNanos(until - System.nanoTime());
        if (!late || !means || !left.isPositive()) {
            return false;
        }
        late = false;
        return ProcessorTurn.whileWaiting(() -> waits(rest, left));
    }

    private boolean waits(Rest rest, Duration longest) {
        try {
            // Whoever is first may not be stored yet.
            Thread.sleep(ThreadLocalRandom.current().nextInt(1, Math.min(2 + ++tries, LONGEST_PAUSE_MILLIS)));
            return rest.await(longest).state() == ExecutionState.WAITING;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Another try; empty when its questions were answered by whoever was first. */
    Optional<Execution> unlessAnswered(Supplier<Optional<Execution>> tried) {
        try {
            return tried.get();
        } catch (InvalidInputException e) {
            if (fitted) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
