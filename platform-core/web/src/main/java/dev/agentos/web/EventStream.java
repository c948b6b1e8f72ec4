package dev.agentos.web;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client that follows one log. All state is guarded by the stream's own lock; nothing blocks while holding it. */
final class EventStream implements WriteListener, Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    private static final int BATCH = 100;

    /** No more is read from the log while so much waits to be written. */
    private static final int FULL_BYTES = 64 * 1024;

    private final EventStreams streams;
    private final Follower follower;
    private final EventLog log;
    private final Runnable abort;
    private ByteArrayOutputStream waiting = new ByteArrayOutputStream();

    private @Nullable AsyncContext async;
    private @Nullable ServletOutputStream out;
    private String resumeAfter;
    private long last;
    private boolean reading;
    private boolean readAgain;
    private boolean unflushed;
    private boolean ending;
    private boolean done;
    private boolean started;
    private boolean aborted;
    private long lastRead;
    private long lastWrite;
    private long blockedSince;

    EventStream(EventStreams streams, Follower follower, EventLog log, String resumeAfter, Runnable abort) {
        this.streams = streams;
        this.follower = follower;
        this.log = log;
        this.resumeAfter = resumeAfter;
        this.abort = abort;
    }

    Follower follower() {
        return follower;
    }

    void start(AsyncContext context, ServletOutputStream stream) {
        synchronized (this) {
            async = context;
            out = stream;
            lastWrite = System.nanoTime();
            add("retry: 1000\n\n");
            reading = true;
            lastRead = lastWrite;
        }
        // What there is already goes out together with the head of the answer.
        read();
        stream.setWriteListener(this);
    }

    /** Reads on, if there is room: called on each hint. */
    @Override
    public synchronized void run() {
        if (done || ending) {
            return;
        }
        if (reading || waiting.size() >= FULL_BYTES) {
            readAgain = true;
            return;
        }
        reading = true;
        readAgain = false;
        lastRead = System.nanoTime();
        streams.read(this::read);
    }

    synchronized void tick(long now, long poll, long heartbeat, long stall) {
        if (done) {
            return;
        }
        if (blockedSince != 0 && now - blockedSince > stall) {
            if (!aborted) {
                aborted = true;
                LOG.info("A client that follows {} reads nothing and is dropped; it may resume", follower.topic());
                abort.run();
            }
            return;
        }
        if (now - lastRead > poll) {
            run();
        }
        if (now - lastWrite > heartbeat && waiting.size() == 0) {
            add(": heartbeat\n\n");
            write();
        }
    }

    /** Ends the stream behind what is already to be written. */
    synchronized void end(String reason) {
        if (!ending && !done) {
            add(": " + reason + "\n\n");
            ending = true;
            write();
        }
    }

    @Override
    public synchronized void onWritePossible() {
        started = true;
        blockedSince = 0;
        write();
    }

    @Override
    public synchronized void onError(Throwable failure) {
        LOG.debug("The client that follows {} is gone: {}", follower.topic(), failure.toString());
        finish();
    }

    private void read() {
        try {
            if (!resumeAfter.isEmpty()) {
                resume();
            }
            List<EventLog.Entry> entries = log.after(position(), BATCH);
            deliver(entries);
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
            if (ending) {
                break;
            }
            if (log.counted() && entry.sequence() != last + 1) {
                addGap(last, entry.sequence());
            }
            last = entry.sequence();
            if (entry.shown()) {
                add("id: " + entry.sequence() + "\nevent: " + entry.type(), entry.data());
            }
            ending = entry.last();
        }
        reading = false;
        readAgain |= entries.size() == BATCH;
        write();
        if (readAgain) {
            run();
        }
    }

    /** Finds the place behind the client's last event; when the log has none such, says so and begins anew. */
    private void resume() {
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
                addGap(0, 1);
            }
            resumeAfter = "";
        }
    }

    private void addGap(long after, long next) {
        add("event: gap", JsonObject.of("after", after, "next", next, "requested", resumeAfter));
    }

    private void add(String fields, JsonObject data) {
        add(fields);
        add("\ndata: ");
        Json.write(data, waiting);
        add("\n\n");
    }

    private void add(String text) {
        waiting.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes as much as the client takes; the container calls again when it takes more. */
    private void write() {
        if (done || !started || out == null) {
            return;
        }
        try {
            while (out.isReady()) {
                if (waiting.size() > 0) {
                    out.write(takeAll());
                    lastWrite = System.nanoTime();
                    unflushed = true;
                } else if (unflushed) {
                    unflushed = false;
                    out.flush();
                } else if (ending) {
                    finish();
                    return;
                } else {
                    if (readAgain && !reading) {
                        run();
                    }
                    return;
                }
            }
            if (blockedSince == 0) {
                blockedSince = System.nanoTime();
            }
        } catch (IOException | IllegalStateException e) {
            onError(e);
        }
    }

    /** Everything that waits, as one piece: a piece is a call to the system and a chunk of the answer. */
    private byte[] takeAll() {
        byte[] all = waiting.toByteArray();
        waiting = new ByteArrayOutputStream();
        return all;
    }

    private void finish() {
        if (!done) {
            done = true;
            waiting = new ByteArrayOutputStream();
            streams.forget(this);
            if (async != null) {
                async.complete();
            }
        }
    }
}
