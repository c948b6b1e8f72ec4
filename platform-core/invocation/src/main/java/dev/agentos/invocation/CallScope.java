package dev.agentos.invocation;

import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * On whose behalf a call is made, and within which bounds. It passes on to the calls that a plugin makes in turn.
 *
 * @param tenant whose data the plugin may see
 * @param execution the execution that calls; empty outside one
 * @param deadline when the call must have returned
 * @param cancelled whether the caller has given up
 * @param idempotencyKey the same for each attempt of the same effect
 * @param configuration in force
 * @param events where events of the plugin's own go
 * @param allowedTools the tools that may be called; all when empty
 */
public record CallScope(
        String tenant,
        Optional<String> execution,
        Instant deadline,
        BooleanSupplier cancelled,
        String idempotencyKey,
        JsonObject configuration,
        Events events,
        Optional<Set<String>> allowedTools) {

    public CallScope {
        allowedTools = allowedTools.map(Set::copyOf);
    }

    /** A scope in which every tool may be called. */
    public CallScope(
            String tenant,
            Optional<String> execution,
            Instant deadline,
            BooleanSupplier cancelled,
            String idempotencyKey,
            JsonObject configuration,
            Events events) {
        this(tenant, execution, deadline, cancelled, idempotencyKey, configuration, events, Optional.empty());
    }

    /** Receives events that a plugin emits during a call. */
    @FunctionalInterface
    public interface Events {

        /** An event of that name. */
        void emit(String name, JsonObject data);
    }

    /** The same scope for one of several effects of a task. */
    public CallScope forEffect(String name) {
        return new CallScope(
                tenant,
                execution,
                deadline,
                cancelled,
                idempotencyKey + "/" + name,
                configuration,
                events,
                allowedTools);
    }

    /** The same scope with that deadline, unless its own is earlier. */
    public CallScope until(Instant latest) {
        return deadline.isBefore(latest)
                ? this
                : new CallScope(
                        tenant, execution, latest, cancelled, idempotencyKey, configuration, events, allowedTools);
    }

    /** The same scope for those tools only. */
    public CallScope withTools(Set<String> tools) {
        return new CallScope(
                tenant, execution, deadline, cancelled, idempotencyKey, configuration, events, Optional.of(tools));
    }
}
