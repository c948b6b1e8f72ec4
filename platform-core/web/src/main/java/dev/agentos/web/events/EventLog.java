package dev.agentos.web.events;

import dev.agentos.spi.JsonObject;
import java.util.List;

/** A numbered log that a stream follows; the log is the truth, a stream only shows where it has got to. */
public interface EventLog {

    /**
     * What happened after that number, in order, at most so many; may block on a store. There may be more although
     * these are fewer, as what another server did, or what is too large to be held together with these: only none says
     * that there is nothing yet.
     */
    List<Entry> after(long sequence, int most);

    /**
     * Whether a number that is left out is one that is lost. Where numbers only rise, the log has an entry {@code gap}
     * of its own where something is missing.
     */
    default boolean counted() {
        return true;
    }

    /** The same log, whose numbers only rise. */
    static EventLog rising(EventLog log) {
        return new EventLog() {
            @Override
            public List<Entry> after(long sequence, int most) {
                return log.after(sequence, most);
            }

            @Override
            public boolean counted() {
                return false;
            }
        };
    }

    /**
     * One event.
     *
     * @param sequence its number, from 1
     * @param type the event's name
     * @param data what it says
     * @param shown whether the client wants it; what it does not want is passed over
     * @param last whether the stream ends behind it
     */
    record Entry(long sequence, String type, JsonObject data, boolean shown, boolean last) {

        /** An event that is shown. */
        public Entry(long sequence, String type, JsonObject data, boolean last) {
            this(sequence, type, data, true, last);
        }
    }
}
