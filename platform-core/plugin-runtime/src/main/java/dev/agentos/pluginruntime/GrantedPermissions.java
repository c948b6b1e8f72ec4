package dev.agentos.pluginruntime;

import dev.agentos.guard.Guard;
import dev.agentos.outbound.Grants;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an administrator allowed one version of a plugin to do, and what the host has refused it. */
public final class GrantedPermissions implements Grants {

    private static final Logger LOG = LoggerFactory.getLogger(GrantedPermissions.class);
    private static final int MOST_DENIALS = 500;

    private final PluginVersion plugin;
    private final List<Permission> permissions;
    private final Map<Permission, AtomicLong> denials = new ConcurrentHashMap<>();
    private volatile Consumer<Permission> listener = act -> {};
    private volatile boolean closed;

    /** These of that version. */
    public GrantedPermissions(PluginVersion plugin, List<Permission> permissions) {
        this.plugin = plugin;
        this.permissions = List.copyOf(permissions);
    }

    /** Whose grants these are. */
    public PluginVersion plugin() {
        return plugin;
    }

    /** The grants. */
    @Override
    public List<Permission> permissions() {
        return permissions;
    }

    /** Hears of each act that the host refuses, the first time. */
    public void onDenial(Consumer<Permission> told) {
        listener = told;
    }

    /** Takes everything back: the version is unloaded, and code of it that stays behind may do nothing. */
    void close() {
        closed = true;
    }

    /** Whether a grant covers the act. */
    public boolean allows(Permission act) {
        return !closed && permissions.stream().anyMatch(grant -> grant.covers(act));
    }

    /**
     * Passes when a grant covers the act and no other plugin asks: what a plugin was lent is of no use to another one
     * that it hands it to.
     *
     * @throws AgentOsException {@code plugin:PERMISSION_DENIED} naming plugin and permission
     */
    @Override
    public void require(Permission act) {
        Optional<String> other = Guard.caller().filter(caller -> !caller.equals(plugin.plugin()));
        if (other.isPresent()) {
            count(act);
            throw new AgentOsException(
                    PluginErrorCode.PERMISSION_DENIED,
                    "Plugin " + other.get() + " lacks permission '" + act + "': what it was handed is lent to plugin "
                            + plugin + ".",
                    "A plugin declares what it does itself, and uses what the host lends to it.");
        }
        if (!allows(act)) {
            count(act);
            throw new AgentOsException(
                    PluginErrorCode.PERMISSION_DENIED,
                    "Plugin " + plugin
                            + (closed ? " is unloaded and may do nothing." : " lacks the permission '" + act + "'."),
                    "An administrator grants it when the plugin declares it; else the plugin must declare it first.");
        }
    }

    /** What the host refused, and how often. */
    public List<PluginStatus.Denied> denials() {
        return denials.entrySet().stream()
                .map(entry -> new PluginStatus.Denied(
                        entry.getKey().toString(), "host", entry.getValue().get()))
                .toList();
    }

    private void count(Permission act) {
        AtomicLong before = denials.get(act);
        if (before == null && denials.size() < MOST_DENIALS) {
            AtomicLong fresh = new AtomicLong();
            before = denials.putIfAbsent(act, fresh);
            if (before == null) {
                LOG.warn("Plugin {} was denied '{}' by the host; further denials of it are counted", plugin, act);
                listener.accept(act);
                before = fresh;
            }
        }
        if (before != null) {
            before.incrementAndGet();
        }
    }
}
