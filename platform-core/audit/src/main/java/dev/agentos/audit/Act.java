package dev.agentos.audit;

import dev.agentos.spi.JsonObject;
import java.util.Optional;
import java.util.Set;

/**
 * What the request that is worked on is about to change. Whoever writes for it keeps a note of that in the very
 * transaction; the record, which follows, takes the note away. So no change is without a record, even when the server
 * ends between the two: another one finds the note.
 */
public final class Act {

    private static final ScopedValue<Act> CURRENT = ScopedValue.newInstance();

    /** The ids of notes whose records are to be expected of this server. */
    private final Set<String> expected;

    private Optional<Note> note = Optional.empty();
    private boolean kept;
    private boolean recorded;

    private Act(Set<String> expected) {
        this.expected = expected;
    }

    /**
     * What is noted.
     *
     * @param id {@code act_…}
     * @param asked what the record needs: {@code actor}, {@code action}, {@code target}, {@code traceId},
     *     {@code tenant} if there is one, and what was there {@code before}
     */
    public record Note(String id, JsonObject asked) {}

    /**
     * Does work that may be about to change something.
     *
     * @param expected has the note's id in it from when it is durable until the work ends, or the record is written
     */
    static <T, X extends Throwable> T during(Set<String> expected, ScopedValue.CallableOp<T, X> work) throws X {
        Act act = new Act(expected);
        try {
            return ScopedValue.where(CURRENT, act).call(work);
        } finally {
            if (!act.recorded) {
                act.note.map(Note::id).ifPresent(expected::remove);
            }
        }
    }

    /** From now on the current work changes that. */
    public static void begin(Note note) {
        if (CURRENT.isBound()) {
            CURRENT.get().note = Optional.of(note);
        }
    }

    /** What is to be noted by whoever writes for the current work; empty when that is done, or nothing is. */
    public static Optional<Note> unkept() {
        return CURRENT.isBound() && !CURRENT.get().kept ? CURRENT.get().note : Optional.empty();
    }

    /** It is noted, durably. */
    public static void keep() {
        Act act = CURRENT.get();
        act.kept = true;
        act.note.map(Note::id).ifPresent(act.expected::add);
    }

    /** The id of the note that the record of the current work takes away. */
    public static Optional<String> kept() {
        return CURRENT.isBound() && CURRENT.get().kept ? CURRENT.get().note.map(Note::id) : Optional.empty();
    }

    /** Whoever writes the record has it, and says when it is written. */
    static void handOver() {
        if (CURRENT.isBound()) {
            CURRENT.get().recorded = true;
        }
    }
}
