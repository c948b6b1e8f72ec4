package dev.agentos.http.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.web.Fields;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which events of an execution a client wants. Its beginning, waiting and end are always shown.
 *
 * @param wanted empty for every event as it is stored
 */
public record EventModes(Set<Mode> wanted) {

    /** Every event as it is stored. */
    public static final EventModes ALL = new EventModes(Set.of());

    public EventModes {
        wanted = Set.copyOf(wanted);
    }

    /** What a client may want. */
    public enum Mode {
        /** Checkpoints with the values of all channels. */
        VALUES,
        /** Checkpoints with what each node wrote. */
        UPDATES,
        /** What models say, as it comes. */
        MESSAGES,
        /** Nodes that begin, end and fail. */
        TASKS,
        /** Checkpoints. */
        CHECKPOINTS,
        /** Events of nodes' own. */
        CUSTOM,
        /** Everything, with values and updates. */
        DEBUG;

        private String written() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Reads the parameter {@code modes}: names with commas between them. */
    public static EventModes of(@Nullable String parameter) {
        if (parameter == null) {
            return ALL;
        }
        Set<Mode> wanted = EnumSet.noneOf(Mode.class);
        for (String name : parameter.split(",", -1)) {
            wanted.add(Stream.of(Mode.values())
                    .filter(mode -> mode.written().equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() -> Fields.invalid(
                            "modes",
                            "may name "
                                    + Stream.of(Mode.values())
                                            .map(Mode::written)
                                            .collect(Collectors.joining(", "))
                                    + ", with commas between them")));
        }
        return new EventModes(wanted);
    }

    /** Whether the client wants an event of that type. */
    public boolean shows(String type) {
        if (wanted.isEmpty() || wanted.contains(Mode.DEBUG)) {
            return true;
        }
        return switch (type) {
            case ExecutionEvent.MESSAGE -> wanted.contains(Mode.MESSAGES);
            case ExecutionEvent.CUSTOM -> wanted.contains(Mode.CUSTOM);
            case ExecutionEvent.TASK_STARTED,
                    ExecutionEvent.TASK_FINISHED,
                    ExecutionEvent.TASK_FAILED,
                    ExecutionEvent.TASK_WAITING -> wanted.contains(Mode.TASKS);
            case ExecutionEvent.CHECKPOINT -> wanted.contains(Mode.CHECKPOINTS) || values() || updates();
            default -> true;
        };
    }

    /** Whether checkpoints are to show the channels' values. */
    public boolean values() {
        return wanted.contains(Mode.VALUES) || wanted.contains(Mode.DEBUG);
    }

    /** Whether checkpoints are to show what was written. */
    public boolean updates() {
        return wanted.contains(Mode.UPDATES) || wanted.contains(Mode.DEBUG);
    }
}
