package dev.agentos.web;

import java.util.HexFormat;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a request stands in a distributed trace, after W3C Trace Context level 1.
 *
 * @param traceId 32 hexadecimal digits, the caller's if it sent one
 * @param spanId 16 hexadecimal digits, this request's own
 * @param sampled whether the caller records it
 */
public record Trace(String traceId, String spanId, boolean sampled) {

    /** The name of the request attribute under which the trace is kept. */
    public static final String ATTRIBUTE = "dev.agentos.trace";

    private static final Pattern TRACEPARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");
    private static final String NO_TRACE = "0".repeat(32);
    private static final String NO_SPAN = "0".repeat(16);

    /** The trace of a request: a child of its {@code traceparent}, or a new one when that is absent or malformed. */
    public static Trace of(@Nullable String traceparent, RandomGenerator random) {
        byte[] fresh = new byte[24];
        random.nextBytes(fresh);
        String spanId = HexFormat.of().formatHex(fresh, 16, 24);
        if (traceparent != null && traceparent.length() <= 200) {
            Matcher matcher = TRACEPARENT.matcher(traceparent);
            if (matcher.matches()
                    && !matcher.group(1).equals(NO_TRACE)
                    && !matcher.group(2).equals(NO_SPAN)) {
                boolean sampled = (Integer.parseInt(matcher.group(3), 16) & 1) == 1;
                return new Trace(matcher.group(1), spanId, sampled);
            }
        }
        return new Trace(HexFormat.of().formatHex(fresh, 0, 16), spanId, true);
    }

    /** The header's value. */
    public String traceparent() {
        return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
    }
}
