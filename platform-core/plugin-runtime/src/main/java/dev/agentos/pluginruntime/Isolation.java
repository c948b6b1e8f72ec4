package dev.agentos.pluginruntime;

import dev.agentos.verifier.Signer;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Which plugins run in processes of their own when they are installed and nobody says where. */
public enum Isolation {
    /** None. */
    NONE,
    /** Those that nobody signed, or somebody who has no plugin in the server's process yet. */
    UNTRUSTED,
    /** All but what the server brings itself. */
    ALL;

    /** As the setting has it. */
    @Override
    public String toString() {
        return "the server is set to isolate-plugins=" + name().toLowerCase(Locale.ROOT);
    }

    /**
     * Where a plugin comes to run.
     *
     * @param said what the request says of just this plugin
     * @param trusted the certificates of those who have plugins in the server's process
     */
    InstallPlan.Placement place(
            PluginFile file,
            Optional<Boolean> said,
            Optional<InstalledPlugin> installed,
            boolean brought,
            Set<String> trusted) {
        if (said.isPresent()) {
            return new InstallPlan.Placement(said.get(), "the request says so");
        }
        if (installed.isPresent()) {
            return new InstallPlan.Placement(installed.get().isolated(), "the installed version does");
        }
        if (brought) {
            return new InstallPlan.Placement(false, "the server brings it");
        }
        if (this != UNTRUSTED) {
            return new InstallPlan.Placement(this == ALL, toString());
        }
        Optional<Signer> signer = file.signer();
        if (signer.isEmpty()) {
            return new InstallPlan.Placement(true, "nobody signed it, and " + this);
        }
        return trusted.contains(signer.get().fingerprint())
                ? new InstallPlan.Placement(false, "its publisher has plugins there already")
                : new InstallPlan.Placement(
                        true, "its publisher has no plugin in the server's process yet, and " + this);
    }

    /** The certificates of those who have plugins in the server's process. */
    static Set<String> trusted(List<Publishers.Binding> bindings, Iterable<InstalledPlugin> installed) {
        Set<String> inside = new HashSet<>();
        installed.forEach(row -> {
            if (!row.isolated()) {
                inside.add(row.id());
            }
        });
        return bindings.stream()
                .filter(binding -> inside.contains(binding.plugin()))
                .map(Publishers.Binding::fingerprint)
                .collect(Collectors.toSet());
    }
}
