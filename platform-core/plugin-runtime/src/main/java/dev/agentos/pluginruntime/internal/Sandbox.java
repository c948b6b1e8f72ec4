package dev.agentos.pluginruntime.internal;

import dev.agentos.guard.Denial;
import dev.agentos.guard.DenialListener;
import dev.agentos.guard.Guard;
import dev.agentos.guard.GuardedPlugin;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the code of plugins under the guard, as far as there is one. */
public final class Sandbox {

    private static final Logger LOG = LoggerFactory.getLogger(Sandbox.class);

    private final Set<String> sharedPackages;

    /**
     * A sandbox.
     *
     * @param sharedPackages the packages of the host that plugins may use
     */
    public Sandbox(Set<String> sharedPackages) {
        this.sharedPackages = Set.copyOf(sharedPackages);
        Guard.export(this.sharedPackages);
    }

    /** Whether plugins are watched in this process. */
    public static boolean isGuarded() {
        return Guard.isPresent();
    }

    /**
     * Limits the code of a class loader to the grants; nothing happens in a process without the guard.
     *
     * @param told besides the server's log, of each permission that was refused
     * @throws AgentOsException {@code plugin:UNGUARDED} if the guard is there and cannot do it
     */
    public Confinement confine(
            String plugin, ClassLoader loader, List<Permission> grants, PluginFolders folders, DenialListener told) {
        if (!Guard.isPresent()) {
            return new Confinement(Optional.empty());
        }
        GrantPolicy policy = new GrantPolicy(grants, folders, sharedPackages);
        // What the policy is made of is linked here and not in the middle of a check.
        for (String act : List.of("fs.stat", "fs.read", "net.resolve", "net.connect", "native.load", "native.memory")) {
            policy.allows(act, "/");
        }
        policy.mayLink("java.lang.Object");
        policy.mayLink("dev.agentos.Unknown");
        try {
            GuardedPlugin guarded = Guard.register(loader, plugin, policy, (id, permission, sink) -> {
                tell(id, permission, sink);
                told.denied(id, permission, sink);
            });
            if (policy.isNative()) {
                Guard.openNativeAccess();
            }
            return new Confinement(Optional.of(guarded));
        } catch (IllegalStateException e) {
            throw new AgentOsException(
                    PluginErrorCode.UNGUARDED,
                    "Plugin " + plugin + " is not loaded: nothing would hold it to its permissions. " + e.getMessage()
                            + ".",
                    "Start the server on the Java that it was built for.",
                    e);
        }
    }

    private static void tell(String plugin, String permission, String sink) {
        LOG.warn("Plugin {} was denied '{}' at {}; further denials of it are counted", plugin, permission, sink);
    }

    /** A confined plugin; closed when it is unloaded, after which its code may do nothing. */
    public static final class Confinement implements AutoCloseable {

        private final Optional<GuardedPlugin> guarded;

        private Confinement(Optional<GuardedPlugin> guarded) {
            this.guarded = guarded;
        }

        /** What the plugin was denied so far. */
        public List<Denial> denials() {
            return guarded.map(GuardedPlugin::denials).orElse(List.of());
        }

        @Override
        public void close() {
            guarded.ifPresent(GuardedPlugin::close);
        }
    }
}
