package dev.agentos.kernel;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A turn at the processors, which the thread that has it gives back while it waits for something that needs none: the
 * disk, another server. There are few of them, so that those who wait for one wait in order.
 */
public final class ProcessorTurn {

    private static final ThreadLocal<@Nullable ProcessorTurn> HELD = new ThreadLocal<>();

    private final Runnable leave;
    private final Supplier<Boolean> again;
    private boolean has = true;

    private ProcessorTurn(Runnable leave, Supplier<Boolean> again) {
        this.leave = leave;
        this.again = again;
    }

    /**
     * Waits for a turn, which the current thread has until {@link #release()}.
     *
     * @return false when it takes too long or the thread is interrupted; there is no turn then
     */
    public static <L> boolean take(Turns<L> turns, L line) {
        if (!turns.take(line)) {
            return false;
        }
        HELD.set(new ProcessorTurn(() -> turns.leave(line), () -> turns.take(line)));
        return true;
    }

    /** Gives back the turn of the current thread, if it has one. */
    public static void release() {
        ProcessorTurn held = HELD.get();
        if (held != null) {
            HELD.remove();
            held.giveBack();
        }
    }

    /** Waits for something without the turn of the current thread, if it has one. */
    public static <T> T whileWaiting(Supplier<T> wait) {
        ProcessorTurn held = HELD.get();
        if (held == null) {
            return wait.get();
        }
        held.giveBack();
        try {
            return wait.get();
        } finally {
            // What was begun is finished, with a turn or, when none comes, without.
            held.has = held.again.get();
        }
    }

    private void giveBack() {
        if (has) {
            has = false;
            leave.run();
        }
    }
}
