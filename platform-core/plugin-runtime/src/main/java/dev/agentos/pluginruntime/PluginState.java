package dev.agentos.pluginruntime;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a plugin stands on this server, and what can happen to it from there. A change that is refused, as a swap whose
 * new version does not start, is no event: the version before goes on.
 */
public enum PluginState {
    /** Its first version is being installed or, on a server that starts or follows another, loaded. */
    INSTALLING,
    /** Its extensions can be called. */
    STARTED,
    /** An administrator has switched it off. */
    STOPPED,
    /** It should be started and is not; there is a reason. */
    FAILED;

    /** What can happen to a plugin. */
    public enum Event {
        /** Somebody wants it here. */
        INSTALL("install"),
        /** Its installation did not come about. */
        GIVE_UP("give up"),
        /** A version of it was started: the first, another, or the same anew. */
        START("start, swap, roll back, restart, configure or grant"),
        /** An administrator has switched it off. */
        STOP("disable"),
        /** It could not be started, or was switched off for its conduct. */
        FAIL("fail to start, or be quarantined"),
        /** It was uninstalled. */
        REMOVE("uninstall");

        private final String words;

        Event(String words) {
            this.words = words;
        }
    }

    /** Where an event leads from any state. */
    private static final Map<Event, PluginState> LEADS =
            Map.of(Event.START, STARTED, Event.STOP, STOPPED, Event.FAIL, FAILED);

    /** The event by which a plugin leaves each state for good. */
    private static final Map<PluginState, Event> LEAVES = new EnumMap<>(
            Map.of(INSTALLING, Event.GIVE_UP, STARTED, Event.REMOVE, STOPPED, Event.REMOVE, FAILED, Event.REMOVE));

    /**
     * Where a plugin stands after an event.
     *
     * @param from where it stood; empty when it was not here
     * @return empty when it is not here any more
     * @throws IllegalStateException if that cannot happen to it there
     */
    public static Optional<PluginState> after(Optional<PluginState> from, Event event) {
        if (from.isEmpty()) {
            if (event == Event.INSTALL) {
                return Optional.of(INSTALLING);
            }
        } else if (LEAVES.get(from.get()) == event) {
            return Optional.empty();
        } else {
            Optional<PluginState> to = Optional.ofNullable(LEADS.get(event));
            if (to.isPresent()) {
                return to;
            }
        }
        throw new IllegalStateException(event + " cannot happen to a plugin that is "
                + from.map(Enum::name).orElse("not here"));
    }

    /** The states and what leads from one to another, as a state diagram of Mermaid. */
    static String diagram() {
        List<String> lines =
                new ArrayList<>(List.of("stateDiagram-v2", "    [*] --> INSTALLING: " + Event.INSTALL.words));
        for (PluginState from : values()) {
            for (Event event : Event.values()) {
                if (LEAVES.get(from) == event) {
                    lines.add("    " + from + " --> [*]: " + event.words);
                } else if (LEADS.containsKey(event)) {
                    lines.add("    " + from + " --> " + LEADS.get(event) + ": " + event.words);
                }
            }
        }
        return String.join("\n", lines) + "\n";
    }
}
