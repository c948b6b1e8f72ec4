package dev.agentos.policy;

import dev.agentos.expressions.ExpressionLanguage;
import dev.agentos.expressions.ValueType;
import dev.agentos.spi.JsonObject;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Where rules are asked, with what a condition can speak of there. Every variable has a value: what is not known is the
 * empty text, 0 or nothing in it.
 */
public enum PolicyPoint {

    /** An execution is about to be started, forked or tried again. */
    ADMISSION(
            List.of("agent"),
            EnumSet.of(RuleEffect.ALLOW, RuleEffect.LIMIT, RuleEffect.DENY),
            Map.of(
                    "graph", structure("graph", "id", ValueType.STRING, "version", ValueType.INTEGER),
                    "input", ValueType.OBJECT,
                    "config", ValueType.OBJECT,
                    "session", ValueType.STRING,
                    "priority", ValueType.INTEGER)),

    /** A model was asked for, and it is not yet decided which one is asked. */
    ROUTE(
            List.of("model", "agent"),
            EnumSet.of(RuleEffect.ALLOW, RuleEffect.ROUTE, RuleEffect.DENY),
            Map.of("model", Shapes.MODEL, "request", Shapes.REQUEST, "caller", ValueType.STRING)),

    /** A model is about to be asked. */
    MODEL(
            List.of("model", "plugin", "agent"),
            EnumSet.complementOf(EnumSet.of(RuleEffect.ROUTE)),
            Map.of(
                    "model", Shapes.MODEL,
                    "plugin", Shapes.PLUGIN,
                    "request", Shapes.REQUEST)),

    /** A tool is about to be called. */
    TOOL(
            List.of("tool", "plugin", "agent"),
            EnumSet.of(RuleEffect.ALLOW, RuleEffect.LIMIT, RuleEffect.REQUIRE_APPROVAL, RuleEffect.DENY),
            Map.of(
                    "tool",
                            structure(
                                    "tool",
                                    "name",
                                    ValueType.STRING,
                                    "effect",
                                    ValueType.STRING,
                                    "arguments",
                                    ValueType.OBJECT),
                    "plugin", Shapes.PLUGIN,
                    "caller", ValueType.STRING)),

    /** A release is about to come into a registry. */
    PUBLISH(
            List.of("plugin"),
            EnumSet.of(RuleEffect.ALLOW, RuleEffect.REQUIRE_APPROVAL, RuleEffect.DENY),
            Map.of("plugin", Shapes.PLUGIN, "release", Shapes.RELEASE)),

    /** A plugin is about to be installed, swapped for another version, or enabled for a tenant. */
    INSTALL(
            List.of("plugin"),
            EnumSet.of(RuleEffect.ALLOW, RuleEffect.REQUIRE_APPROVAL, RuleEffect.DENY),
            Map.of("plugin", Shapes.PLUGIN, "action", ValueType.STRING, "release", Shapes.RELEASE)),

    /**
     * A model or a tool has answered, and nobody has seen it yet. The names of the other kind are empty, as is the text
     * for a rule that does not ask for it.
     */
    OUTPUT(
            List.of("tool", "model", "plugin", "agent"),
            EnumSet.of(RuleEffect.ALLOW, RuleEffect.REDACT, RuleEffect.DENY),
            Map.of(
                    "output",
                    structure(
                            "output",
                            "kind",
                            ValueType.STRING,
                            "text",
                            ValueType.STRING,
                            "characters",
                            ValueType.INTEGER,
                            "failed",
                            ValueType.BOOLEAN),
                    "model",
                    Shapes.MODEL,
                    "tool",
                    structure("tool", "name", ValueType.STRING, "effect", ValueType.STRING),
                    "plugin",
                    Shapes.PLUGIN));

