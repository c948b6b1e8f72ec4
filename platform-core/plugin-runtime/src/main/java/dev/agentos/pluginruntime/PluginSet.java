package dev.agentos.pluginruntime;

import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Failure;
import dev.agentos.pluginruntime.PluginState.Event;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the loaded plugins in line with the store's rows. Each change prepares everything that can fail, then commits
 * the rows, then switches in one step: a crash before the commit leaves the old, one after it the new. Callers hold the
 * writer's lock.
 */
final class PluginSet {

    private static final Logger LOG = LoggerFactory.getLogger(PluginSet.class);

    private final PluginStore store;
    private final PluginFiles files;
    private final PluginLoading loading;
    private final ExtensionRegistry registry;
    private final InstallResolver resolver;
    private final Publishers publishers;
    private final Failpoints failpoints;
    private final Map<String, PluginState> states = new ConcurrentHashMap<>();
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();
    /** The generation that this server is in line with. */
    private volatile long followed = -1;

    PluginSet(
            PluginStore store,
            PluginFiles files,
            PluginLoading loading,
            ExtensionRegistry registry,
            InstallResolver resolver,
            Publishers publishers,
            Failpoints failpoints) {
        this.store = store;
        this.files = files;
        this.loading = loading;
        this.registry = registry;
        this.resolver = resolver;
        this.publishers = publishers;
        this.failpoints = failpoints;
        registry.onQuarantine(id -> move(id, Event.FAIL));
    }

    /** Where a plugin stands here; empty when it is not known here, or not yet. */
    Optional<PluginState> state(String id) {
        return Optional.ofNullable(states.get(id));
    }

    /** Something has happened to a plugin. */
    void move(String id, Event event) {
        states.compute(id, (key, from) -> {
            PluginState to = PluginState.after(Optional.ofNullable(from), event).orElse(null);
            LOG.debug("Plugin {}: {} after {}", id, to, event);
            return to;
        });
    }

    /** The installation of a plugin has ended; if it is not here now, it never will be. */
    void giveUp(String id) {
        if (states.get(id) == PluginState.INSTALLING) {
            move(id, Event.GIVE_UP);
        }
    }

    /** The last change that this server is in line with. */
    long followed() {
        return followed;
    }

    Map<String, InstalledPlugin> rows() {
        return store.list().stream()
                .collect(Collectors.toMap(InstalledPlugin::id, row -> row, (a, b) -> a, HashMap::new));
    }

    InstalledPlugin row(String id) {
        return Optional.ofNullable(rows().get(id))
                .orElseThrow(() -> new AgentOsException(
                        PluginErrorCode.UNKNOWN_PLUGIN,
                        "No plugin '" + id + "' is installed.",
                        "Look at the list of installed plugins."));
    }

    Optional<Failure> failure(String id) {
        return Optional.ofNullable(failures.get(id));
    }

    /** The file of an installed release; see {@link PluginFiles#installed}. */
    PluginFile file(String id, InstalledPlugin.Release release) {
        return files.installed(new PluginVersion(id, release.version(), release.sha512()));
    }

    /** The files of all installed plugins that can be read, by id. */
    Map<String, PluginFile> installedFiles() {
        Map<String, PluginFile> found = new LinkedHashMap<>();
        store.list().forEach(row -> {
            try {
                found.put(row.id(), file(row.id(), row.release()));
            } catch (AgentOsException e) {
                failures.putIfAbsent(row.id(), Failure.of(e));
            }
        });
        return found;
    }

    /** Installed plugins that cannot do without that one. */
    List<String> dependants(String id) {
        return installedFiles().values().stream()
                .filter(file -> file.dependencies().contains(id))
                .map(file -> file.plugin().toString())
                .sorted()
                .toList();
    }

