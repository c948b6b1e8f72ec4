package dev.agentos.web.events;

import dev.agentos.spi.JsonObject;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client that reads on in a log, as far as it has room. All state is guarded by the reader's own lock; nothing
 * blocks while holding it.
 */
abstract class LogReader implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(LogReader.class);
    private static final int BATCH = 100;

    private final EventStreams streams;
    private final Follower follower;
    private final EventLog log;
    private String resumeAfter;
    private long last;
    /** As if from the start, so that a hint before the first read is not a second one beside it. */
    private boolean reading = true;

    private boolean readAgain;
    private long lastRead;
    private boolean ending;
    private volatile boolean done;

    LogReader(EventStreams streams, Follower follower, EventLog log, String resumeAfter) {
        this.streams = streams;
        this.follower = follower;
        this.log = log;
        this.resumeAfter = resumeAfter;
    }

    final Follower follower() {
        return follower;
    }

    /** Whether no more is to be read before something was taken. */
    abstract boolean full();

    /** An event, to be taken in that order. */
    abstract void event(EventLog.Entry entry);

    /** Numbers that are missing. */
    abstract void gap(JsonObject data);

    /** What was given may be passed on; called behind each batch, also behind the last. */
    abstract void flush();

    /** Says why nothing more comes although the log has not ended. */
    abstract void cut(String reason);

    /** Looks after the client; called often. */
    abstract void tick(long now, long heartbeat, long stall);

    /** The first read, here and now. */
    final void begin() {
        synchronized (this) {
            lastRead = System.nanoTime();
        }
        read();
    }

    /** The first read, when there is room. */
    final synchronized void beginAside() {
        reading = false;
        run();
    }

    /** Reads on, if there is room: called on each hint. */
    @Override
    public final synchronized void run() {
        if (done || ending) {
            return;
        }
        if (reading || full()) {
            readAgain = true;
            return;
        }
        reading = true;
        readAgain = false;
        lastRead = System.nanoTime();
        streams.read(this::read);
    }

    /** Reads on when something was put off for want of room. */
    final synchronized void goOn() {
        if (readAgain && !reading) {
            run();
        }
    }

    final synchronized void tick(long now, long poll, long heartbeat, long stall) {
        if (!done) {
            if (now - lastRead > poll) {
                run();
            }
            tick(now, heartbeat, stall);
        }
    }

    /** Ends behind what is already to be passed on. */
    final synchronized void end(String reason) {
        if (!ending && !done) {
            ending = true;
            cut(reason);
            flush();
        }
    }

    /** Whether nothing more will be read. */
    final synchronized boolean ending() {
        return ending;
    }

    /** Asked also by whoever holds something that a reader waits for, so it waits for nobody. */
    final boolean done() {
        return done;
    }

    /** Forgets the client; whether it was followed until now. */
    final synchronized boolean finish() {
        boolean first = !done;
        if (first) {
            done = true;
            streams.forget(this);
        }
        return first;
    }

    private void read() {
        try {
            synchronized (this) {
                // Many may have been let in while there was room for one.
                if (full()) {
                    reading = false;
                    readAgain = true;
                    return;
                }
            }
            resume();
            deliver(log.after(position(), BATCH));
        } catch (RuntimeException e) {
            LOG.warn("The events of {} could not be read; the stream ends and its client resumes", follower.topic(), e);
            end("the events could not be read");
        }
    }

    private synchronized long position() {
        return last;
    }

    private synchronized void deliver(List<EventLog.Entry> entries) {
        for (EventLog.Entry entry : entries) {
            if (ending || done) {
                break;
            }
            if (log.counted() && entry.sequence() != last + 1) {
                gap(last, entry.sequence());
            }
            last = entry.sequence();
            if (entry.shown()) {
                event(entry);
            }
            ending = entry.last();
        }
        reading = false;
        // A log gives fewer than were asked for when they are large: only none says that there is nothing more.
        readAgain |= !entries.isEmpty() || full();
        flush();
        if (readAgain) {
            run();
        }
    }

    /** Finds the place behind the client's last event; when the log has none such, says so and begins anew. */
    private void resume() {
        if (resumeAfter.isEmpty()) {
            return;
        }
        long after = -1;
        if (resumeAfter.matches("[0-9]{1,18}")) {
            after = Long.parseLong(resumeAfter);
        }
        boolean counted = log.counted();
        List<EventLog.Entry> found = counted && after > 0 ? log.after(after - 1, 1) : List.of();
        synchronized (this) {
            if (!counted && after > 0) {
                last = after;
            } else if (after > 0 && !found.isEmpty() && found.getFirst().sequence() == after) {
                last = after;
                ending = found.getFirst().last();
            } else if (after != 0) {
                gap(0, 1);
            }
            resumeAfter = "";
        }
    }

    private void gap(long after, long next) {
        gap(JsonObject.of("after", after, "next", next, "requested", resumeAfter));
    }
}
