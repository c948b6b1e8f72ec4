package dev.agentos.web.filters;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Lets a client see the answer that ends its connection. To close while it still sends resets the connection, and a
 * reset takes the answer away if it was not read yet. So what comes behind the last answer is thrown away until the
 * client closes, is silent, or has had its time (RFC 9112, 9.6).
 */
public final class LingeringConnector extends ServerConnector {

    private static final Duration SILENCE = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(10);

    /** One acceptor and one selector. */
    public LingeringConnector(Server server, HttpConnectionFactory connections) {
        super(server, 1, 1, connections);
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        EndPoint endPoint = new EndPoint(channel, selector, key, getScheduler());
        endPoint.setIdleTimeout(getIdleTimeout());
        return endPoint;
    }

    private static final class EndPoint extends SocketChannelEndPoint {

        private final SelectionKey key;
        private volatile boolean said;

        EndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
            super(channel, selector, key, scheduler);
            this.key = key;
        }

        @Override
        protected void doShutdownOutput() {
            said = true;
            super.doShutdownOutput();
        }

        @Override
        public void doClose() {
            if (said && !ended()) {
                key.cancel();
                Thread.ofVirtual().name("lingering").start(this::linger);
            } else {
                super.doClose();
            }
        }

        private void linger() {
            ByteBuffer ignored = ByteBuffer.allocate(16 * 1024);
            long begun = System.nanoTime();
            long heard = begun;
            try {
                for (int read = getChannel().read(ignored);
                        read >= 0;
                        read = getChannel().read(ignored.clear())) {
                    long now = System.nanoTime();
                    heard = read > 0 ? now : heard;
                    if (now - begun > MOST.toNanos() || now - heard > SILENCE.toNanos()) {
                        break;
                    }
                    if (read == 0) {
                        Thread.sleep(PAUSE);
                    }
                }
            } catch (IOException | InterruptedException e) {
                // The client is gone, and nobody waits for what it did not read.
            } finally {
                super.doClose();
            }
        }

        /** Whether the client has nothing more to say. */
        private boolean ended() {
            try {
                return getChannel().read(ByteBuffer.allocate(1)) < 0;
            } catch (IOException e) {
                return true;
            }
        }
    }
}
