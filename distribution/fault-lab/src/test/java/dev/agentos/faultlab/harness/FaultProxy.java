package dev.agentos.faultlab.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The network between one server and PostgreSQL, which can be cut, silenced, slowed and half closed. */
public final class FaultProxy implements AutoCloseable {

    private final ServerSocket listener;
    private final Set<PostgresLink> links = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable Trap> trap = new AtomicReference<>();
    private volatile int target;
    private volatile Mode mode = Mode.PASS;
    private volatile Duration delay = Duration.ZERO;
    private volatile int bytesPerSecond = Integer.MAX_VALUE;
    private volatile boolean closed;

    private enum Mode {
        PASS,
        /** Nothing gets through and nobody is told. */
        BLACKHOLE,
        /** Connections are closed at once. */
        REFUSE
    }

    /** A network to the PostgreSQL of that port. */
    FaultProxy(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("fault-proxy").start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = listener.accept();
                if (mode == Mode.REFUSE) {
                    PostgresLink.reset(client);
                } else {
                    Thread.ofVirtual().start(() -> link(client));
                }
            } catch (IOException e) {
                // Closed.
                return;
            }
        }
    }

    private void link(Socket client) {
        awaitPassage();
        Socket server = new Socket();
        try {
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 2_000);
            PostgresLink link = new PostgresLink(this, client, server);
            links.add(link);
            link.carry();
        } catch (IOException e) {
            PostgresLink.reset(client);
        }
    }

    void forget(PostgresLink link) {
        links.remove(link);
    }

    @Nullable
    Trap trap() {
        return trap.get();
    }

    /** Returns when bytes may pass. */
    void awaitPassage() {
        try {
            while (mode == Mode.BLACKHOLE && !closed) {
                Thread.sleep(5);
            }
            if (!delay.isZero()) {
                Thread.sleep(delay);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits as long as so many bytes take. */
    void throttle(int bytes) {
        if (bytesPerSecond != Integer.MAX_VALUE) {
            try {
                Thread.sleep(Duration.ofNanos(1_000_000_000L * bytes / bytesPerSecond));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Resets every connection; new ones are let through. */
    public void cut() {
        links.forEach(PostgresLink::cut);
    }

    /** From now on nothing gets through in either direction, on old connections and new. */
    public void blackhole() {
        mode = Mode.BLACKHOLE;
    }

    /** Resets every connection, and new ones too. */
    public void refuse() {
        mode = Mode.REFUSE;
        cut();
    }

    /** Delays what is sent, each time. */
    public void delay(Duration each) {
        delay = each;
    }

    /** Lets so many bytes a second through on each connection. */
    public void throttle(Integer mostBytesPerSecond) {
        bytesPerSecond = mostBytesPerSecond;
    }

    /** Ends every connection in the direction to the server, which can still send. */
    public void halfClose() {
        links.forEach(PostgresLink::halfClose);
    }

    /** Everything gets through again. */
    public void pass() {
        mode = Mode.PASS;
        delay = Duration.ZERO;
        bytesPerSecond = Integer.MAX_VALUE;
        Trap left = trap.getAndSet(null);
        if (left != null) {
            left.release();
        }
    }

    /** Leads new connections to another PostgreSQL and cuts the old ones. */
    public void switchTo(Postgres other) {
        target = other.port();
        cut();
    }

    /** Cuts a connection when PostgreSQL has committed a transaction with such a statement, before the answer. */
    public Trap cutCommitOf(String statement) {
        return set(new Trap(statement, false));
    }

    /** The same, but the server waits for the answer until the trap is released. */
    public Trap holdCommitOf(String statement) {
        return set(new Trap(statement, true));
    }

    private Trap set(Trap made) {
        trap.set(made);
        return made;
    }

    /** How many connections there are. */
    public int connections() {
        return links.size();
    }

    @Override
    public void close() {
        closed = true;
        pass();
        cut();
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
