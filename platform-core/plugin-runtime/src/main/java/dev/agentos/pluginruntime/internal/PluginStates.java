package dev.agentos.pluginruntime.internal;

import dev.agentos.kernel.Failure;
import dev.agentos.pluginruntime.PluginState;
import dev.agentos.pluginruntime.PluginState.Event;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where each plugin stands on this server, and why those that failed did. */
public final class PluginStates {

    private static final Logger LOG = LoggerFactory.getLogger(PluginStates.class);

    private final Map<String, PluginState> states = new ConcurrentHashMap<>();
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();

    /** Where a plugin stands; empty when it is not known here, or not yet. */
    public Optional<PluginState> state(String id) {
        return Optional.ofNullable(states.get(id));
    }

    /** Something has happened to a plugin. */
    public void move(String id, Event event) {
        states.compute(id, (key, from) -> {
            PluginState to = PluginState.after(Optional.ofNullable(from), event).orElse(null);
            LOG.debug("Plugin {}: {} after {}", id, to, event);
            return to;
        });
    }

    /** The same, which it is well with. */
    public void succeed(String id, Event event) {
        move(id, event);
        failures.remove(id);
    }

    /** A plugin is here, if it was not before. */
    public void come(String id) {
        if (state(id).isEmpty()) {
            move(id, Event.INSTALL);
        }
    }

    /** Nothing is known of a plugin any more. */
    public void forget(String id) {
        failures.remove(id);
        if (state(id).isPresent()) {
            move(id, Event.REMOVE);
        }
    }

    /** Notes why a plugin fails; false when it is what was known. */
    public boolean fails(String id, Failure why) {
        return !why.equals(failures.put(id, why));
    }

    /** Why a plugin failed. */
    public Optional<Failure> failure(String id) {
        return Optional.ofNullable(failures.get(id));
    }

    /** Those that are here and not among these; what is on its way is none of them. */
    public List<String> others(Collection<String> ids) {
        failures.keySet().retainAll(ids);
        return states.keySet().stream()
                .filter(id -> !ids.contains(id) && states.get(id) != PluginState.INSTALLING)
                .toList();
    }
}