    /** What the installation of these files would do. */
    List<InstallPlan.Step> steps(List<PluginFile> found, Consent consent) {
        Map<String, InstalledPlugin> rows = rows();
        return found.stream()
                .map(file -> {
                    Optional<InstalledPlugin> installed =
                            Optional.ofNullable(rows.get(file.plugin().plugin()));
                    return new InstallPlan.Step(
                            file.plugin(),
                            installed.map(row -> row.release().version()),
                            file.signer(),
                            ConsentCheck.statuses(file, installed, consent),
                            installed
                                    .map(row -> ConsentCheck.changes(row, file))
                                    .orElse(List.of()));
                })
                .toList();
    }

    /**
     * Makes these rows the truth: loads what is enabled, commits, switches, and lets the versions before drain.
     *
     * @param changed the rows, dependencies first
     * @param sources where files that are not kept yet come from, by digest
     * @return what the versions before left behind, in words
     */
    List<String> apply(
            List<InstalledPlugin> changed, Map<String, PluginFile> sources, InstallResolver.Progress progress) {
        long generation = followed;
        List<LoadedPlugin> loaded = new ArrayList<>();
        long committed;
        try {
            for (InstalledPlugin row : changed) {
                PluginFile source = sources.get(row.release().sha512());
                if (source != null) {
                    progress.step(0, 0, "Storing " + row.plugin());
                    files.keep(source.path(), row.release().sha512());
                    files.keepClasses(row.release().sha512(), source.classes());
                    failpoints.reach("afterPluginKept");
                }
            }
            for (InstalledPlugin row : changed) {
                if (row.enabled()) {
                    progress.step(0, 0, "Starting " + row.plugin());
                    loaded.add(load(row));
                    failpoints.reach("afterPluginStarted");
                }
            }
            registry.check(loaded);
            progress.step(0, 0, "Switching");
            committed = store.commit(generation, change(changed, sources));
            failpoints.reach("afterPluginCommitted");
        } catch (RuntimeException | Error e) {
            loaded.reversed().forEach(loading::unload);
            tidy();
            throw e;
        }
        followed = committed;
        loaded.forEach(version -> version.generation(committed));
        List<LoadedPlugin> before = new ArrayList<>(registry.replace(loaded));
        changed.stream()
                .filter(row -> !row.enabled())
                .forEach(row -> registry.remove(row.id()).ifPresent(before::add));
        changed.forEach(row -> {
            if (state(row.id()).isEmpty()) {
                move(row.id(), Event.INSTALL);
            }
            move(row.id(), row.enabled() ? Event.START : Event.STOP);
            failures.remove(row.id());
        });
        failpoints.reach("afterPluginSwitched");
        return release(before, progress);
    }

    private PluginStore.Change change(List<InstalledPlugin> changed, Map<String, PluginFile> sources) {
        Map<String, Path> kept = new HashMap<>();
        changed.stream()
                .flatMap(InstalledPlugin::releases)
                .map(InstalledPlugin.Release::sha512)
                .filter(digest -> Files.exists(files.file(digest)))
                .forEach(digest -> kept.put(digest, files.file(digest)));
        List<Publishers.Binding> bound = sources.values().stream()
                .flatMap(file -> publishers.firstOf(file).stream())
                .toList();
        return new PluginStore.Change(changed, List.of(), bound, kept);
    }

    /** Removes a plugin: the row first, then what is loaded, then the file. */
    List<String> remove(String id, InstallResolver.Progress progress) {
        followed = store.commit(followed, PluginStore.Change.remove(id));
        failpoints.reach("afterPluginCommitted");
        List<String> leftovers = release(registry.remove(id).stream().toList(), progress);
        forget(id);
        return leftovers;
    }

    /** Forgets a plugin that is not installed any more, with what it kept. */
    private void forget(String id) {
        failures.remove(id);
        if (state(id).isPresent()) {
            move(id, Event.REMOVE);
        }
        loading.removeFolders(id);
    }

    private List<String> release(List<LoadedPlugin> before, InstallResolver.Progress progress) {
        List<String> leftovers = new ArrayList<>();
        Set<String> linked = new HashSet<>();
        for (LoadedPlugin old : before.reversed()) {
            report(progress, "Waiting for calls into " + old.plugin());
            linked.addAll(loading.linkedBy(old));
            leftovers.addAll(loading.unload(old));
            failpoints.reach("afterPluginUnloaded");
        }
        before.forEach(old -> linked.remove(old.plugin().plugin()));
        if (!linked.isEmpty()) {
            reload(linked);
        }
        tidy();
        return leftovers;
    }

