package dev.agentos.langchain4jsupport;

import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.http.client.sse.ServerSentEventContext;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The HTTP of a provider whose answers are streamed: whoever waits for one can close its connection at any time, before
 * the first byte has come too, and hears of every event. langchain4j's own client lends a handle with the first piece
 * of an answer, so that a stream without one could not be closed.
 */
public final class StreamingHttpClient implements HttpClient {

    /** Events with all that surrounds the text in them; an answer is far smaller. */
    private static final long LARGEST_STREAM = 64L << 20;

    private static final int LARGEST_ERROR = 64 << 10;

    private final HttpClient others;
    private final java.net.http.HttpClient client;
    private final Duration timeout;

    private StreamingHttpClient(HttpClient others, java.net.http.HttpClient client, Duration timeout) {
        this.others = others;
        this.client = client;
        this.timeout = timeout;
    }

    /**
     * Makes such clients.
     *
     * @param others makes the client for what is not streamed
     * @param client the client for what is
     */
    public static HttpClientBuilder builder(HttpClientBuilder others, java.net.http.HttpClient client) {
        return new Builder(others, client);
    }

    private record Builder(HttpClientBuilder others, java.net.http.HttpClient client) implements HttpClientBuilder {

        @Override
        public Duration connectTimeout() {
            return others.connectTimeout();
        }

        @Override
        public HttpClientBuilder connectTimeout(Duration timeout) {
            others.connectTimeout(timeout);
            return this;
        }

        @Override
        public Duration readTimeout() {
            return others.readTimeout();
        }

        @Override
        public HttpClientBuilder readTimeout(Duration timeout) {
            others.readTimeout(timeout);
            return this;
        }

        @Override
        public HttpClient build() {
            return new StreamingHttpClient(others.build(), client, others.readTimeout());
        }
    }

    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
        return others.execute(request);
    }

    @Override
    public void execute(HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
        Optional<StreamedAnswer> answer = StreamedAnswer.current();
        CompletableFuture<HttpResponse<InputStream>> response =
                client.sendAsync(outgoing(request), BodyHandlers.ofInputStream());
        answer.ifPresent(one -> one.opened(() -> close(response)));
        ServerSentEventListener heard = new Heard(listener, answer);
        response.thenAccept(begun -> read(begun, parser, heard)).exceptionally(thrown -> {
            Throwable cause = thrown.getCause() == null ? thrown : thrown.getCause();
            heard.onError(cause instanceof HttpTimeoutException ? new TimeoutException(cause) : cause);
            return null;
        });
    }

    private static void close(CompletableFuture<HttpResponse<InputStream>> response) {
        // One that has not begun is given up with its connection, one that has is closed.
        if (!response.cancel(true) && !response.isCompletedExceptionally()) {
            try {
                response.join().body().close();
            } catch (IOException e) {
                throw new IllegalStateException("A connection to the provider cannot be closed", e);
            }
        }
    }

    private static void read(
            HttpResponse<InputStream> response, ServerSentEventParser parser, ServerSentEventListener listener) {
        try (InputStream body = new Bounded(response.body())) {
            if (response.statusCode() < 200 || response.statusCode() > 299) {
                String error = new String(body.readNBytes(LARGEST_ERROR), StandardCharsets.UTF_8);
                listener.onError(new HttpException(response.statusCode(), error));
                return;
            }
            listener.onOpen(SuccessfulHttpResponse.builder()
                    .statusCode(response.statusCode())
                    .headers(response.headers().map())
                    .build());
            parser.parse(body, listener);
            listener.onClose();
        } catch (IOException e) {
            listener.onError(e);
        }
    }

    private java.net.http.HttpRequest outgoing(HttpRequest request) {
        java.net.http.HttpRequest.Builder builder = java.net.http.HttpRequest.newBuilder(URI.create(request.url()))
                .timeout(timeout)
                .method(
                        request.method().name(),
                        request.body() == null
                                ? java.net.http.HttpRequest.BodyPublishers.noBody()
                                : java.net.http.HttpRequest.BodyPublishers.ofString(request.body()));
        request.headers().forEach((name, values) -> values.forEach(value -> builder.header(name, value)));
        return builder.build();
    }

    /** Passes everything on, and says that there was something. */
    private record Heard(ServerSentEventListener inner, Optional<StreamedAnswer> answer)
            implements ServerSentEventListener {

        @Override
        public void onOpen(SuccessfulHttpResponse response) {
            answer.ifPresent(StreamedAnswer::heard);
            inner.onOpen(response);
        }

        @Override
        public void onEvent(ServerSentEvent event, ServerSentEventContext context) {
            answer.ifPresent(StreamedAnswer::heard);
            inner.onEvent(event, context);
        }

        @Override
        public void onEvent(ServerSentEvent event) {
            answer.ifPresent(StreamedAnswer::heard);
            inner.onEvent(event);
        }

        @Override
        public void onError(Throwable thrown) {
            inner.onError(thrown);
        }

        @Override
        public void onClose() {
            inner.onClose();
        }
    }

    /** Breaks off when there is more than any answer can be. */
    private static final class Bounded extends FilterInputStream {

        private long left = LARGEST_STREAM;

        Bounded(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            return counted(super.read(), 1);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            return counted(read, read);
        }

        private int counted(int read, int bytes) throws IOException {
            left -= Math.max(0, bytes);
            if (left < 0) {
                throw new IOException("The stream is longer than " + LARGEST_STREAM + " bytes");
            }
            return read;
        }
    }
}
