package dev.agentos.http.internal;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.ResponseStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;

/**
 * An answer that a protocol writes piece by piece. A write returns when the connection has taken it, so a slow client
 * slows its own answer and costs no memory; one that takes nothing for as long as a connection may idle is gone.
 */
final class ProtocolStream implements ResponseStream, AutoCloseable {

    private static final int MOST_BYTES = 1 << 20;

    private final EndPoint client;
    private final HttpServletResponse response;
    private final AtomicReference<Access> access = new AtomicReference<>(Access.OPEN);
    private volatile boolean begun;
    private volatile boolean closed;
    private volatile boolean gone;

    /** Whether the credential may still end the answer: a connection that has it whole may have another request. */
    private enum Access {
        OPEN,
        REVOKED,
        ANSWERED
    }

    ProtocolStream(HttpServletRequest request, HttpServletResponse response) {
        this.response = response;
        client = ServletContextRequest.getServletContextRequest(request)
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint();
    }

    /** Whether the client takes nothing any more, as far as a write has shown. */
    boolean gone() {
        return gone;
    }

    @Override
    public synchronized void begin(int status, Map<String, List<String>> headers) {
        ProtocolResponse head = new ProtocolResponse(status, headers, new byte[0]);
        refuseClosed();
        ProtocolServlet.head(response, head);
        response.setHeader("X-Accel-Buffering", "no");
        begun = true;
        try {
            response.flushBuffer();
        } catch (IOException e) {
            throw lost(e);
        }
    }

    @Override
    public synchronized void write(byte[] bytes) {
        if (bytes.length > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "At most " + MOST_BYTES + " bytes are written at once, not " + bytes.length);
        }
        refuseClosed();
        try {
            response.getOutputStream().write(bytes);
            response.getOutputStream().flush();
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /**
     * Ends the answer, because its credential has ended. An answer that has begun is cut off at once, whatever waits
     * for the client; one that has not is not wanted any more.
     */
    void revoke() {
        if (access.compareAndSet(Access.OPEN, Access.REVOKED)) {
            gone = true;
            if (begun) {
                client.close(new IOException("The credential is no longer valid"));
            }
        }
    }

    /** Whether the credential ended before the answer. */
    boolean revoked() {
        return access.get() == Access.REVOKED;
    }

    /** Cuts the connection if the answer has begun, so that the client sees that it is not whole. */
    boolean cut() {
        closed = true;
        // A write that waits for the client holds the lock until the connection is closed.
        boolean cut = begun || hasBegun();
        if (cut) {
            client.close(new IOException("The answer could not be finished"));
        }
        return cut;
    }

    private synchronized boolean hasBegun() {
        return begun;
    }

    @Override
    public synchronized void close() {
        closed = true;
        access.compareAndSet(Access.OPEN, Access.ANSWERED);
    }

    private void refuseClosed() {
        if (closed) {
            throw new IllegalStateException("The answer is finished");
        }
        if (gone) {
            throw cancelled(new IOException("An earlier write failed"));
        }
    }

    private AgentOsException lost(IOException cause) {
        gone = true;
        return cancelled(cause);
    }

    private static AgentOsException cancelled(IOException cause) {
        return new AgentOsException(
                KernelErrorCode.CANCELLED, "The client has gone away.", "Nobody waits for the rest.", cause);
    }
}
