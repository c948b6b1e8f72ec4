package dev.agentos.server.logging;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of a thread that an exception has ended. Java itself would have the exception print itself: one of a plugin
 * would write into the log what it likes, past what keeps keys and passwords out.
 */
public final class UncaughtErrors implements Thread.UncaughtExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(UncaughtErrors.class);

    @Override
    public void uncaughtException(Thread thread, Throwable thrown) {
        try {
            LOG.error("Thread {} has ended with an exception", thread.getName(), thrown);
        } catch (Throwable e) {
            // Reading it runs its own code, which can fail as well.
            LOG.error(
                    "Thread {} has ended with a {} that cannot be read",
                    thread.getName(),
                    thrown.getClass().getName());
        }
    }
}
