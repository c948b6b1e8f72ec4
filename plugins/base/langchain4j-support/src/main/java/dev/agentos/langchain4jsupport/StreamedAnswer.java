package dev.agentos.langchain4jsupport;

import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChatListener;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An answer on its way. What the client's threads receive goes through a queue to the calling thread, which alone talks
 * to the listener and looks whether the call is still wanted. When it is not, or nothing was heard for too long, the
 * connection is closed: at once by a {@link StreamingHttpClient}, else at the stream's next piece.
 */
final class StreamedAnswer implements StreamingChatResponseHandler {

    private static final long LOOK_MILLIS = 50;

    /** The answer for which a request is made on this thread; an HTTP client learns of it in no other way. */
    private static final ScopedValue<StreamedAnswer> CURRENT = ScopedValue.newInstance();

    private sealed interface Event {
        record Text(String text) implements Event {}

        record Complete(ChatResponse response) implements Event {}

        record Failed(Throwable cause) implements Event {}
    }

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final ChatListener listener;
    private final CallContext call;
    private final ProviderFailures failures;
    private final Duration longestSilence;
    private volatile long heardAt = System.nanoTime();
    private volatile boolean abandoned;
    private volatile @Nullable Runnable connection;
    private volatile @Nullable StreamingHandle stream;

    StreamedAnswer(ChatListener listener, CallContext call, ProviderFailures failures, Duration longestSilence) {
        this.listener = listener;
        this.call = call;
        this.failures = failures;
        this.longestSilence = longestSilence;
    }

    static Optional<StreamedAnswer> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /** Makes the request for this answer. */
    void asked(Runnable request) {
        ScopedValue.where(CURRENT, this).run(request);
    }

    /** A connection was made, which that closes. */
    void opened(Runnable close) {
        connection = close;
        if (abandoned) {
            close.run();
        }
    }

    /** The model has given a sign of life. */
    void heard() {
        heardAt = System.nanoTime();
    }

    /** Waits for the end and hands each piece of text on; closes the stream when the call is over before it. */
    ChatResponse await() {
        try {
            while (true) {
                Event event = events.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (call.cancelled()) {
                    throw failures.cancelled();
                }
                switch (event) {
                    case null -> refuseSilence();
                    case Event.Text text -> listener.onText(text.text());
                    case Event.Complete complete -> {
                        return complete.response();
                    }
                    case Event.Failed failed -> throw failures.of(failed.cause());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failures.cancelled();
        } finally {
            abandon();
        }
    }

    private void refuseSilence() {
        if (System.nanoTime() - heardAt > longestSilence.toNanos()) {
            throw failures.of(new TimeoutException("Nothing was heard for " + longestSilence));
        }
    }

    @Override
    public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
        opened(context.streamingHandle());
        if (!piece.text().isEmpty()) {
            events.add(new Event.Text(piece.text()));
        }
    }

    @Override
    public void onPartialToolCall(PartialToolCall piece, PartialToolCallContext context) {
        opened(context.streamingHandle());
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        events.add(new Event.Complete(response));
    }

    @Override
    public void onError(Throwable cause) {
        events.add(new Event.Failed(cause));
    }

    private void opened(StreamingHandle handle) {
        heard();
        stream = handle;
        if (abandoned) {
            handle.cancel();
        }
    }

    private void abandon() {
        abandoned = true;
        StreamingHandle handle = stream;
        if (handle != null) {
            handle.cancel();
        }
        Runnable close = connection;
        if (close != null) {
            close.run();
        }
    }
}