    /** Progress after the commit: nothing stops the work here any more. */
    private static void report(InstallResolver.Progress progress, String message) {
        try {
            progress.step(0, 0, message);
        } catch (AgentOsException e) {
            LOG.debug("The operation was cancelled after its change was made; it ends in order", e);
        }
    }

    /** Loads plugins anew whose classes were linked with a version that is gone. */
    private void reload(Set<String> ids) {
        Map<String, InstalledPlugin> rows = rows();
        for (String id : resolver.bestOrder(installedFiles())) {
            if (ids.contains(id) && rows.containsKey(id)) {
                follow(rows.get(id));
            }
        }
    }

    /**
     * Brings this server in line with the rows, as at its start or when another server made a change. What cannot be
     * started is marked as failed and stands in nobody's way.
     */
    void reconcile() {
        long generation = store.generation();
        if (generation == followed) {
            return;
        }
        Map<String, InstalledPlugin> rows = rows();
        for (String id : List.copyOf(states.keySet())) {
            if (!rows.containsKey(id) && states.get(id) != PluginState.INSTALLING) {
                registry.remove(id).ifPresent(loading::unload);
                forget(id);
            }
        }
        failures.keySet().retainAll(rows.keySet());
        List<String> order = resolver.bestOrder(installedFiles());
        Stream.concat(order.stream(), rows.keySet().stream().filter(id -> !order.contains(id)))
                .map(rows::get)
                .filter(row -> row != null && !inLine(row))
                .forEach(this::follow);
        tidy();
        followed = generation;
    }

    private boolean inLine(InstalledPlugin row) {
        Optional<LoadedPlugin> loaded = registry.loaded(row.id());
        return row.enabled()
                ? loaded.isPresent() && loaded.get().generation() == row.generation()
                : states.get(row.id()) == PluginState.STOPPED;
    }

    private void follow(InstalledPlugin row) {
        if (state(row.id()).isEmpty()) {
            move(row.id(), Event.INSTALL);
        }
        try {
            if (row.enabled()) {
                LoadedPlugin loaded = load(row);
                loaded.generation(row.generation());
                try {
                    registry.check(List.of(loaded));
                } catch (AgentOsException e) {
                    loading.unload(loaded);
                    throw e;
                }
                List<LoadedPlugin> before = registry.replace(List.of(loaded));
                move(row.id(), Event.START);
                before.forEach(loading::unload);
            } else {
                Optional<LoadedPlugin> before = registry.remove(row.id());
                move(row.id(), Event.STOP);
                before.ifPresent(loading::unload);
            }
            failures.remove(row.id());
        } catch (AgentOsException | LinkageError e) {
            LOG.error("Plugin {} could not be started", row.plugin(), e);
            failures.put(row.id(), Failure.of(e));
            Optional<LoadedPlugin> before = registry.remove(row.id());
            move(row.id(), Event.FAIL);
            before.ifPresent(loading::unload);
        }
    }

    private LoadedPlugin load(InstalledPlugin row) {
        PluginFile file = file(row.id(), row.release());
        file.dependencies().stream()
                .filter(id -> rows().containsKey(id) && !rows().get(id).enabled())
                .findFirst()
                .ifPresent(id -> {
                    throw new AgentOsException(
                            PluginErrorCode.DEPENDENCY_MISSING,
                            "Plugin " + row.plugin() + " needs plugin '" + id + "', which is disabled.",
                            "Enable it first.");
                });
        return loading.load(file, files.classes(row.release().sha512()), row.grants(), row.configuration());
    }

    /** Unloads everything: the server stops. */
    void unloadAll() {
        // A server whose start failed may have no store to ask for the order.
        if (registry.all().isEmpty()) {
            return;
        }
        List<String> order = new ArrayList<>(resolver.bestOrder(installedFiles()));
        for (String id : order.reversed()) {
            registry.remove(id).ifPresent(loading::unload);
        }
        registry.all()
                .forEach(loaded -> registry.remove(loaded.plugin().plugin()).ifPresent(loading::unload));
    }

