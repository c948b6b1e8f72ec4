package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.room.Places;
import dev.agentos.execution.room.Room;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Lets a claimed execution in when there is room for what is to be read of it. Who is handed on before that was not
 * read at all.
 *
 * @param share of the memory that all executions of this server have
 * @param place that it has, but not while it waits
 * @param stop why it is to stop
 * @param urgent whether it is to end at once
 */
record Entrance(
        EngineContext context,
        ExecutionStore.Claim claim,
        Room.Share share,
        Places.Place place,
        Supplier<Stop> stop,
        BooleanSupplier urgent) {

    /** Waits; whether it is in. */
    boolean passes() throws InterruptedException {
        if (share.enter(claim.bytes(), this::leavesLine, this::inLine)) {
            return true;
        }
        if (stop.get() == Stop.LET_GO) {
            return false;
        }
        if (stop.get() != Stop.HAND_BACK && urgent.getAsBoolean()) {
            // It is read only to be ended.
            share.take(claim.bytes());
            return true;
        }
        context.store().handBack(claim.lease());
        return false;
    }

    private boolean leavesLine() {
        return stop.get().compareTo(Stop.PAUSE) > 0 || urgent.getAsBoolean();
    }

    private void inLine(boolean begins) {
        place.waits(!begins);
        if (stop.get() != Stop.LET_GO) {
            context.suspect(claim, begins);
        }
    }
}
