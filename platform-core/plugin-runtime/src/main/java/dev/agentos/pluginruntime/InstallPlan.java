package dev.agentos.pluginruntime;

import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.spi.Permissions;
import dev.agentos.verifier.Signer;
import java.util.List;
import java.util.Optional;

/**
 * What an installation or a swap would do.
 *
 * @param steps the plugins that would be installed or replaced, dependencies first; the one asked for is last
 * @param dependants installed plugins that depend on the one asked for
 * @param warnings what speaks against it without forbidding it, in sentences
 */
public record InstallPlan(List<Step> steps, List<String> dependants, List<String> warnings) {
    public InstallPlan {
        steps = List.copyOf(steps);
        dependants = List.copyOf(dependants);
        warnings = List.copyOf(warnings);
    }

    /**
     * One plugin that would be installed or replaced.
     *
     * @param plugin its new version
     * @param installed the version that is installed now
     * @param signer who signed it
     * @param permissions what it declares
     * @param changes what it may do more or less than the installed version; none when there is no such
     * @param readme what it says of itself at length, in Markdown by whoever wrote it
     * @param placement where its code would run
     */
    public record Step(
            PluginVersion plugin,
            Optional<String> installed,
            Optional<Signer> signer,
            List<PermissionStatus> permissions,
            List<Permissions.Change> changes,
            Optional<String> readme,
            Placement placement) {
        public Step {
            changes = List.copyOf(changes);
            permissions = List.copyOf(permissions);
        }
    }

    /**
     * Where the code of a plugin runs.
     *
     * @param isolated whether in a process of its own
     * @param because why there, as the end of a sentence
     */
    public record Placement(boolean isolated, String because) {}

    /**
     * A declared permission and where it stands.
     *
     * @param request what the plugin declares
     * @param grants what is granted of it, or would be with the consent given: all of it, parts of it, or nothing
     * @param added whether the installed version has no grant of it
     */
    public record PermissionStatus(PermissionRequest request, List<Permission> grants, boolean added) {
        public PermissionStatus {
            grants = List.copyOf(grants);
        }

        /** Whether at least a part of it is granted. */
        public boolean granted() {
            return !grants.isEmpty();
        }
    }
}