    private static final Map<String, ValueType> EVERYWHERE = Map.of(
            "tenant",
            ValueType.STRING,
            "principal",
            new ValueType.Attributed(ValueType.STRING, Map.of("roles", ValueType.TEXTS, "groups", ValueType.TEXTS)),
            "agent",
            ValueType.STRING,
            "execution",
            ValueType.STRING,
            "time",
            structure("time", "hour", ValueType.INTEGER, "weekday", ValueType.INTEGER, "date", ValueType.STRING));

    private final List<String> scopes;
    private final Set<RuleEffect> effects;
    private final Map<String, ValueType> variables;

    PolicyPoint(List<String> scopes, Set<RuleEffect> effects, Map<String, ValueType> own) {
        this.scopes = scopes;
        this.effects = Set.copyOf(effects);
        this.variables = own;
    }

    /** The point of that word. */
    static Optional<PolicyPoint> ofWord(String word) {
        return Arrays.stream(values())
                .filter(point -> point.word().equals(word))
                .findFirst();
    }

    /** How documents write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What a rule can be confined to here, the most telling first. */
    List<String> scopes() {
        return scopes;
    }

    /** What a rule can come to here, the weakest first. */
    Set<RuleEffect> effects() {
        return new TreeSet<>(effects);
    }

    /** What a condition can speak of here, by name. */
    Map<String, ValueType> variables() {
        Map<String, ValueType> all = new LinkedHashMap<>(EVERYWHERE);
        all.putAll(variables);
        return all;
    }

    /** What rules can be confined to, as those values name it. */
    Map<String, String> names(JsonObject values) {
        Map<String, String> names = new LinkedHashMap<>();
        for (String kind : scopes) {
            Optional<String> name = kind.equals("agent")
                    ? values.text(kind)
                    : values.object(kind).flatMap(object -> object.text(kind.equals("plugin") ? "id" : "name"));
            name.ifPresent(text -> names.put(kind, text));
        }
        return names;
    }

    /** The words of all points. */
    static String words() {
        return Arrays.stream(values()).map(PolicyPoint::word).collect(Collectors.joining(", "));
    }

    /** The language of conditions here. */
    ExpressionLanguage language() {
        return Languages.OF.get(ordinal());
    }

    private static ValueType structure(String name, Object... members) {
        Map<String, ValueType> types = new LinkedHashMap<>();
        for (int i = 0; i < members.length; i += 2) {
            types.put((String) members[i], (ValueType) members[i + 1]);
        }
        return new ValueType.Structure(name, types);
    }

    /** What several points know. */
    private static final class Shapes {
        static final ValueType MODEL = structure(
                "model",
                "name",
                ValueType.STRING,
                "provider",
                ValueType.STRING,
                "region",
                ValueType.STRING,
                "country",
                ValueType.STRING,
                "retention",
                ValueType.STRING,
                "declaredBy",
                ValueType.STRING);
        static final ValueType PLUGIN = structure("plugin", "id", ValueType.STRING, "version", ValueType.STRING);
        static final ValueType RELEASE = structure(
                "release",
                "signed",
                ValueType.BOOLEAN,
                "publisher",
                ValueType.STRING,
                "fingerprint",
                ValueType.STRING,
                "registry",
                ValueType.STRING,
                "size",
                ValueType.INTEGER,
                "license",
                ValueType.STRING,
                "requires",
                ValueType.STRING,
                "previous",
                ValueType.STRING,
                "permissions",
                ValueType.ARRAY,
                "added",
                ValueType.ARRAY,
                "billed",
                ValueType.BOOLEAN,
                "components",
                ValueType.ARRAY);
        static final ValueType REQUEST = structure(
                "request",
                "kind",
                ValueType.STRING,
                "text",
                ValueType.STRING,
                "characters",
                ValueType.INTEGER,
                "messages",
                ValueType.INTEGER,
                "tools",
                ValueType.ARRAY,
                "maxOutputTokens",
                ValueType.INTEGER);
    }

    /** Made when the first rule is read; a server without rules never needs them. */
    private static final class Languages {
        static final List<ExpressionLanguage> OF = Arrays.stream(values())
                .map(point -> new ExpressionLanguage(point.variables()))
                .toList();
    }
}
