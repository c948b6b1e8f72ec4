package dev.agentos.guard;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** What a class on the stack stands for: a plugin, the JDK, the host; decided once per class, by its loader. */
final class Kinds extends ClassValue<Object> {

    /** The JDK: it acts for whoever calls it. */
    static final Object JDK = new Object();

    /** Of the JDK, what carries a call without being its author: reflection, method handles, constants. */
    static final Object PLUMBING = new Object();

    /** A library or class of the host: it acts for whoever calls it, too. */
    static final Object SHARED = new Object();

    /** A library of the host that plugins may use as well: what it does by reflection may be a plugin's wish. */
    static final Object EXPORTED = new Object();

    /** A class of the host that acts in its own name, having checked what it was asked. */
    static final Object FACADE = new Object();

    static final Kinds INSTANCE = new Kinds();

    private static final String[] CARRIERS = {
        "java.lang.invoke.",
        "java.lang.reflect.",
        "java.lang.constant.",
        "jdk.internal.reflect.",
        "jdk.internal.constant."
    };

    private static final String GUARD = "dev.agentos.guard.";

    private static final @Nullable ClassLoader HOST = Kinds.class.getClassLoader();
    private static final @Nullable ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();

    /** Compared by identity: a loader may say what it likes about being equal. */
    private final CopyOnWriteArrayList<Domain> domains = new CopyOnWriteArrayList<>();

    private volatile Set<String> facades = Set.of();
    private volatile Set<String> exported = Set.of();

    private Kinds() {}

    static boolean isHost(@Nullable ClassLoader loader) {
        return loader == HOST;
    }

    static boolean isJdk(@Nullable ClassLoader loader) {
        return loader == null || loader == PLATFORM;
    }

    /** Whether it is the guard's own. */
    static boolean isOfGuard(Class<?> type) {
        return isHost(type.getClassLoader()) && type.getName().startsWith(GUARD);
    }

    void add(Domain domain) {
        for (Domain other : domains) {
            if (other.isGone()) {
                domains.remove(other);
            }
        }
        domains.add(domain);
    }

    @Nullable
    Domain of(@Nullable ClassLoader loader) {
        if (loader != null) {
            for (Domain domain : domains) {
                if (domain.owns(loader)) {
                    return domain;
                }
            }
        }
        return null;
    }

    void export(Set<String> packages) {
        exported = Set.copyOf(packages);
    }

    /** Whether a class of that name is in a package that plugins may use as well. */
    boolean isExported(String name) {
        return exported.contains(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
    }

    synchronized void trust(Class<?> facade) {
        Set<String> more = new HashSet<>(facades);
        more.add(facade.getName());
        facades = more;
        remove(facade);
    }

    @Override
    protected Object computeValue(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        if (isJdk(loader)) {
            String name = type.getName();
            for (String start : CARRIERS) {
                if (name.startsWith(start)) {
                    return PLUMBING;
                }
            }
            return JDK;
        }
        if (isHost(loader)) {
            Class<?> host = type.getNestHost();
            if (isOfGuard(host) || facades.contains(host.getName())) {
                return FACADE;
            }
            return exported.contains(type.getPackageName()) ? EXPORTED : SHARED;
        }
        Domain domain = of(loader);
        return domain == null ? Domain.STRANGER : domain;
    }
}
