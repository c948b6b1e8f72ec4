package dev.agentos.pluginruntime;

import dev.agentos.pluginruntime.InstallPlan.PermissionStatus;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind.Risk;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.spi.Permissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The permissions that an administrator accepts. Nothing is granted that a plugin does not declare; what was granted to
 * the version before stays granted while the new one declares it.
 *
 * @param accepted for the plugin that is asked for and those that it brings along
 * @param acceptAll accepts whatever the plugins declare, the critical ones aside
 * @param acceptCritical allows permissions of critical risk, which end the sandbox
 * @param sha512 the digest of the file that the administrator was shown; any file when empty
 */
public record Consent(Set<Permission> accepted, boolean acceptAll, boolean acceptCritical, Optional<String> sha512) {

    /** Accepts nothing. */
    public static final Consent NONE = new Consent(Set.of(), false, false, Optional.empty());

    /** Accepts whatever is declared and not critical. */
    public static final Consent ALL = new Consent(Set.of(), true, false, Optional.empty());

    public Consent {
        accepted = Set.copyOf(accepted);
    }

    /** Accepts exactly these permissions. */
    public static Consent of(Set<Permission> accepted) {
        return new Consent(accepted, false, false, Optional.empty());
    }

    /** Each declared permission and whether it would be granted. */
    static List<PermissionStatus> statuses(PluginFile file, Optional<InstalledPlugin> installed, Consent consent) {
        Permissions before =
                Permissions.of(installed.map(row -> row.release().grants()).orElse(List.of()));
        Permissions wantedOnes = Permissions.of(consent.accepted());
        return file.permissions().stream()
                .map(request -> {
                    Permission permission = request.permission();
                    boolean critical = permission.kind().risk() == Risk.CRITICAL;
                    boolean kept = before.covers(permission);
                    boolean wanted = wantedOnes.covers(permission) || consent.acceptAll();
                    boolean granted = kept || (wanted && (!critical || consent.acceptCritical()));
                    return new PermissionStatus(request, granted, !kept);
                })
                .toList();
    }

    /** What another version may do more or less, once all that it declares is granted. */
    static List<Permissions.Change> changes(InstalledPlugin installed, PluginFile file) {
        return Permissions.of(installed.release().grants())
                .changesTo(Permissions.of(file.permissions().stream()
                        .map(PermissionRequest::permission)
                        .toList()));
    }

    /**
     * What is granted to a plugin.
     *
     * @throws AgentOsException {@code plugin:CONSENT_REQUIRED} naming each permission that is missing
     */
    static List<Permission> grants(PluginVersion plugin, List<PermissionStatus> statuses, Consent consent) {
        List<String> missing = new ArrayList<>();
        List<Permission> granted = new ArrayList<>();
        for (PermissionStatus status : statuses) {
            PermissionRequest request = status.request();
            if (status.granted()) {
                granted.add(request.permission());
            } else if (!request.optional()) {
                boolean critical = request.permission().kind().risk() == Risk.CRITICAL;
                missing.add("'" + request.permission() + "'"
                        + (critical && !consent.acceptCritical() ? " (critical)" : ""));
            }
        }
        if (!missing.isEmpty()) {
            throw new AgentOsException(
                    PluginErrorCode.CONSENT_REQUIRED,
                    "Plugin " + plugin + " cannot do without " + String.join(", ", missing) + ".",
                    "Accept what is named, and for critical ones accept that they end the sandbox, or do without the"
                            + " plugin.");
        }
        return granted;
    }
}