    /** Removes the files that no row names. */
    private void tidy() {
        try {
            Set<String> digests = store.list().stream()
                    .flatMap(InstalledPlugin::releases)
                    .map(InstalledPlugin.Release::sha512)
                    .collect(Collectors.toSet());
            files.retain(digests);
        } catch (AgentOsException e) {
            LOG.warn("Files that belong to no plugin stay until the next start", e);
        }
    }

    /** What an operation answers about a plugin. */
    JsonObject result(String id, List<String> leftovers) {
        JsonObject result = JsonObject.of("id", id, "generation", followed, "leftBehind", leftovers);
        return Optional.ofNullable(rows().get(id))
                .map(row -> result.with("version", row.release().version())
                        .with("sha512", row.release().sha512()))
                .orElse(result);
    }

    /** Where an installed plugin stands here. */
    PluginStatus status(InstalledPlugin row) {
        Optional<LoadedPlugin> loaded = registry.loaded(row.id());
        Optional<Failure> failure = failure(row, loaded);
        // What another server has just installed is on its way here.
        PluginState state = state(row.id()).orElse(PluginState.INSTALLING);
        return new PluginStatus(
                row.plugin(),
                description(row),
                state,
                failure,
                row.previous().map(InstalledPlugin.Release::version),
                row.pending().flatMap(pending -> pending(row, pending)),
                loaded.map(LoadedPlugin::callsInFlight).orElse(0),
                row.configuration(),
                loaded.map(ExtensionRegistry::listings).orElse(List.of()),
                loaded.map(LoadedPlugin::denials).orElse(List.of()));
    }

    private Optional<Failure> failure(InstalledPlugin row, Optional<LoadedPlugin> loaded) {
        if (loaded.isPresent()) {
            return loaded.get()
                    .quarantine()
                    .map(reason -> Failure.of(
                            PluginErrorCode.QUARANTINED, "The plugin is switched off: " + reason + ".", "Restart it."));
        }
        return row.enabled() ? failure(row.id()) : Optional.empty();
    }

    private String description(InstalledPlugin row) {
        try {
            return file(row.id(), row.release()).description();
        } catch (AgentOsException e) {
            return "";
        }
    }

    private Optional<PluginStatus.Pending> pending(InstalledPlugin row, InstalledPlugin.Release pending) {
        try {
            PluginFile file = file(row.id(), pending);
            return Optional.of(new PluginStatus.Pending(file.plugin(), ConsentCheck.changes(row, file)));
        } catch (AgentOsException e) {
            LOG.warn("The update of plugin {} that waits cannot be read", row.plugin(), e);
            return Optional.empty();
        }
    }

    /** Keeps an update until somebody consents to it. */
    void postpone(PluginFile update) {
        PluginVersion plugin = update.plugin();
        files.keep(update.path(), plugin.sha512());
        files.keepClasses(plugin.sha512(), update.classes());
        pend(
                row(plugin.plugin()),
                Optional.of(new InstalledPlugin.Release(plugin.version(), plugin.sha512(), List.of())));
    }

    /** Forgets the update that waits. */
    void dismiss(String id) {
        pendingFile(id);
        pend(row(id), Optional.empty());
    }

    private void pend(InstalledPlugin row, Optional<InstalledPlugin.Release> update) {
        InstalledPlugin saved = row.withPending(update);
        followed = store.commit(followed, change(List.of(saved), Map.of()));
        // The version in force is the same: it is not loaded anew for this.
        registry.loaded(row.id()).ifPresent(loaded -> loaded.generation(followed));
        tidy();
    }

    /** The update that waits for consent. */
    PluginFile pendingFile(String id) {
        return file(
                id,
                row(id).pending()
                        .orElseThrow(() -> new AgentOsException(
                                PluginErrorCode.UNKNOWN_RELEASE,
                                "No update of plugin '" + id + "' waits for consent.",
                                "Swap its version instead.")));
    }
}
