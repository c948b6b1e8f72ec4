package dev.agentos.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What is said of a thread that a plugin's exception has ended. */
class UncaughtErrorsTest {

    private static final class Forging extends RuntimeException {
        private boolean printed;

        @Override
        public void printStackTrace(PrintStream stream) {
            printed = true;
        }
    }

    private static final class Unreadable extends RuntimeException {
        @Override
        public String getMessage() {
            throw new IllegalStateException();
        }
    }

    @Test
    void theExceptionDoesNotPrintItself() throws Exception {
        Logger log = (Logger) LoggerFactory.getLogger(UncaughtErrors.class);
        ListAppender<ILoggingEvent> heard = new ListAppender<>();
        heard.start();
        log.addAppender(heard);
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler(new UncaughtErrors());
        try {
            Forging forging = new Forging();
            for (RuntimeException thrown : List.of(forging, new Unreadable())) {
                Thread thread = new Thread(() -> {
                    throw thrown;
                });
                thread.setName("ending");
                thread.start();
                thread.join();
            }
            assertThat(forging.printed).isFalse();
            assertThat(heard.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .satisfiesExactly(
                            first -> assertThat(first).isEqualTo("Thread ending has ended with an exception"),
                            second -> assertThat(second).startsWith("Thread ending has ended with "));
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
            log.detachAppender(heard);
        }
    }
}
