package dev.agentos.guard;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One plugin as the guard knows it: its loader, its policy, and what it was refused. */
final class Domain {

    /** What stands for code of class loaders that nobody registered: it may do nothing. */
    static final Domain STRANGER = new Domain("unknown", null, new NoGrants(), new Silence());

    private static final int MOST_DENIALS = 500;
    private static final int MOST_REMEMBERED = 512;

    final String plugin;
    final AtomicInteger platformThreads = new AtomicInteger();
    final AtomicInteger virtualThreads = new AtomicInteger();
    final AtomicInteger helpers = new AtomicInteger();
    final Children children = new Children();
    private final @Nullable WeakReference<ClassLoader> loader;
    private final PluginPolicy policy;
    private final DenialListener listener;
    private final ConcurrentHashMap<String, Count> denials = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Boolean> links = new ConcurrentHashMap<>();
    private volatile boolean revoked;

    Domain(String plugin, @Nullable ClassLoader loader, PluginPolicy policy, DenialListener listener) {
        this.plugin = plugin;
        this.loader = loader == null ? null : new WeakReference<>(loader);
        this.policy = policy;
        this.listener = listener;
    }

    private record Count(String sink, AtomicLong times) {}

    boolean owns(@Nullable ClassLoader other) {
        return other != null && loader != null && loader.get() == other;
    }

    boolean isGone() {
        return loader != null && loader.get() == null;
    }

    void revoke() {
        revoked = true;
        children.close();
    }

    boolean isRevoked() {
        return revoked;
    }

    boolean allows(String act, String target) {
        return !revoked && policy.allows(act, target);
    }

    boolean mayLink(String owner) {
        if (revoked) {
            return false;
        }
        Boolean known = links.get(owner);
        if (known != null) {
            return known.booleanValue();
        }
        boolean allowed = policy.mayLink(owner);
        if (links.size() < MOST_REMEMBERED) {
            links.put(owner, Boolean.valueOf(allowed));
        }
        return allowed;
    }

    /** Counts a refusal and tells of the first of its kind. */
    void refused(String permission, String sink) {
        Count count = denials.get(permission);
        if (count == null) {
            if (denials.size() >= MOST_DENIALS) {
                return;
            }
            Count fresh = new Count(sink, new AtomicLong());
            count = denials.putIfAbsent(permission, fresh);
            if (count == null) {
                count = fresh;
                listener.denied(plugin, permission, sink);
            }
        }
        count.times().incrementAndGet();
    }

    List<Denial> denials() {
        List<Denial> all = new ArrayList<>();
        for (var entry : denials.entrySet()) {
            Count count = entry.getValue();
            all.add(new Denial(entry.getKey(), count.sink(), count.times().get()));
        }
        return List.copyOf(all);
    }

    private static final class NoGrants implements PluginPolicy {
        @Override
        public boolean allows(String act, String target) {
            return false;
        }

        /** It may be any plugin's doing, so that it reaches what all of them do and nothing else of the host. */
        @Override
        public boolean mayLink(String owner) {
            return ReservedApi.isJdkName(owner) ? ReservedApi.mayLink(owner) : Kinds.INSTANCE.isExported(owner);
        }
    }

    private static final class Silence implements DenialListener {
        @Override
        public void denied(String plugin, String permission, String sink) {
            // Nobody is there to be told of code that belongs to no plugin.
        }
    }
}
