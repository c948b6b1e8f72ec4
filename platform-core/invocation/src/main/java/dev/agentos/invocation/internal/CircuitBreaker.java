package dev.agentos.invocation.internal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Spares a plugin that fails again and again for a tenant: after so many failures in a row its calls for that tenant
 * are refused for a while, then one is let through to see. Only defects and overrun deadlines count, not failures that
 * a plugin reports. Each tenant has a circuit of its own: by its input, its settings or its deadlines one could
 * otherwise shut a plugin for all.
 */
public final class CircuitBreaker {

    private static final int MOST_REMEMBERED = 10_000;
    private static final Duration LONGEST_REMEMBERED = Duration.ofHours(1);

    private final int failures;
    private final Duration pause;
    private final InstantSource clock;
    private final Cache<Key, Circuit> circuits = Caffeine.newBuilder()
            .maximumSize(MOST_REMEMBERED)
            .expireAfterWrite(LONGEST_REMEMBERED)
            .build();

    private record Key(String tenant, PluginVersion plugin) {}

    private record Circuit(int failures, Instant closedUntil) {}

    /**
     * A breaker.
     *
     * @param failures in a row, behind which a plugin is spared
     * @param pause for how long
     */
    public CircuitBreaker(int failures, Duration pause, InstantSource clock) {
        this.failures = failures;
        this.pause = pause;
        this.clock = clock;
    }

    /** Passes unless the plugin is being spared for the tenant. */
    public void check(String tenant, PluginVersion plugin) {
        Key key = new Key(tenant, plugin);
        Circuit circuit = circuits.getIfPresent(key);
        if (circuit == null || circuit.failures() < failures) {
            return;
        }
        Instant now = clock.instant();
        if (now.isBefore(circuit.closedUntil())
                || !circuits.asMap().replace(key, circuit, new Circuit(circuit.failures(), now.plus(pause)))) {
            throw new AgentOsException(
                    PluginErrorCode.CIRCUIT_OPEN,
                    "Plugin " + plugin + " failed " + circuit.failures()
                            + " times in a row for this tenant and is not called for a moment.",
                    "Look at its failures in the log; it is tried again by itself.");
        }
    }

    /** A call has ended as it should. */
    public void succeeded(String tenant, PluginVersion plugin) {
        circuits.invalidate(new Key(tenant, plugin));
    }

    /** A call has failed by a defect, or was late. */
    public void failed(String tenant, PluginVersion plugin) {
        Instant until = clock.instant().plus(pause);
        circuits.asMap()
                .merge(
                        new Key(tenant, plugin),
                        new Circuit(1, until),
                        (before, one) -> new Circuit(before.failures() + 1, until));
    }
}
