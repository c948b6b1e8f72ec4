package dev.agentos.testkit;

import dev.agentos.spi.ErrorType;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.ResponseStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A stream for tests that records what a protocol writes, and may lose its client on the way. */
public final class RecordedStream implements ResponseStream {

    private final List<byte[]> written = new ArrayList<>();
    private final int most;
    private Optional<ProtocolResponse> head = Optional.empty();

    private RecordedStream(int most) {
        this.most = most;
    }

    /** A stream whose client takes everything. */
    public static RecordedStream create() {
        return new RecordedStream(Integer.MAX_VALUE);
    }

    /** A stream whose client is gone behind so many writes. */
    public static RecordedStream lostBehind(int writes) {
        return new RecordedStream(writes);
    }

    /** The head of the answer with an empty body; empty when none has begun. */
    public synchronized Optional<ProtocolResponse> head() {
        return head;
    }

    /** What each write wrote, as text in UTF-8. */
    public synchronized List<String> writes() {
        return written.stream()
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .toList();
    }

    /** All that was written, as text in UTF-8. */
    public String text() {
        return String.join("", writes());
    }

    @Override
    public synchronized void begin(int status, Map<String, List<String>> headers) {
        if (head.isPresent()) {
            throw new IllegalStateException("The answer has begun already");
        }
        head = Optional.of(new ProtocolResponse(status, headers, new byte[0]));
    }

    @Override
    public synchronized void write(byte[] bytes) {
        if (head.isEmpty()) {
            throw new IllegalStateException("The answer has not begun; begin it first");
        }
        if (written.size() >= most) {
            throw FakeCallContext.failure("server", "CANCELLED", ErrorType.USER, "The client has gone away.");
        }
        written.add(bytes.clone());
    }
}
