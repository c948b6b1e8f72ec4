package dev.agentos.pluginruntime;

import dev.agentos.spi.Permission;
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
}
