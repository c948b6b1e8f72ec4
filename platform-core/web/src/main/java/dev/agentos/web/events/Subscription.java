package dev.agentos.web.events;

import dev.agentos.spi.JsonObject;

/** One log that is followed by callback, among others on one connection. */
public final class Subscription extends LogReader implements AutoCloseable {

    private final Sink sink;

    Subscription(EventStreams streams, Follower follower, EventLog log, String resumeAfter, Sink sink) {
        super(streams, follower, log, resumeAfter);
        this.sink = sink;
    }

    /** Who takes the events; called one at a time, and must not block. */
    public interface Sink {

        /** Whether no more is to be read for now; {@link Subscription#roomAgain} says when that is over. */
        boolean full();

        /** An event, to be taken in that order. */
        void event(EventLog.Entry entry);

        /** Events that are missing: {@code after} the last one that is there, and the {@code next}. */
        void gap(JsonObject data);

        /** Nothing more comes: the log has ended, or the following was cut for that reason. */
        void ended(String reason);
    }

    /** There is room for more. */
    public void roomAgain() {
        goOn();
    }

    /** Whether nothing more is read; its end may still be about to be told. */
    public boolean over() {
        return done();
    }

    /** Follows no longer; once this returns, the sink is told nothing more of it. */
    @Override
    public void close() {
        finish();
    }

    @Override
    boolean full() {
        return sink.full();
    }

    @Override
    void event(EventLog.Entry entry) {
        sink.event(entry);
    }

    @Override
    void gap(JsonObject data) {
        sink.gap(data);
    }

    @Override
    void cut(String reason) {
        if (finish()) {
            sink.ended(reason);
        }
    }

    @Override
    void flush() {
        if (ending() && finish()) {
            sink.ended("");
        }
    }

    @Override
    void tick(long now, long heartbeat, long stall) {
        // The connection looks after itself.
    }
}
