package dev.agentos.server;

import dev.agentos.agents.DecidedExecutions;
import dev.agentos.agents.ExecutionRules;
import dev.agentos.execution.Executions;
import dev.agentos.http.HttpServices;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this server follow the rules that other servers change, and tells executions what people have decided: when
 * told, and every half second.
 */
final class PolicyFollower implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PolicyFollower.class);
    private static final long PAUSE_MILLIS = 500;

    private final HttpServices.Control control;
    private final PluginRecords records;
    private final Semaphore hints = new Semaphore(0);
    private final Thread thread;
    private boolean troubled;

    PolicyFollower(HttpServices.Control control, Executions executions, PluginRecords records) {
        this.records = records;
        this.control = control;
        control.approvals().onDecision(new DecidedExecutions(executions));
        executions.admitBy(new ExecutionRules(control.policies()));
        this.thread = Thread.ofVirtual().name("policy-follower").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** There may be a change. */
    void wake() {
        hints.release();
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                hints.tryAcquire(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
                hints.drainPermits();
                follow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Each part by itself. */
    private void follow() {
        boolean well = true;
        for (Runnable part :
                List.<Runnable>of(control.policies()::refresh, control.approvals()::sweep, records::look)) {
            try {
                part.run();
            } catch (RuntimeException | Error e) {
                // Whatever it is, this server must not stop following; what is known holds meanwhile.
                if (!troubled && well) {
                    LOG.warn("Rules and approvals could not be looked up; it is tried again", e);
                }
                well = false;
            }
        }
        troubled = !well;
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        if (thread.getState() != Thread.State.NEW) {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        }
    }
}
