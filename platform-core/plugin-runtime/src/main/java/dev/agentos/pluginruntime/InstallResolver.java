package dev.agentos.pluginruntime;

import dev.agentos.kernel.Operations;
import dev.agentos.pluginruntime.internal.Verification;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.VersionRange;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pf4j.DefaultVersionManager;
import org.pf4j.DependencyResolver;
import org.pf4j.PluginDependency;
import org.pf4j.PluginDescriptor;
import org.pf4j.VersionManager;

/** Finds the files that an installation needs, verifies them, and makes sure that all plugins together fit. */
final class InstallResolver {

    /** The version of this server, which {@code Plugin-Requires} is about. */
    private static final SemanticVersion SERVER_VERSION = SemanticVersion.parse("0.1.0");

    private static final int MOST_PLUGINS = 50;

    private final PluginFiles files;
    private final ReleaseSource releases;
    private final Verification verifier;
    private final VersionManager versions = new DefaultVersionManager() {
        @Override
        public boolean checkVersionConstraint(String version, String constraint) {
            // A dependency may name a pre-release, of which PF4J's expressions know nothing.
            return VersionRange.parse(constraint).contains(SemanticVersion.parse(version));
        }
    };

    InstallResolver(PluginFiles files, ReleaseSource releases, Verification verifier) {
        this.files = files;
        this.releases = releases;
        this.verifier = verifier;
    }

    /** Keeps what is resolved meanwhile, for who does not have the writer's lock yet. */
    PluginFiles.Hold hold() {
        return files.hold();
    }

    /** Hears which step is under way and how far it is. */
    @FunctionalInterface
    interface Progress {
        /** So much of so much of the step is done; the total is 0 when unknown. */
        void step(long done, long total, String message);

        /** Waits for what may take long; it is interrupted when nobody wants the change any more. */
        default <T> T await(Operations.Wait<T, RuntimeException> wait) {
            return wait.get();
        }

        /** Progress that is reported there, where the change may be cancelled. */
        static Progress of(Operations.Reporter reporter) {
            return new Progress() {
                @Override
                public void step(long done, long total, String message) {
                    reporter.progress(done, total, message);
                }

                @Override
                public <T> T await(Operations.Wait<T, RuntimeException> wait) {
                    return reporter.await(wait);
                }
            };
        }
    }

    /**
     * The plugins to install, dependencies first; the one asked for is last.
     *
     * @param installed the files of all installed plugins, by id
     * @throws AgentOsException {@code plugin:UNKNOWN_RELEASE}, {@code plugin:VERIFICATION_FAILED},
     *     {@code plugin:DEPENDENCY_MISSING} with the tree, or {@code plugin:DIGEST_CHANGED}
     */
    List<PluginFile> resolve(InstallRequest.Source source, Map<String, PluginFile> installed, Progress progress) {
        Map<String, PluginFile> found = new LinkedHashMap<>();
        PluginFile asked = obtain(source, progress);
        found.put(asked.plugin().plugin(), asked);
        List<PluginFile> open = new ArrayList<>(List.of(asked));
        List<String> missing = new ArrayList<>();
        while (!open.isEmpty()) {
            PluginFile next = open.removeFirst();
            for (PluginDependency dependency : next.manifest().getDependencies()) {
                if (dependency.isOptional()
                        || found.containsKey(dependency.getPluginId())
                        || installed.containsKey(dependency.getPluginId())) {
                    continue;
                }
                progress.await(() -> releases.resolve(dependency.getPluginId(), dependency.getPluginVersionSupport()))
                        .ifPresentOrElse(
                                release -> {
                                    PluginFile file = download(release, progress);
                                    found.put(dependency.getPluginId(), file);
                                    open.add(file);
                                },
                                () -> missing.add(next.plugin() + " needs " + dependency.getPluginId() + " "
                                        + dependency.getPluginVersionSupport()));
                if (found.size() > MOST_PLUGINS) {
                    missing.add(asked.plugin() + " needs more than " + MOST_PLUGINS + " other plugins");
                    open.clear();
                    break;
                }
            }
        }
        if (!missing.isEmpty()) {
            throw unsatisfied(
                    missing.stream().map(line -> line + ", which nobody offers").toList());
        }
        List<String> order = order(installed, found);
        return order.stream()
                .filter(found::containsKey)
                .map(found::get)
                .sorted((a, b) -> Boolean.compare(a == asked, b == asked))
                .toList();
    }

