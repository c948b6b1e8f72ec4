package dev.agentos.invocation;

import dev.agentos.policy.Approval;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * On whose behalf a call is made, and within which bounds. It passes on to the calls that a plugin makes in turn.
 *
 * @param subject on whose behalf
 * @param deadline when the call must have returned
 * @param cancelled whether the caller has given up
 * @param idempotencyKey the same for each attempt of the same effect
 * @param configuration in force
 * @param events where events of the plugin's own go
 * @param allowedTools the tools that may be called; all when empty
 */
public record CallScope(
        Subject subject,
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
            Subject subject,
            Instant deadline,
            BooleanSupplier cancelled,
            String idempotencyKey,
            JsonObject configuration,
            Events events) {
        this(subject, deadline, cancelled, idempotencyKey, configuration, events, Optional.empty());
    }

    /**
     * On whose behalf a call is made.
     *
     * @param tenant whose data the plugin may see
     * @param execution the execution that calls; empty outside one
     * @param agent the agent of that execution, {@code pack/agent}; empty when it is of a graph
     * @param graph the id of that graph; empty when it is of an agent
     * @param principal the id of the principal that began it; empty when nobody is known
     */
    public record Subject(
            String tenant,
            Optional<String> execution,
            Optional<String> agent,
            Optional<String> graph,
            Optional<String> principal) {

        /** The same of no graph that is known. */
        public Subject(String tenant, Optional<String> execution, Optional<String> agent, Optional<String> principal) {
            this(tenant, execution, agent, Optional.empty(), principal);
        }

        /** A tenant, and nothing more. */
        public static Subject of(String tenant) {
            return new Subject(tenant, Optional.empty(), Optional.empty(), Optional.empty());
        }
    }

    /** Receives events that a plugin emits during a call. */
    @FunctionalInterface
    public interface Events {

        /** An event of that name. */
        void emit(String name, JsonObject data);

        /**
         * Takes note that people have to agree before a call can be made, where whoever began all this can wait for
         * them and begins it anew then.
         *
         * @param asking asks them, unless the same was asked before
         * @return what they were asked; empty where nobody can wait, and then nobody was asked
         */
        default Optional<Approval> await(Supplier<Approval> asking) {
            return Optional.empty();
        }
    }

    /** The tenant whose data the plugin may see. */
    public String tenant() {
        return subject.tenant();
    }

    /** The execution that calls; empty outside one. */
    public Optional<String> execution() {
        return subject.execution();
    }

    /** The same scope for one of several effects of a task. */
    public CallScope forEffect(String name) {
        return new CallScope(
                subject, deadline, cancelled, idempotencyKey + "/" + name, configuration, events, allowedTools);
    }

    /** The same scope, of which others are told. */
    public CallScope with(Events others) {
        return new CallScope(subject, deadline, cancelled, idempotencyKey, configuration, others, allowedTools);
    }

    /** The same scope with that deadline, unless its own is earlier. */
    public CallScope until(Instant latest) {
        return deadline.isBefore(latest)
                ? this
                : new CallScope(subject, latest, cancelled, idempotencyKey, configuration, events, allowedTools);
    }

    /** The same scope, which also that cancels. */
    CallScope cancelledAlso(BooleanSupplier other) {
        return new CallScope(
                subject,
                deadline,
                () -> cancelled.getAsBoolean() || other.getAsBoolean(),
                idempotencyKey,
                configuration,
                events,
                allowedTools);
    }

    /** The same scope for those tools only. */
    public CallScope withTools(Set<String> tools) {
        return new CallScope(subject, deadline, cancelled, idempotencyKey, configuration, events, Optional.of(tools));
    }
}
