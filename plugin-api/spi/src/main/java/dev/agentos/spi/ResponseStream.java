package dev.agentos.spi;

import java.util.List;
import java.util.Map;

/**
 * An answer that is written while it comes into being, as server-sent events are. Of use until {@link Protocol#answer}
 * has returned. What has begun cannot become another answer: when the call fails behind {@link #begin}, the connection
 * is cut, by which the client knows that the answer is not whole.
 */
public interface ResponseStream {

    /**
     * Sends the head of the answer; once, before anything is written.
     *
     * @param status 200 to 599
     * @param headers as those of {@link ProtocolResponse}
     * @throws AgentOsException {@code server:CANCELLED} when the client is gone
     */
    void begin(int status, Map<String, List<String>> headers);

    /**
     * Sends the next bytes, and returns when the connection has taken them.
     *
     * @param bytes at most 1 MiB
     * @throws AgentOsException {@code server:CANCELLED} when the client is gone; {@link CallContext#cancelled} is true
     *     from then on
     */
    void write(byte[] bytes);
}