    /** Downloads what a release needs before anybody has to wait for its change, at which it is looked at again. */
    void fetch(InstallRequest.Source source, PluginRows rows, Progress progress) {
        if (!(source instanceof InstallRequest.Upload)) {
            try (PluginFiles.Hold held = hold()) {
                resolve(source, rows.installedFiles(), progress);
            }
        }
    }

    /**
     * The order in which plugins are started, dependencies first, when all of them fit together.
     *
     * @throws AgentOsException {@code plugin:DEPENDENCY_MISSING} saying what does not fit
     */
    List<String> order(Map<String, PluginFile> installed, Map<String, PluginFile> changed) {
        Map<String, PluginFile> all = new LinkedHashMap<>(installed);
        all.putAll(changed);
        List<String> wrong = new ArrayList<>();
        for (PluginFile file : changed.values()) {
            String requires = file.manifest().getRequires();
            if (requires != null && !VersionRange.parseRequirement(requires).contains(SERVER_VERSION)) {
                wrong.add(file.plugin() + " needs a server of version " + requires + ", this one is " + SERVER_VERSION);
            }
        }
        DependencyResolver.Result result = resolve(all);
        if (result.hasCyclicDependency()) {
            wrong.add("these plugins need each other in a circle: " + String.join(", ", changed.keySet()));
        }
        changed.values()
                .forEach(file -> file.dependencies().stream()
                        .filter(id -> !all.containsKey(id))
                        .forEach(id -> wrong.add(file.plugin() + " needs " + id + ", which is not installed")));
        result.getWrongVersionDependencies().stream()
                .filter(fault ->
                        changed.containsKey(fault.getDependentId()) || changed.containsKey(fault.getDependencyId()))
                .forEach(fault -> wrong.add(fault.getDependentId() + " needs " + fault.getDependencyId() + " "
                        + fault.getRequiredVersion() + " and would get " + fault.getExistingVersion()));
        if (!wrong.isEmpty()) {
            throw unsatisfied(wrong);
        }
        return result.getSortedPlugins();
    }

    /**
     * The order in which plugins are started when some of them do not fit: those that nothing is known of come last.
     */
    List<String> bestOrder(Map<String, PluginFile> installed) {
        DependencyResolver.Result result = resolve(installed);
        List<String> sorted = result.hasCyclicDependency() ? List.of() : result.getSortedPlugins();
        return Stream.concat(
                        sorted.stream().filter(installed::containsKey),
                        installed.keySet().stream().filter(id -> !sorted.contains(id)))
                .toList();
    }

    private DependencyResolver.Result resolve(Map<String, PluginFile> all) {
        List<PluginDescriptor> descriptors =
                all.values().stream().map(PluginFile::manifest).collect(Collectors.toList());
        return new DependencyResolver(versions).resolve(descriptors);
    }

    private PluginFile obtain(InstallRequest.Source source, Progress progress) {
        return switch (source) {
            case InstallRequest.Upload(Path file) -> {
                progress.step(0, 0, "Verifying " + PluginFile.name(file));
                yield PluginFile.verified(file, verifier, files::hasRun);
            }
            case InstallRequest.Release(String plugin, String range) ->
                download(
                        progress.await(() -> releases.resolve(plugin, range))
                                .orElseThrow(() -> new AgentOsException(
                                        PluginErrorCode.UNKNOWN_RELEASE,
                                        range.equals("*")
                                                ? "The marketplace has no release of a plugin '" + plugin
                                                        + "' that runs on this server."
                                                : "The marketplace has no release " + range + " of plugin '" + plugin
                                                        + "'.",
                                        "Look for the plugin in the marketplace.")),
                        progress);
            case InstallRequest.Offered offered -> download(again(offered, progress), progress);
        };
    }

