package dev.agentos.guard;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the checks in the JDK arrive. Nothing here is linked or loaded at the first call: the JDK is in its midst. */
final class Checkpoint {

    private static List<Sink> given = List.of();
    private static @Nullable Class<?> bridge;

    private Checkpoint() {}

    /** What checks are made with: for good, whoever would like to set it anew. */
    private static final class Armed {
        static final List<Sink> SINKS = List.copyOf(given);
        static final Callers CALLERS = new Callers(Objects.requireNonNull(bridge));

        private Armed() {}
    }

    /** To be called before there is a check anywhere. */
    static void arm(List<Sink> all, Class<?> of) {
        given = all;
        bridge = of;
        // Linked here and not at the first check.
        for (int id = 0; id < Armed.SINKS.size(); id++) {
            author(Armed.SINKS.get(id).rule(), Armed.CALLERS, null, null);
        }
    }

    /** Called before the method's own code; throws when the act is refused. */
    static void check(int id, @Nullable Object a, @Nullable Object b, @Nullable Object c) throws Throwable {
        Sink sink = Armed.SINKS.get(id);
        Callers stack = Armed.CALLERS;
        Rule rule = sink.rule();
        if (rule == Rule.CLASS_LOAD && a instanceof String name && isHarmless(name)) {
            return;
        }
        Domain plugin = author(rule, stack, a, b);
        if (plugin == null) {
            return;
        }
        String lacking =
                plugin.isRevoked() ? Judgement.ofRevoked(rule, plugin, a) : Judgement.lacking(rule, plugin, a, b, c);
        boolean excusable = rule.mode == Rule.Mode.EFFECT || rule.mode == Rule.Mode.DIRECT;
        if (lacking == null || (excusable && stack.excused(rule))) {
            return;
        }
        // One check stands for the loaders of all plugins.
        String at = rule == Rule.CLASS_LINK && b != null ? b.getClass().getName() + ".loadClass" : sink.name();
        plugin.refused(lacking, at);
        throw sink.refusal().exception(refusal(plugin, lacking, at));
    }

    private static String refusal(Domain plugin, String lacking, String at) {
        return "plugin " + plugin.plugin + " lacks permission " + lacking + " (" + at + ')';
    }

    /** A name that needs no question: what the class can do is asked when it is used. */
    private static boolean isHarmless(String name) {
        return name.startsWith("java.") && ReservedApi.mayLink(name);
    }

    /** A name of the JDK's parsers: they find each other by their names. */
    private static boolean isOfXml(String name) {
        return name.startsWith("com.sun.org.apache.")
                || name.startsWith("com.sun.xml.internal.")
                || name.startsWith("jdk.xml.internal.");
    }

    /** Whether it is about the guard itself, which is no plugin's business by whatever way. */
    private static boolean isOfGuard(@Nullable Object about) {
        if (about instanceof Class<?> type) {
            return Kinds.isOfGuard(type);
        }
        if (about instanceof Method || about instanceof Field || about instanceof Constructor<?>) {
            return Kinds.isOfGuard(((Member) about).getDeclaringClass());
        }
        return false;
    }

    private static @Nullable Domain author(Rule rule, Callers stack, @Nullable Object a, @Nullable Object b) {
        if (rule.reflects && (isOfGuard(a) || isOfGuard(b))) {
            return stack.nearest();
        }
        switch (rule.mode) {
            case CALLER:
                Object kind = a instanceof Class<?> caller ? Kinds.INSTANCE.get(caller) : Kinds.JDK;
                if (kind instanceof Domain domain) {
                    return domain;
                }
                return kind == Kinds.EXPORTED ? stack.nearest() : null;
            case LOADER:
                return b instanceof ClassLoader loader ? Kinds.INSTANCE.of(loader) : null;
            case DIRECT, ALWAYS:
                if (rule == Rule.JVM_PROPERTY) {
                    return SecretProperties.contains(a) ? stack.behindXml() : null;
                }
                boolean byName = rule == Rule.CLASS_FOR_NAME || rule == Rule.CLASS_LOAD;
                return byName && a instanceof String name && !isOfXml(name) ? stack.behindXml() : stack.direct();
            default:
                // Most changes of properties are of somebody's own; the stack need not be asked.
                return rule == Rule.JVM_PROPERTIES_CHANGE && a != JdkFields.PROPERTIES ? null : stack.nearest();
        }
    }

    /** Called with what the method returns; answers what the caller gets. */
    static @Nullable Object result(@Nullable Object returned, int id, @Nullable Object argument) throws Throwable {
        if (returned == null) {
            return null;
        }
        Sink sink = Armed.SINKS.get(id);
        if (sink.rule() == Rule.NET_RESOLVED) {
            Targets.resolved(String.valueOf((String) argument), (java.net.InetAddress[]) returned);
            return returned;
        }
        if (sink.rule() == Rule.PROCESS_STARTED) {
            Process child = (Process) returned;
            Domain parent = Armed.CALLERS.nearest();
            if (parent != null && !parent.children.begun(child)) {
                child.destroyForcibly();
                parent.refused(Children.TOO_MANY, sink.name());
                throw sink.refusal().exception(refusal(parent, Children.TOO_MANY, sink.name()));
            }
            return returned;
        }
        if (sink.rule() == Rule.JVM_PROVIDER_VIEW) {
            return Armed.CALLERS.nearest() == null ? returned : ProviderViews.copy((Set<?>) returned);
        }
        Domain plugin = Armed.CALLERS.direct();
        if (plugin == null) {
            return returned;
        }
        switch (sink.rule()) {
            case ENV_READ:
                if (plugin.allows("env.read", String.valueOf((String) argument))) {
                    return returned;
                }
                plugin.refused("env.read " + argument, sink.name());
                return null;
            case ENV_READ_ALL:
                return variables(plugin, (Map<?, ?>) returned, sink);
            default:
                return SecretProperties.without((Properties) returned);
        }
    }

    private static Map<String, String> variables(Domain plugin, Map<?, ?> all, Sink sink) {
        Map<String, String> granted = new java.util.HashMap<>();
        for (Map.Entry<?, ?> entry : all.entrySet()) {
            String name = String.valueOf(entry.getKey());
            if (plugin.allows("env.read", name)) {
                granted.put(name, String.valueOf(entry.getValue()));
            }
        }
        if (granted.size() < all.size()) {
            plugin.refused("env.read *", sink.name());
        }
        return granted;
    }
}
