package dev.agentos.kernel;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A turn at the processors, which the work that has it gives back while it waits for something that needs none: the
 * disk, another server. There are few of them, so that those who wait for one wait in order.
 */
public final class ProcessorTurn {

    private static final ScopedValue<ProcessorTurn> CURRENT = ScopedValue.newInstance();

    private Runnable leave = () -> {};
    private BooleanSupplier again = () -> false;
    private boolean has;

    private ProcessorTurn() {}

    /** Does work that may take a turn; whatever becomes of it, the turn ends with it. */
    public static <T, X extends Throwable> T during(ScopedValue.CallableOp<T, X> work) throws X {
        ProcessorTurn turn = new ProcessorTurn();
        try {
            return ScopedValue.where(CURRENT, turn).call(work);
        } finally {
            turn.giveBack();
        }
    }

    /**
     * Waits for a turn, which the current work has until it ends or gives it back.
     *
     * @return false when it takes too long or the thread is interrupted; there is no turn then
     */
    public static <L> boolean take(Turns<L> turns, L line) {
        ProcessorTurn turn = CURRENT.get();
        turn.leave = () -> turns.leave(line);
        turn.again = () -> turns.take(line);
        turn.has = turns.take(line);
        return turn.has;
    }

    /** Gives back the turn of the current work, if it has one. */
    public static void release() {
        if (CURRENT.isBound()) {
            CURRENT.get().giveBack();
        }
    }

    /** Waits for something without the turn of the current work, if it has one. */
    public static <T> T whileWaiting(Supplier<T> wait) {
        if (!CURRENT.isBound() || !CURRENT.get().has) {
            return wait.get();
        }
        ProcessorTurn turn = CURRENT.get();
        turn.giveBack();
        try {
            return wait.get();
        } finally {
            // What was begun is finished, with a turn or, when none comes, without.
            turn.has = turn.again.getAsBoolean();
        }
    }

    private void giveBack() {
        if (has) {
            has = false;
            leave.run();
        }
    }
}
