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
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;

/**
 * An answer that a protocol writes piece by piece. A write returns when the connection has taken it, so a slow client
 * slows its own answer and costs no memory; one that takes nothing for as long as a connection may idle is gone.
 */
final class ProtocolStream implements ResponseStream, AutoCloseable {

    private static final int MOST_BYTES = 1 << 20;

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private boolean begun;
    private boolean closed;
    private volatile boolean gone;

    ProtocolStream(HttpServletRequest request, HttpServletResponse response) {
        this.request = request;
        this.response = response;
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

    /** Cuts the connection if the answer has begun, so that the client sees that it is not whole. */
    synchronized boolean cut() {
        closed = true;
        if (begun) {
            ServletContextRequest.getServletContextRequest(request)
                    .getConnectionMetaData()
                    .getConnection()
                    .getEndPoint()
                    .close(new IOException("The answer could not be finished"));
        }
        return begun;
    }

    @Override
    public synchronized void close() {
        closed = true;
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
