package dev.agentos.audit;

import dev.agentos.spi.JsonObject;
import java.util.Optional;

/**
 * What the request that is worked on is about to change. Whoever writes for it keeps a note of that in the very
 * transaction; the record, which follows, takes the note away. So no change is without a record, even when the server
 * ends between the two: another one finds the note.
 */
public final class Act {

    private static final ScopedValue<Act> CURRENT = ScopedValue.newInstance();

    private Optional<Note> note = Optional.empty();
    private boolean kept;

    private Act() {}

    /**
     * What is noted.
     *
     * @param id {@code act_…}
     * @param asked what the record needs: {@code actor}, {@code action}, {@code target}, {@code tenant} if there is
     *     one, and what was there {@code before}
     */
    public record Note(String id, JsonObject asked) {}

    /** Does work that may be about to change something. */
    public static <T, X extends Throwable> T during(ScopedValue.CallableOp<T, X> work) throws X {
        return ScopedValue.where(CURRENT, new Act()).call(work);
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
        CURRENT.get().kept = true;
    }

    /** The id of the note that the record of the current work takes away. */
    public static Optional<String> kept() {
        return CURRENT.isBound() && CURRENT.get().kept ? CURRENT.get().note.map(Note::id) : Optional.empty();
    }
}
