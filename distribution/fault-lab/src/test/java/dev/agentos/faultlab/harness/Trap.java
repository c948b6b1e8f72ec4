package dev.agentos.faultlab.harness;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Waits in a {@link FaultProxy} for the commit of a transaction in which a statement with a certain text ran:
 * PostgreSQL has committed, and the server never hears of it.
 */
public final class Trap {

    /** In the statement that admits executions, and in no other. */
    public static final String ADMISSION = "INSERT INTO executions";

    /** In the statements that append to the logs of executions that run, and in no other. */
    public static final String LOG_ROW = "RETURNING execution, at";

    private final String text;
    private final boolean holds;
    private final CountDownLatch sprung = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicReference<@Nullable Object> link = new AtomicReference<>();

    Trap(String text, boolean holds) {
        this.text = text;
        this.holds = holds;
    }

    /** Whether a connection's statement begins what the trap waits for; true for one connection alone. */
    boolean begins(Object connection, String statement) {
        return sprung.getCount() > 0
                && statement.contains(text)
                && (link.get() == connection || link.compareAndSet(null, connection));
    }

    boolean watches(Object connection) {
        return link.get() == connection && sprung.getCount() > 0;
    }

    /** The transaction was rolled back; the trap waits for another. */
    void missed() {
        link.set(null);
    }

    void spring() throws InterruptedException {
        sprung.countDown();
        if (holds) {
            released.await();
        }
    }

    /** Waits until PostgreSQL has committed. */
    public void awaitSprung() {
        try {
            if (!sprung.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("No commit of '" + text + "' came by");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a commit was caught. */
    public boolean sprung() {
        return sprung.getCount() == 0;
    }

    /** Cuts the connection whose answer is held. */
    public void release() {
        released.countDown();
    }

    @Override
    public String toString() {
        return "trap for the commit of '" + text + "'";
    }
}
