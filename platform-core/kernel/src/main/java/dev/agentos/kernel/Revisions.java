package dev.agentos.kernel;

import dev.agentos.spi.AgentOsException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Numbers of the states that a thing goes through, so that a change is made to the one that was seen. A store compares
 * and changes in one step; of two that have seen the same state, one is told that it is no more.
 */
public final class Revisions {

    /** Where nothing is. */
    public static final long NONE = 0;

    private Revisions() {}

    /**
     * The number that a change gives. What is made begins with the time, in microseconds: when it takes the place of
     * something that was removed, nobody who saw that has seen its number.
     *
     * @param seen the number of what is changed, or {@link #NONE}
     */
    public static long after(long seen) {
        return seen == NONE ? ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) : seen + 1;
    }

    /**
     * The refusal of a change to something that is not as it was seen.
     *
     * @param what for people, as in {@code The role 'reader'}
     */
    public static AgentOsException changed(String what) {
        return new AgentOsException(
                KernelErrorCode.PRECONDITION_FAILED,
                what + " was changed since it was read.",
                "Read it again and repeat the change with its new ETag.");
    }
}
