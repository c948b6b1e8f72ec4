package dev.agentos.server;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.agentos.redaction.Redactor;

/**
 * Writes a line of the log without keys and passwords, whoever has put them in: a library that repeats an address, or a
 * plugin's exception that repeats what it was sent. The whole is looked at, stack traces too.
 */
public final class ScrubbedLayout extends PatternLayout {

    private final Redactor credentials = Redactor.ofCredentials();

    @Override
    public String doLayout(ILoggingEvent event) {
        return credentials.text(super.doLayout(event));
    }
}
