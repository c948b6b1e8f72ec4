package dev.agentos.server;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
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

    private static final AtomicBoolean JSON = new AtomicBoolean();

    /** Writes JSON from now on, or text. */
    static void writeJson(boolean json) {
        JSON.set(json);
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        return JSON.get() ? json(event) : scrubbed(super.doLayout(event));
    }

    private static String json(ILoggingEvent event) {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        members.put("time", new JsonString(TIME.format(event.getInstant())));
        members.put("level", new JsonString(event.getLevel().toString()));
        members.put("thread", new JsonString(event.getThreadName()));
        members.put("logger", new JsonString(event.getLoggerName()));
        members.put("message", new JsonString(String.valueOf(event.getFormattedMessage())));
        Map<String, String> said = event.getMDCPropertyMap();
        LogFields.ALL.forEach(field ->
                Optional.ofNullable(said.get(field)).ifPresent(text -> members.put(field, new JsonString(text))));
        if (event.getThrowableProxy() != null) {
            members.put("stack", new JsonString(ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
        return Json.write(REDACTOR.get().object(new JsonObject(members))) + System.lineSeparator();
    }

    /** What of a text may be written down, here or elsewhere. */
    static String scrubbed(String text) {
        return REDACTOR.get().text(text);
    }
}
