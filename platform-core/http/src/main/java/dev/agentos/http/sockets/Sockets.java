package dev.agentos.http.sockets;

import dev.agentos.http.internal.EventModes;
import dev.agentos.limits.RateLimits;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.events.EventLog;
import dev.agentos.web.events.EventStreams;
import java.time.Duration;
import java.util.Set;

/**
 * What sockets are made of.
 *
 * @param streams follow the logs
 * @param logs where the logs are
 * @param limits count what is asked for on a socket like requests
 * @param tenants those that there are
 * @param origins the other origins whose pages may open one
 * @param heartbeat how often a client is asked whether it lives
 * @param stall how long it may take to answer, and to take what waits for it
 */
public record Sockets(
        EventStreams streams,
        Logs logs,
        RateLimits limits,
        Tenants tenants,
        Set<String> origins,
        Duration heartbeat,
        Duration stall) {

    public Sockets {
        origins = Set.copyOf(origins);
    }

    /** Finds the events of executions. */
    @FunctionalInterface
    public interface Logs {

        /**
         * The events of an execution that the caller may read; an unknown one is refused.
         *
         * @param after the number of the last event that the client has, 0 for none
         * @param untilWaiting whether the log ends where the execution waits
         */
        EventLog of(TenantId tenant, Reach reach, String execution, long after, boolean untilWaiting, EventModes modes);
    }
}
