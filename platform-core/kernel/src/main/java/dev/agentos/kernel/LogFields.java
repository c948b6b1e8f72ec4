package dev.agentos.kernel;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What each line of the log says, beside its message, of the work at which it is written: ids alone, never what is
 * secret or personal. It belongs to the thread; who goes on with the work on another one takes it there.
 */
public final class LogFields {

    /** The id of the tenant that the work is for. */
    public static final String TENANT = "tenant";

    /** The id of whom it is done for. */
    public static final String PRINCIPAL = "principal";

    /** The id of the execution. */
    public static final String EXECUTION = "execution";

    /** The id of the node of the execution's graph. */
    public static final String NODE = "node";

    /** The trace of the request, after W3C Trace Context. */
    public static final String TRACE = "traceId";

    /** All of them, in the order in which a line says them. */
    public static final List<String> ALL = List.of(TENANT, PRINCIPAL, EXECUTION, NODE, TRACE);

    private LogFields() {}

    /** Those of this thread, to be taken to another. */
    public static Map<String, String> here() {
        return Objects.requireNonNullElse(MDC.getCopyOfContextMap(), Map.of());
    }

    /** The lines of this thread say that, too, until the work ends that {@link #during} began. */
    public static void say(String field, String value) {
        MDC.put(field, value);
    }

    /** The lines of this thread say that, too, until it is closed; then what they said of that field before. */
    public static Field saying(String field, String value) {
        Field before = new Field(field, MDC.get(field));
        MDC.put(field, value);
        return before;
    }

    /** The lines of this thread say those and nothing else until that is closed. */
    public static Work during(Map<String, String> fields) {
        Work work = new Work(here());
        MDC.setContextMap(fields);
        return work;
    }

    /** A field as it was before; it comes back when it is closed. */
    public record Field(String name, @Nullable String value) implements AutoCloseable {
        @Override
        public void close() {
            if (value == null) {
                MDC.remove(name);
            } else {
                MDC.put(name, value);
            }
        }
    }

    /** Work whose lines say something; what they said before comes back when it is closed. */
    public record Work(Map<String, String> before) implements AutoCloseable {
        @Override
        public void close() {
            MDC.setContextMap(before);
        }
    }
}
