package dev.agentos.web.events;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client that follows one log by an answer of the kind {@code text/event-stream}. */
final class EventStream extends LogReader implements WriteListener {

    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

    /** No more is read from the log while so much waits to be written. */
    private static final int FULL_BYTES = 64 * 1024;

    private final Runnable abort;
    private ByteArrayOutputStream waiting = new ByteArrayOutputStream();

    private @Nullable AsyncContext async;
    private @Nullable ServletOutputStream out;
    private boolean unflushed;
    private boolean started;
    private boolean aborted;
    private long lastWrite;
    private long blockedSince;

    EventStream(EventStreams streams, Follower follower, EventLog log, String resumeAfter, Runnable abort) {
        super(streams, follower, log, resumeAfter);
        this.abort = abort;
    }

    void start(AsyncContext context, ServletOutputStream stream) {
        synchronized (this) {
            async = context;
            out = stream;
            lastWrite = System.nanoTime();
            add("retry: 1000\n\n");
        }
        // What there is already goes out together with the head of the answer.
        begin();
        stream.setWriteListener(this);
    }

    @Override
    boolean full() {
        return waiting.size() >= FULL_BYTES;
    }

    @Override
    void event(EventLog.Entry entry) {
        add("id: " + entry.sequence() + "\nevent: " + entry.type(), entry.data());
    }

    @Override
    void gap(JsonObject data) {
        add("event: gap", data);
    }

    @Override
    void cut(String reason) {
        add(": " + reason + "\n\n");
    }

    @Override
    void flush() {
        write();
    }

    @Override
    void tick(long now, long heartbeat, long stall) {
        if (blockedSince != 0 && now - blockedSince > stall) {
            if (!aborted) {
                aborted = true;
                LOG.info(
                        "A client that follows {} reads nothing and is dropped; it may resume",
                        follower().topic());
                abort.run();
            }
        } else if (now - lastWrite > heartbeat && waiting.size() == 0) {
            add(": heartbeat\n\n");
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
        LOG.debug("The client that follows {} is gone: {}", follower().topic(), failure.toString());
        complete();
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
        if (done() || !started || out == null) {
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
                } else if (ending()) {
                    complete();
                    return;
                } else {
                    goOn();
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

    private void complete() {
        if (finish()) {
            waiting = new ByteArrayOutputStream();
            if (async != null) {
                async.complete();
            }
        }
    }
}
