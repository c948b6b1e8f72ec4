package dev.agentos.guard;

import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Where the checks in the JDK arrive. Nothing here is linked or loaded at the first call: the JDK is in its midst. */
final class Checkpoint {

    private static volatile Sink @Nullable [] sinks;
    private static volatile @Nullable Callers callers;

    private Checkpoint() {}

    /** From here on checks are made. */
    static void arm(Sink[] all, Class<?> bridge) {
        callers = new Callers(bridge);
        sinks = all;
    }

    /** Called before the method's own code; throws when the act is refused. */
    static void check(int id, @Nullable Object a, @Nullable Object b, @Nullable Object c) throws Throwable {
        Sink[] all = sinks;
        Callers stack = callers;
        if (all == null || stack == null) {
            return;
        }
        Sink sink = all[id];
        Rule rule = sink.rule();
        if (rule == Rule.CLASS_LOAD && a instanceof String name && isHarmless(name)) {
            return;
        }
        Domain plugin = author(rule, stack, a, b);
        if (plugin == null) {
            return;
        }
        String lacking = plugin.isRevoked() ? Judgement.ofRevoked(rule, a) : Judgement.lacking(rule, plugin, a, b, c);
        boolean excusable = rule.mode == Rule.Mode.EFFECT || rule.mode == Rule.Mode.DIRECT;
        if (lacking == null || (excusable && stack.excused(rule))) {
            return;
        }
        plugin.refused(lacking, sink.name());
        throw sink.refusal()
                .exception("plugin " + plugin.plugin + " lacks permission " + lacking + " (" + sink.name() + ')');
    }

    /**
     * A name that needs no question: what the class can do is asked when it is used. Among them is all that this check
     * is made of, which the virtual machine resolves by the same method while it is here.
     */
    private static boolean isHarmless(String name) {
        return name.startsWith("java.") ? ReservedApi.mayLink(name) : name.startsWith("dev.agentos.guard.");
    }

    private static @Nullable Domain author(Rule rule, Callers stack, @Nullable Object a, @Nullable Object b) {
        switch (rule.mode) {
            case CALLER:
                Object kind = a instanceof Class<?> caller ? Kinds.INSTANCE.get(caller) : Kinds.JDK;
                if (kind instanceof Domain domain) {
                    return domain;
                }
                return kind == Kinds.EXPORTED ? stack.nearest() : null;
            case LOADER:
                return b instanceof ClassLoader loader ? Kinds.INSTANCE.of(loader) : null;
            case DIRECT:
                return stack.direct();
            case DEPUTY:
                return stack.deputy();
            default:
                // Most changes of properties are of somebody's own; the stack need not be asked.
                return rule == Rule.JVM_PROPERTIES_CHANGE && a != JdkFields.PROPERTIES ? null : stack.nearest();
        }
    }

    /** Called with what the method returns; answers what the caller gets. */
    static @Nullable Object result(@Nullable Object returned, int id, @Nullable Object argument) {
        Sink[] all = sinks;
        Callers stack = callers;
        if (all == null || stack == null || returned == null) {
            return returned;
        }
        Sink sink = all[id];
        if (sink.rule() == Rule.NET_RESOLVED) {
            Targets.resolved(String.valueOf((String) argument), (java.net.InetAddress[]) returned);
            return returned;
        }
        Domain plugin = stack.direct();
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
