package dev.agentos.invocation.internal;

import java.time.Duration;

/**
 * The time that has passed while this server was at work, as told by a thread that asks to be woken each moment. When
 * it is woken much later, the server had stood still or had no processor to spare, and what it watches had none either:
 * such a gap counts as one moment, and the rest of it as lost.
 */
public final class ServerTime {

    private final long longest;
    private long seen;
    private long passed;
    private long lost;

    /**
     * Time from a moment on.
     *
     * @param moment after which the watching thread asks to be woken; twice that is still in time
     * @param now as {@link System#nanoTime()} has it
     */
    public ServerTime(Duration moment, long now) {
        longest = 2 * moment.toNanos();
        seen = now;
    }

    /** The watching thread was woken. */
    public void look(long now) {
        long since = now - seen;
        seen = now;
        passed += Math.min(since, longest);
        lost += Math.max(0, since - longest);
    }

    /** The watching thread was busy with something else, and cannot tell what the time was good for. */
    public void away(long now) {
        lost += now - seen;
        seen = now;
    }

    /** How much has passed while the server was at work. */
    public Duration passed() {
        return Duration.ofNanos(passed);
    }

    /** Whether the server was at work for most of the time; not when no time has passed. */
    public boolean mostlyAtWork() {
        return passed > lost;
    }
}
