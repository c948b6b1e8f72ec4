package dev.agentos.pluginruntime;

import dev.agentos.spi.Permission;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The permissions that an administrator accepts. Nothing is granted that a plugin does not declare; what was granted to
 * the version before stays granted while the new one declares it.
 *
 * @param accepted for the plugin that is asked for
 * @param dependencies for the plugins that it brings along, by their ids
 * @param acceptAll accepts whatever the plugins declare, the critical ones aside
 * @param acceptCritical allows permissions of critical risk, which end the sandbox
 * @param sha512 the digest of the file that the administrator was shown; any file when empty
 */
public record Consent(
        Set<Permission> accepted,
        Map<String, Set<Permission>> dependencies,
        boolean acceptAll,
        boolean acceptCritical,
        Optional<String> sha512) {

    /** Accepts nothing. */
    public static final Consent NONE = new Consent(Set.of(), Map.of(), false, false, Optional.empty());

    /** Accepts whatever is declared and not critical. */
    public static final Consent ALL = new Consent(Set.of(), Map.of(), true, false, Optional.empty());

    public Consent {
        accepted = Set.copyOf(accepted);
        dependencies = Map.copyOf(dependencies);
    }

    /** Accepts exactly these permissions of the plugin that is asked for. */
    public static Consent of(Set<Permission> accepted) {
        return new Consent(accepted, Map.of(), false, false, Optional.empty());
    }
}
