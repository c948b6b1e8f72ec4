package dev.agentos.pluginruntime;

import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Failure;
import dev.agentos.pluginruntime.PluginState.Event;
import dev.agentos.pluginruntime.internal.Commits;
import dev.agentos.pluginruntime.internal.PluginStates;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ToolDescription;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
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

    private static final InstallResolver.Progress NO_PROGRESS = (done, total, message) -> {};

    private final PluginStore store;
    private final Commits commits;
    private final PluginFiles files;
    private final PluginLoading loading;
    private final ExtensionRegistry registry;
    private final InstallResolver resolver;
    private final PluginRows rows;
    private final Failpoints failpoints;
    private final PluginStates states = new PluginStates();
    /** What failed for a reason that may pass, and is tried again. */
    private final Set<String> passing = ConcurrentHashMap.newKeySet();
    /** The generation that this server is in line with. */
    private volatile long followed = -1;

    PluginSet(
            PluginStore store,
            PluginFiles files,
            PluginLoading loading,
            ExtensionRegistry registry,
            InstallResolver resolver,
            PluginRows rows,
            Failpoints failpoints) {
        this.store = store;
        this.commits = new Commits(store);
        this.files = files;
        this.loading = loading;
        this.registry = registry;
        this.resolver = resolver;
        this.rows = rows;
        this.failpoints = failpoints;
        registry.onQuarantine(loaded -> {
            states.move(loaded.plugin().plugin(), Event.FAIL);
            loaded.quarantine().ifPresent(why -> loaded.tell(Level.ERROR, "Switched off: " + why));
        });
    }

    /** The installation of a plugin begins. */
    void begin(String id) {
        states.move(id, Event.INSTALL);
    }

    /** The installation of a plugin has ended; if it is not here now, it never will be. */
    void giveUp(String id) {
        if (states.state(id).filter(PluginState.INSTALLING::equals).isPresent()) {
            states.move(id, Event.GIVE_UP);
            loading.logs().forget(id);
        }
    }

    /** Whether something failed for a reason that may pass, and is to be tried again. */
    boolean hasToTryAgain() {
        return !passing.isEmpty();
    }

    /** The last change that this server is in line with. */
    long followed() {
        return followed;
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
            List<InstalledPlugin> held = new ArrayList<>();
            for (InstalledPlugin row : changed) {
                InstalledPlugin heard = row;
                if (row.enabled()) {
                    progress.step(0, 0, "Starting " + row.plugin());
                    LoadedPlugin version = load(row, progress);
                    loaded.add(version);
                    version.requireSchemas(comesIn(row.release().sha512(), sources));
                    heard = PluginRows.heard(row, version);
                    failpoints.reach("afterPluginStarted");
                }
                held.add(heard);
            }
            registry.check(loaded);
            progress.step(0, 0, "Switching");
            committed = commits.commit(generation, rows.change(held, sources));
            failpoints.reach("afterPluginCommitted");
        } catch (RuntimeException | Error e) {
            changed.forEach(row -> loading.logs()
                    .of(row.id())
                    .tell(
                            row.release().version(),
                            "Version " + row.release().version() + " did not come into force",
                            e));
            loaded.reversed().forEach(loading::unload);
            tidy(changed);
            throw e;
        }
        changed.forEach(row -> passing.remove(row.id()));
        followed = committed;
        loaded.forEach(version -> version.generation(committed));
        List<LoadedPlugin> before = new ArrayList<>(offered(loaded));
        changed.stream()
                .filter(row -> !row.enabled())
                .forEach(row -> registry.remove(row.id()).ifPresent(before::add));
        changed.forEach(row -> {
            states.come(row.id());
            states.succeed(row.id(), row.enabled() ? Event.START : Event.STOP);
        });
        failpoints.reach("afterPluginSwitched");
        return release(before, progress);
    }

    /** Removes a plugin: the row first, then what is loaded, then the file. */
    List<String> remove(String id, InstallResolver.Progress progress) {
        followed = commits.commit(followed, PluginStore.Change.remove(id));
        failpoints.reach("afterPluginCommitted");
        List<String> leftovers = release(registry.remove(id).stream().toList(), progress);
        forget(id);
        return leftovers;
    }

    /** Forgets a plugin that is not installed any more, with what it kept. */
    private void forget(String id) {
        states.forget(id);
        loading.forget(id);
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
        tidy(List.of());
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
        Map<String, InstalledPlugin> all = rows.all();
        List<InstalledPlugin> linked =
                ordered(all).stream().filter(row -> ids.contains(row.id())).toList();
        release(follow(linked), NO_PROGRESS);
    }

    private List<InstalledPlugin> ordered(Map<String, InstalledPlugin> all) {
        List<String> order = resolver.bestOrder(rows.installedFiles());
        return Stream.concat(order.stream(), all.keySet().stream().filter(id -> !order.contains(id)))
                .flatMap(id -> Optional.ofNullable(all.get(id)).stream())
                .toList();
    }

    /**
     * Brings this server in line with the rows, as at its start or when another server made a change. What cannot be
     * started is marked as failed and stands in nobody's way; what fails for a passing reason is tried again at the
     * next look.
     */
    void reconcile() {
        long generation = store.generation();
        boolean again = generation == followed;
        if (again && passing.isEmpty()) {
            return;
        }
        Map<String, InstalledPlugin> all = rows.all();
        forgetOthers(all);
        List<String> gone = states.others(all.keySet());
        List<LoadedPlugin> before = new ArrayList<>();
        gone.forEach(id -> registry.remove(id).ifPresent(before::add));
        List<InstalledPlugin> changed = ordered(all).stream()
                .filter(row -> !inLine(row) && (!again || passing.contains(row.id())))
                .toList();
        passing.clear();
        before.addAll(follow(changed));
        followed = generation;
        hear(changed);
        release(before, NO_PROGRESS);
        // What they kept goes when no call of theirs is left.
        gone.forEach(this::forget);
    }

    /** Forgets those of other installations: what has come under a name meanwhile finds nothing of them. */
    private void forgetOthers(Map<String, InstalledPlugin> all) {
        List<LoadedPlugin> others = registry.all().stream()
                .filter(loaded -> Optional.ofNullable(all.get(loaded.plugin().plugin()))
                        .filter(row -> !row.installation().equals(loaded.installation()))
                        .isPresent())
                .toList();
        if (!others.isEmpty()) {
            List<String> ids =
                    others.stream().map(loaded -> loaded.plugin().plugin()).toList();
            release(ids.stream().flatMap(id -> registry.remove(id).stream()).toList(), NO_PROGRESS);
            ids.forEach(this::forget);
        }
    }

    /** Takes down what tools say of plugins of which nobody has done it yet, or not in their words. */
    private void hear(List<InstalledPlugin> changed) {
        for (InstalledPlugin row : changed) {
            InstalledPlugin heard = registry.loaded(row.id())
                    .map(version -> PluginRows.heard(row, version))
                    .orElse(row);
            if (!heard.equals(row)) {
                try {
                    followed = store.commit(followed, rows.note(heard));
                } catch (AgentOsException e) {
                    LOG.debug("What the tools of plugin {} say is taken down the next time", row.plugin(), e);
                }
            }
        }
    }

    private boolean inLine(InstalledPlugin row) {
        Optional<LoadedPlugin> loaded = registry.loaded(row.id());
        return row.enabled()
                ? loaded.isPresent() && loaded.get().generation() == row.generation()
                : states.state(row.id()).filter(PluginState.STOPPED::equals).isPresent();
    }

    /**
     * Makes this server's plugins what these rows say, all of them together.
     *
     * @param changed the rows, dependencies first
     * @return the versions that are not offered any more
     */
    private List<LoadedPlugin> follow(List<InstalledPlugin> changed) {
        List<LoadedPlugin> before = new ArrayList<>();
        for (InstalledPlugin row : changed) {
            states.come(row.id());
            // First what makes room for the others.
            if (!row.enabled()) {
                registry.remove(row.id()).ifPresent(before::add);
                states.succeed(row.id(), Event.STOP);
            }
        }
        Map<InstalledPlugin, LoadedPlugin> loaded = new LinkedHashMap<>();
        for (InstalledPlugin row : changed) {
            if (row.enabled()) {
                try {
                    LoadedPlugin version = load(row, NO_PROGRESS);
                    version.generation(row.generation());
                    loaded.put(row, version);
                } catch (RuntimeException | Error e) {
                    failed(row, e).ifPresent(before::add);
                }
            }
        }
        try {
            before.addAll(offered(List.copyOf(loaded.values())));
            loaded.keySet().forEach(this::started);
        } catch (AgentOsException clash) {
            LOG.debug("Some plugins do not fit together; each that fits is offered", clash);
            loaded.forEach((row, version) -> {
                try {
                    before.addAll(offered(List.of(version)));
                    started(row);
                } catch (AgentOsException e) {
                    loading.unload(version);
                    failed(row, e).ifPresent(before::add);
                }
            });
        }
        return before;
    }

    private List<LoadedPlugin> offered(List<LoadedPlugin> versions) {
        List<LoadedPlugin> before = registry.replace(versions);
        versions.forEach(loading::offered);
        return before;
    }

    private void started(InstalledPlugin row) {
        states.succeed(row.id(), Event.START);
    }

    /** Notes that a version could not be started; returns the one before, unless that goes on. */
    private Optional<LoadedPlugin> failed(InstalledPlugin row, Throwable e) {
        Failure failure = Failure.of(e);
        if (states.fails(row.id(), failure)) {
            LOG.error("Plugin {} could not be started", row.plugin(), e);
            loading.logs()
                    .of(row.id())
                    .tell(row.release().version(), "Version " + row.release().version() + " could not be started", e);
        }
        if (e instanceof AgentOsException told && told.errorCode().retriable()) {
            passing.add(row.id());
            if (registry.loaded(row.id()).isPresent()) {
                return Optional.empty();
            }
        }
        Optional<LoadedPlugin> before = registry.remove(row.id());
        states.move(row.id(), Event.FAIL);
        return before;
    }

    /** Whether that file was never in force before. */
    private boolean comesIn(String sha512, Map<String, PluginFile> sources) {
        return sources.containsKey(sha512) && !store.hasRun(sha512);
    }

    private LoadedPlugin load(InstalledPlugin row, InstallResolver.Progress progress) {
        PluginFile file = rows.file(row.id(), row.release());
        Map<String, InstalledPlugin> all = rows.all();
        file.dependencies().stream()
                .filter(id -> all.containsKey(id) && !all.get(id).enabled())
                .findFirst()
                .ifPresent(id -> {
                    throw new AgentOsException(
                            PluginErrorCode.DEPENDENCY_MISSING,
                            "Plugin " + row.plugin() + " needs plugin '" + id + "', which is disabled.",
                            "Enable it first.");
                });
        LoadedPlugin loaded = load(row, file, progress);
        row.release().tools().ifPresent(loaded::holdTo);
        loaded.withheld()
                .forEach(tool -> loaded.tell(
                        Level.ERROR,
                        "The tool " + tool.name() + " is switched off: what it says of itself is not what was agreed"
                                + " to"));
        return loaded;
    }

    private LoadedPlugin load(InstalledPlugin row, PluginFile file, InstallResolver.Progress progress) {
        String sha512 = row.release().sha512();
        try {
            return loading.load(file, files.classes(sha512), row, progress);
        } catch (AgentOsException e) {
            if (files.has(sha512)) {
                throw e;
            }
            LOG.warn("The file of plugin {} was lost or damaged; it is taken from the database", row.plugin(), e);
            files.doubt(sha512);
            return loading.load(rows.file(row.id(), row.release()), files.classes(sha512), row, progress);
        }
    }

    /** Unloads everything: the server stops. */
    void unloadAll() {
        // A server whose start failed may have no store to ask for the order.
        if (registry.all().isEmpty()) {
            return;
        }
        List<String> order = new ArrayList<>(resolver.bestOrder(rows.installedFiles()));
        for (String id : order.reversed()) {
            registry.remove(id).ifPresent(loading::unload);
        }
        registry.all()
                .forEach(loaded -> registry.remove(loaded.plugin().plugin()).ifPresent(loading::unload));
    }

    /** Removes the files that no row names, and all that is left of those plugins that are not installed. */
    private void tidy(List<InstalledPlugin> failed) {
        try {
            List<InstalledPlugin> all = store.list();
            failed.stream()
                    .map(InstalledPlugin::id)
                    .filter(id -> all.stream().noneMatch(row -> row.id().equals(id)))
                    .forEach(loading::forget);
            Set<String> digests = all.stream()
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
        JsonObject done = JsonObject.of("id", id, "generation", followed, "leftBehind", leftovers);
        List<String> withheld = registry.loaded(id).map(LoadedPlugin::withheld).orElse(List.of()).stream()
                .map(ToolDescription::name)
                .toList();
        JsonObject result = withheld.isEmpty() ? done : done.with("withheld", withheld);
        return Optional.ofNullable(rows.all().get(id))
                .map(row -> result.with("version", row.release().version())
                        .with("sha512", row.release().sha512()))
                .orElse(result);
    }

    /** What loads and unloads versions. */
    PluginLoading loading() {
        return loading;
    }

    /** Where an installed plugin stands here. */
    PluginStatus status(InstalledPlugin row) {
        Optional<LoadedPlugin> loaded = registry.loaded(row.id());
        Optional<Failure> failure = failure(row, loaded);
        // What another server has just installed is on its way here.
        PluginState state = states.state(row.id()).orElse(PluginState.INSTALLING);
        return PluginStatus.of(row, state, failure, rows, loaded, loading.versions(row.id()));
    }

    private Optional<Failure> failure(InstalledPlugin row, Optional<LoadedPlugin> loaded) {
        if (loaded.isPresent()) {
            return loaded.get()
                    .quarantine()
                    .map(reason -> Failure.of(
                            PluginErrorCode.QUARANTINED, "The plugin is switched off: " + reason + ".", "Restart it."));
        }
        return row.enabled() ? states.failure(row.id()) : Optional.empty();
    }

    /** Keeps an update until somebody consents to it. */
    void postpone(PluginFile update, InstallRequest.Source source) {
        PluginVersion plugin = update.plugin();
        files.keep(update.path(), plugin.sha512());
        files.keepClasses(plugin.sha512(), update.classes());
        Optional<String> registry =
                source instanceof InstallRequest.Upload ? Optional.empty() : Optional.of(update.registry());
        pend(rows.row(plugin.plugin()), Optional.of(InstalledPlugin.Release.waiting(plugin, registry)));
    }

    /** Forgets the update that waits. */
    void dismiss(String id) {
        rows.requirePending(id);
        pend(rows.row(id), Optional.empty());
    }

    private void pend(InstalledPlugin row, Optional<InstalledPlugin.Release> update) {
        InstalledPlugin saved = row.withPending(update);
        followed = commits.commit(followed, rows.note(saved));
        tidy(List.of());
    }
}
