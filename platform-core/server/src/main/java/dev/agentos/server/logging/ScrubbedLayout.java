package dev.agentos.server.logging;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.LogFields;
import dev.agentos.redaction.Detectors;
import dev.agentos.redaction.RedactionMode;
import dev.agentos.redaction.RedactionTerms;
import dev.agentos.redaction.Redactor;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes a line of the log without keys and passwords, whoever has put them in: a library that repeats an address, or a
 * plugin's exception that repeats what it was sent. The whole is looked at, stack traces too. When that is set, what is
 * personal is replaced as well.
 *
 * <p>A line is text by the pattern, or a JSON object. Logback's own encoder of JSON leaves no place between the line
 * and its text, and a text of JSON cannot be scrubbed without breaking it.
 */
public final class ScrubbedLayout extends PatternLayout {

    private static final Redactor CREDENTIALS = Redactor.ofCredentials();

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSX").withZone(ZoneOffset.UTC);

    /** Logging begins before settings are read, and holds for the whole process. */
    private static final AtomicReference<Redactor> REDACTOR = new AtomicReference<>(CREDENTIALS);

    /** Replaces personal data as well from now on, or not any more. */
    public static void maskPersonalData(boolean mask) {
        REDACTOR.set(
                mask
                        ? Redactor.of(
                                List.of(
                                        RedactionTerms.credentials(),
                                        new RedactionTerms(List.of(Detectors.PERSONAL), Map.of(), RedactionMode.MASK)),
                                Optional.empty())
                        : CREDENTIALS);
    }

    private static final AtomicBoolean JSON = new AtomicBoolean();

    /** So much of one text is written: a plugin's exception may say any amount. */
    private static final int MOST_TEXT = 100_000;

    private static final int LONGEST_WORD = 1_000;

    /** Writes JSON from now on, or text. */
    public static void writeJson(boolean json) {
        JSON.set(json);
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        return JSON.get() ? json(event) : text(super.doLayout(event));
    }

    private static String text(String line) {
        String written = scrubbed(written(line));
        return written.endsWith(System.lineSeparator()) ? written : written + System.lineSeparator();
    }

    private static JsonString told(String text) {
        return new JsonString(written(text));
    }

    /** What fits into a line: no more than so much, and nothing that JSON refuses or a terminal obeys. */
    private static String written(String text) {
        // At a gap where there is one, so that no half of a key is left that nobody knows for one.
        int end = Math.max(text.lastIndexOf(' ', MOST_TEXT), MOST_TEXT - LONGEST_WORD);
        String most = text.length() <= MOST_TEXT ? text : text.substring(0, end) + "…";
        return Failure.storable(most);
    }

    private static String json(ILoggingEvent event) {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        members.put("time", new JsonString(TIME.format(event.getInstant())));
        members.put("level", new JsonString(event.getLevel().toString()));
        members.put("thread", told(event.getThreadName()));
        members.put("logger", told(event.getLoggerName()));
        members.put("message", told(String.valueOf(event.getFormattedMessage())));
        Map<String, String> said = event.getMDCPropertyMap();
        LogFields.ALL.forEach(
                field -> Optional.ofNullable(said.get(field)).ifPresent(text -> members.put(field, told(text))));
        if (event.getThrowableProxy() != null) {
            members.put("stack", told(ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
        return Json.write(REDACTOR.get().object(new JsonObject(members))) + System.lineSeparator();
    }

    /** What of a text may be written down, here or elsewhere. */
    public static String scrubbed(String text) {
        return REDACTOR.get().text(text);
    }
}
