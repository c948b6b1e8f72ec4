package dev.agentos.pluginruntime;

import dev.agentos.outbound.Grants;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import java.util.List;

/**
 * What an administrator allowed one version of a plugin to do.
 *
 * @param plugin whose grants these are
 * @param permissions the grants
 */
public record GrantedPermissions(PluginVersion plugin, List<Permission> permissions) implements Grants {
    public GrantedPermissions {
        permissions = List.copyOf(permissions);
    }

    /** Whether a grant covers the act. */
    public boolean allows(Permission act) {
        return permissions.stream().anyMatch(grant -> grant.covers(act));
    }

    /**
     * Passes when a grant covers the act.
     *
     * @throws AgentOsException {@code plugin:PERMISSION_DENIED} naming plugin and permission
     */
    @Override
    public void require(Permission act) {
        if (!allows(act)) {
            throw new AgentOsException(
                    PluginErrorCode.PERMISSION_DENIED,
                    "Plugin " + plugin + " lacks the permission '" + act + "'.",
                    "An administrator grants it when the plugin declares it; else the plugin must declare it first.");
        }
    }
}