    /** What was offered, as its registry offers it now. */
    private ReleaseSource.Found again(InstallRequest.Offered offered, Progress progress) {
        PluginVersion plugin = offered.plugin();
        ReleaseSource.Found now = progress.await(() -> releases.resolve(plugin.plugin(), plugin.version()))
                .orElseThrow(() -> new AgentOsException(
                        PluginErrorCode.UNKNOWN_RELEASE,
                        "The marketplace does not offer " + plugin + " any more.",
                        "Forget the update, and look for another version in the marketplace."));
        if (!now.registry().equals(offered.registry())) {
            throw new AgentOsException(
                    PluginErrorCode.REGISTRY_CHANGED,
                    "Plugin " + plugin + " was offered by " + named(offered.registry()) + ", but the marketplace is "
                            + named(now.registry()) + " now.",
                    "Find out whether both mean the same plugin; then forget the update and swap the plugin anew.");
        }
        if (!now.plugin().equals(plugin)) {
            throw new AgentOsException(
                    PluginErrorCode.DIGEST_CHANGED,
                    "The marketplace offers another file as " + plugin + " than it did before.",
                    "Ask its operator. Forget the update, and swap the plugin anew once you know why.");
        }
        return now;
    }

    private static String named(String registry) {
        return registry.isEmpty() ? "the server's own registry" : "the registry with the key " + registry;
    }

    private PluginFile download(ReleaseSource.Found release, Progress progress) {
        PluginVersion plugin = release.plugin();
        Path kept = files.file(plugin.sha512());
        // One that this server's disk has damaged is no answer of the marketplace's.
        Path target = files.has(plugin.sha512()) ? kept : files.staged(plugin.sha512());
        if (!target.equals(kept) && !files.isStaged(plugin.sha512())) {
            progress.step(0, release.bytes(), "Downloading " + plugin);
            files.stage(
                    plugin.sha512(),
                    draft -> progress.await(() -> {
                        releases.download(
                                release, draft, (done, total) -> progress.step(done, total, "Downloading " + plugin));
                        return draft;
                    }));
        }
        progress.step(0, 0, "Verifying " + plugin);
        if (!PluginFiles.sha512(target).equals(plugin.sha512())) {
            files.delete(target);
            throw new AgentOsException(
                    PluginErrorCode.DIGEST_CHANGED,
                    "The downloaded file of plugin " + plugin + " is not the one that the marketplace lists.",
                    "Try again; if it stays so, the marketplace or the way to it cannot be trusted.");
        }
        PluginFile file = PluginFile.verified(target, verifier, files::hasRun);
        if (!file.plugin().equals(plugin)) {
            throw new AgentOsException(
                    PluginErrorCode.VERIFICATION_FAILED,
                    "The marketplace lists " + plugin + ", but the file is " + file.plugin() + ".",
                    "Report it to the marketplace.");
        }
        return file.from(release.registry());
    }

    /**
     * Refuses a version that was installed once and is signed with a certificate that was revoked since.
     *
     * @throws AgentOsException {@code plugin:VERIFICATION_FAILED}
     */
    void refuseRevoked(PluginFile file) {
        verifier.verify(file.path()).errors().stream()
                .filter(finding -> finding.ruleId().equals("SIG004"))
                .findFirst()
                .ifPresent(finding -> {
                    throw new AgentOsException(
                            PluginErrorCode.VERIFICATION_FAILED,
                            "Plugin " + file.plugin() + " is refused: " + finding.message(),
                            "Install a version that is signed with another certificate.");
                });
    }

    /** The verifier's report of a file, as JSON. */
    dev.agentos.spi.JsonObject report(Path file) {
        return verifier.verify(file).toJson();
    }

    private static AgentOsException unsatisfied(List<String> lines) {
        return new AgentOsException(
                PluginErrorCode.DEPENDENCY_MISSING,
                "The plugins do not fit together: " + String.join("; ", lines) + ".",
                "Install or replace what is named first.");
    }
}
