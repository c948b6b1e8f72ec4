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
import java.util.stream.Stream;

/**
 * The permissions that an administrator accepts, each as a plugin declares it or a part of that, as one host of all.
 * Nothing is granted that a plugin does not declare; what was granted to the version before stays granted while the new
 * one declares it.
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

    /** The same for that file alone. */
    Consent of(PluginVersion plugin) {
        return new Consent(accepted, acceptAll, acceptCritical, Optional.of(plugin.sha512()));
    }

    /**
     * Refuses another file than the one that was shown.
     *
     * @throws AgentOsException {@code plugin:DIGEST_CHANGED}
     */
    void require(PluginVersion plugin) {
        if (sha512.filter(shown -> !shown.equals(plugin.sha512())).isPresent()) {
            throw new AgentOsException(
                    PluginErrorCode.DIGEST_CHANGED,
                    "The file of plugin " + plugin + " is not the one that consent was given for.",
                    "Look at the new file's permissions and consent to them.");
        }
    }

    /** Each declared permission and what of it would be granted. */
    static List<PermissionStatus> statuses(PluginFile file, Optional<InstalledPlugin> installed, Consent consent) {
        Permissions before =
                Permissions.of(installed.map(row -> row.release().grants()).orElse(List.of()));
        // A part of what another version declares may be all that this one declared: then it asks for more.
        boolean same = installed
                .filter(row -> row.release().sha512().equals(file.plugin().sha512()))
                .isPresent();
        return file.permissions().stream()
                .map(request -> {
                    List<Permission> kept = part(before, request.permission(), same);
                    boolean refused = request.permission().kind().risk() == Risk.CRITICAL && !consent.acceptCritical();
                    List<Permission> wanted = refused
                            ? List.of()
                            : consent.acceptAll()
                                    ? List.of(request.permission())
                                    : part(Permissions.of(consent.accepted()), request.permission(), true);
                    return new PermissionStatus(
                            request,
                            part(Permissions.of(joined(kept, wanted)), request.permission(), true),
                            kept.isEmpty());
                })
                .toList();
    }

    private static List<Permission> joined(List<Permission> some, List<Permission> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    /** What some permissions hold of one that is declared: all of it, or those that are parts of it. */
    private static List<Permission> part(Permissions some, Permission declared, boolean parts) {
        if (some.covers(declared)) {
            return List.of(declared);
        }
        return parts ? some.list().stream().filter(declared::covers).toList() : List.of();
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
                granted.addAll(status.grants());
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
        return granted.stream().distinct().toList();
    }
}
