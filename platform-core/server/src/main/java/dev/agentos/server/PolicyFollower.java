package dev.agentos.server;

import dev.agentos.agents.DecidedExecutions;
import dev.agentos.execution.Executions;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.Policies;
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

    private final Policies policies;
    private final Approvals approvals;
    private final Semaphore hints = new Semaphore(0);
    private final Thread thread;
    private boolean troubled;

    PolicyFollower(Policies policies, Approvals approvals, Executions executions) {
        approvals.onDecision(new DecidedExecutions(executions));
        this.policies = policies;
        this.approvals = approvals;
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
                try {
                    policies.refresh();
                    approvals.sweep();
                    troubled = false;
                } catch (RuntimeException | Error e) {
                    // Whatever it is, this server must not stop following; the rules that are known hold meanwhile.
                    if (!troubled) {
                        LOG.warn("Rules and approvals could not be looked up; it is tried again", e);
                    }
                    troubled = true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        if (thread.getState() != Thread.State.NEW) {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        }
    }
}
