package dev.agentos.server;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.agentos.redaction.Detectors;
import dev.agentos.redaction.RedactionMode;
import dev.agentos.redaction.RedactionTerms;
import dev.agentos.redaction.Redactor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes a line of the log without keys and passwords, whoever has put them in: a library that repeats an address, or a
 * plugin's exception that repeats what it was sent. The whole is looked at, stack traces too. When that is set, what is
 * personal is replaced as well.
 */
public final class ScrubbedLayout extends PatternLayout {

    private static final Redactor CREDENTIALS = Redactor.ofCredentials();

    /** Logging begins before settings are read, and holds for the whole process. */
    private static final AtomicReference<Redactor> REDACTOR = new AtomicReference<>(CREDENTIALS);

    /** Replaces personal data as well from now on, or not any more. */
    static void maskPersonalData(boolean mask) {
        REDACTOR.set(
                mask
                        ? Redactor.of(
                                List.of(
                                        RedactionTerms.credentials(),
                                        new RedactionTerms(List.of(Detectors.PERSONAL), Map.of(), RedactionMode.MASK)),
                                Optional.empty())
                        : CREDENTIALS);
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        return scrubbed(super.doLayout(event));
    }

    /** What of a text may be written down, here or elsewhere. */
    static String scrubbed(String text) {
        return REDACTOR.get().text(text);
    }
}
