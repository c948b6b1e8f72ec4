package dev.agentos.invocation.internal;

import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Spares a plugin that fails again and again: after so many failures in a row its calls are refused for a while, then
 * one is let through to see. Only defects and overrun deadlines count, not failures that a plugin reports.
 */
public final class CircuitBreaker {

    private final int failures;
    private final Duration pause;
    private final InstantSource clock;
    private final Map<PluginVersion, Circuit> circuits = new ConcurrentHashMap<>();

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

    /** Passes unless the plugin is being spared. */
    public void check(PluginVersion plugin) {
        Circuit circuit = circuits.get(plugin);
        if (circuit == null || circuit.failures() < failures) {
            return;
        }
        Instant now = clock.instant();
        if (now.isBefore(circuit.closedUntil())
                || !circuits.replace(plugin, circuit, new Circuit(circuit.failures(), now.plus(pause)))) {
            throw new AgentOsException(
                    PluginErrorCode.CIRCUIT_OPEN,
                    "Plugin " + plugin + " failed " + circuit.failures()
                            + " times in a row and is not called for a moment.",
                    "Look at its failures in the log; it is tried again by itself.");
        }
    }

    /** A call has ended as it should. */
    public void succeeded(PluginVersion plugin) {
        circuits.remove(plugin);
    }

    /** A call has failed by a defect, or was late. */
    public void failed(PluginVersion plugin) {
        Instant until = clock.instant().plus(pause);
        circuits.merge(plugin, new Circuit(1, until), (before, one) -> new Circuit(before.failures() + 1, until));
    }
}
