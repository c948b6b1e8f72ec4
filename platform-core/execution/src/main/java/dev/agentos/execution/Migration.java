package dev.agentos.execution;

import dev.agentos.graph.Channels;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What becomes of a session's state in another version of its graph. Pure.
 *
 * @param from the version before
 * @param to the version after
 * @param channels what becomes of each channel of either version
 * @param values the state after
 */
public record Migration(int from, int to, Map<String, Fate> channels, JsonObject values) {

    /** What becomes of a channel. */
    public enum Fate {
        /** It holds what it held. */
        KEPT,
        /** It holds what an expression yields. */
        CONVERTED,
        /** It begins as it does in a new session: with its default, or unset. */
        DEFAULT,
        /** The version after has no such channel, and its value is gone. */
        DROPPED,
        /** It holds again what it held before the migration that is undone. */
        RESTORED
    }

    /** A version and its graph. */
    record Side(int version, CompiledGraph graph) {}

    /** The way back to a state that was kept. */
    static Migration back(int from, int to, JsonObject state, JsonObject kept) {
        Map<String, Fate> fates = new TreeMap<>();
        state.members().keySet().forEach(name -> fates.put(name, Fate.DROPPED));
        kept.members().keySet().forEach(name -> fates.put(name, Fate.RESTORED));
        return new Migration(from, to, fates, kept);
    }

    /**
     * The way from a state to that of another version.
     *
     * @throws InvalidInputException {@code graph:MIGRATION_CONFLICT} if a value fits its channel no longer and no
     *     expression converts it, or an expression is at fault
     */
    static Migration of(Side before, Side after, JsonObject state, Map<String, String> expressions) {
        Channels channels = after.graph().channels();
        Set<String> names =
                new LinkedHashSet<>(after.graph().definition().channels().keySet());
        names.addAll(state.members().keySet());
        names.addAll(expressions.keySet());
        Map<String, Fate> fates = new TreeMap<>();
        Map<String, JsonValue> values = new LinkedHashMap<>();
        List<Fault> faults = new ArrayList<>();
        for (String name : names) {
            Optional<JsonValue> old = state.member(name);
            String expression = expressions.get(name);
            Optional<JsonValue> value =
                    expression == null ? old : converted(before.graph(), state, name, expression, faults);
            boolean there = after.graph().definition().channels().containsKey(name);
            if (!there) {
                if (expression != null) {
                    faults.add(fault(name, "There is no channel '" + name + "' that lasts."));
                }
                fates.put(name, Fate.DROPPED);
                continue;
            }
            Fate fate = expression != null ? Fate.CONVERTED : old.isPresent() ? Fate.KEPT : Fate.DEFAULT;
            if (fate == Fate.KEPT && channels.lasting(state).member(name).isEmpty()) {
                fate = Fate.DEFAULT;
                value = Optional.empty();
            }
            value.flatMap(one -> channels.unfit(name, one)).ifPresent(problem -> faults.add(fault(name, problem)));
            value.ifPresent(one -> values.put(name, one));
            fates.put(name, fate);
        }
        InvalidInputException.refuse(
                faults,
                GraphErrorCode.MIGRATION_CONFLICT,
                "The state does not fit version " + after.version(),
                "Give a CEL expression in values for each channel that errors names; dryRun tells what would be.");
        return new Migration(before.version(), after.version(), fates, new JsonObject(values));
    }

    private static Optional<JsonValue> converted(
            CompiledGraph graph, JsonObject state, String name, String expression, List<Fault> faults) {
        Optional<String> wrong = graph.expressions().check(expression);
        if (wrong.isEmpty()) {
            try {
                return Optional.of(graph.expressions().evaluate(expression, state));
            } catch (AgentOsException e) {
                wrong = Optional.of(String.valueOf(e.getMessage()));
            }
        }
        faults.add(fault(name, wrong.get()));
        return Optional.empty();
    }

    private static Fault fault(String channel, String message) {
        return new Fault("/values/" + Fault.escape(channel), GraphErrorCode.MIGRATION_CONFLICT.code(), message);
    }

    /** As it is recorded and shown, without the state. */
    public JsonObject toJson() {
        Map<String, String> words = new LinkedHashMap<>();
        channels.forEach((name, fate) -> words.put(name, fate.name().toLowerCase(Locale.ROOT)));
        return JsonObject.of("from", from, "to", to, "channels", words);
    }
}
