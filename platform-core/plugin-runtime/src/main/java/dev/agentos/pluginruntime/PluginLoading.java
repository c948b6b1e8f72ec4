package dev.agentos.pluginruntime;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.metrics.ServerMetrics;
import dev.agentos.pluginruntime.internal.AuthorModel;
import dev.agentos.pluginruntime.internal.Certificates;
import dev.agentos.pluginruntime.internal.ClassSpace;
import dev.agentos.pluginruntime.internal.GoneLoaders;
import dev.agentos.pluginruntime.internal.LimitedCall;
import dev.agentos.pluginruntime.internal.PluginFolders;
import dev.agentos.pluginruntime.internal.PluginWorker;
import dev.agentos.pluginruntime.internal.Sandbox;
import dev.agentos.pluginruntime.internal.SharedPackages;
import dev.agentos.pluginruntime.internal.StartedExtensions;
import dev.agentos.pluginruntime.internal.Workers;
import dev.agentos.pluginruntime.logs.LibraryLines;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.pluginworker.IsolatedPlugin;
import dev.agentos.pluginworker.WorkerErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.Metrics;
import dev.agentos.verifier.VerifiedClasses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads and starts versions of plugins, and stops and unloads them again; each leaves nothing behind when it fails. */
final class PluginLoading {

    private static final Logger LOG = LoggerFactory.getLogger(PluginLoading.class);
    private static final Duration INTERRUPT_GRACE = Duration.ofSeconds(5);
    /** How long one may take to stop whose start nobody wants to wait for any more. */
    private static final Duration HURRIED_STOP = Duration.ofMillis(500);

    private final ClassSpace classSpace;
    private final Sandbox sandbox = new Sandbox(SharedPackages.names());
    private final ExtensionRegistry registry;
    private final PluginSettings settings;
    private final SecretSource secrets;
    private final ServerMetrics metrics;
    private final InstantSource clock;
    private final PluginLogs logs;
    private final Workers workers;
    private final GoneLoaders gone = new GoneLoaders();
    private final List<LoadedPlugin> there = new CopyOnWriteArrayList<>();
    private volatile Instant lookedAt = Instant.EPOCH;

    PluginLoading(
            ClassSpace classSpace,
            ExtensionRegistry registry,
            PluginSettings settings,
            SecretSource secrets,
            PluginService.Platform platform) {
        this.classSpace = classSpace;
        this.registry = registry;
        this.settings = settings;
        this.secrets = secrets;
        this.metrics = platform.metrics();
        this.clock = platform.clock();
        this.logs = new PluginLogs(platform.scrubbed(), clock);
        this.workers = new Workers(settings, clock);
        settings.warnings().forEach(warning -> LOG.warn(warning.message()));
        metrics.onScrape(() -> gone.counts()
                .forEach((plugin, count) -> metrics.level("agentos.plugins.gone.loaders", count, "plugin", plugin)));
        metrics.onScrape(() -> registry.all().forEach(loaded -> showDenials(loaded, metrics)));
        metrics.onScrape(() -> metrics.level(
                "agentos.plugins.certificates.ending",
                registry.all().stream()
                        .filter(loaded -> loaded.signatureEnds(clock.instant()).isPresent())
                        .count()));
    }

    private static void showDenials(LoadedPlugin loaded, ServerMetrics metrics) {
        loaded.denialsByWord()
                .forEach((permission, count) -> metrics.total(
                        "agentos.plugins.denials",
                        count,
                        "plugin",
                        loaded.plugin().plugin(),
                        "permission",
                        permission));
    }

    /**
     * Loads a plugin's classes and starts its extensions; nobody can call them yet.
     *
     * @param classes the classes that were verified
     * @throws AgentOsException saying why not; the version is unloaded then
     */
    LoadedPlugin load(
            PluginFile file, VerifiedClasses classes, InstalledPlugin row, InstallResolver.Progress progress) {
        PluginVersion plugin = file.plugin();
        GrantedPermissions grants = row.grants();
        refuseUnguarded(plugin);
        PluginFolders folders = folders(row);
        PluginLogs.Log log = logs.of(plugin.plugin());
        log.tell(plugin.version(), Level.INFO, "Version " + plugin.version() + " is being started");
        grants.onDenial(act -> denied(log, plugin, act.toString(), "the host"));
        Metrics own = metrics.ofPlugin(plugin.plugin());
        HostPluginContext context =
                new HostPluginContext(grants, row.configuration(), folders, secrets, own, clock, log);
        LoadedPlugin loaded;
        try {
            loaded = row.isolated()
                    ? isolated(file, classes, folders, context, grants, progress)
                    : inProcess(file, classes, folders, context, grants, progress);
        } catch (RuntimeException | Error e) {
            grants.close();
            metrics.forget(plugin.plugin(), own);
            throw e;
        }
        loaded.installation(row.installation());
        loaded.signedUntil(Certificates.until(file.path()));
        there.add(loaded);
        return loaded;
    }

    /** Warns, once a day, of plugins in force whose certificates end soon or have ended; nobody else would. */
    void lookAtCertificates() {
        Instant now = clock.instant();
        if (now.isBefore(lookedAt.plus(1, ChronoUnit.DAYS))) {
            return;
        }
        lookedAt = now;
        registry.all()
                .forEach(loaded -> loaded.signatureEnds(now).ifPresent(end -> {
                    String what =
                            "The certificate of version " + loaded.plugin().version()
                                    + (now.isBefore(end) ? " expires at " : " has expired at ") + end
                                    + ". The version goes on; none that is signed with it is installed after that";
                    LOG.warn("Plugin {}: {}", loaded.plugin().plugin(), what);
                    loaded.tell(Level.WARNING, what);
                }));
    }

    private LoadedPlugin inProcess(
            PluginFile file,
            VerifiedClasses classes,
            PluginFolders folders,
            HostPluginContext context,
            GrantedPermissions grants,
            InstallResolver.Progress progress) {
        PluginVersion plugin = file.plugin();
        PluginLogs.Log log = logs.of(plugin.plugin());
        ClassSpace.Space space = classSpace.open(
                plugin,
                file.path(),
                classes.loadable(grants.permissions()),
                loader -> sandbox.confine(
                        plugin.plugin(),
                        loader,
                        grants.permissions(),
                        folders,
                        (id, permission, sink) -> denied(log, plugin, permission, sink)));
        LibraryLines.follow(space.loader(), plugin.version(), log);
        // One that was given up may go on adding while what it has started is stopped.
        List<ExtensionPoint> started = new CopyOnWriteArrayList<>();
        try {
            AuthorModel model = new AuthorModel(file.path(), space.loader());
            Optional<LoadedPlugin.Contribution> site = Contributions.ofSite(file, grants);
            List<LoadedPlugin.Contribution> contributions = progress.await(() ->
                    LimitedCall.run("start of plugin " + plugin, space.loader(), settings.startLimit(), () -> {
                        StartedExtensions.start(plugin, model.extensionClassNames(), space.loader(), context, started);
                        return Contributions.of(grants, started);
                    }));
            return new LoadedPlugin(
                    grants,
                    new PluginCode.InProcess(space, model),
                    context,
                    Contributions.whole(file, site, contributions));
        } catch (RuntimeException | Error e) {
            stop(plugin, space.loader(), started, isCancelled(e) ? HURRIED_STOP : settings.stopLimit());
            classSpace.close(space);
            // A thread that was given up may hold it for as long as it likes.
            gone.watch(plugin.plugin(), space.loader());
            throw e;
        }
    }

    private LoadedPlugin isolated(
            PluginFile file,
            VerifiedClasses classes,
            PluginFolders folders,
            HostPluginContext context,
            GrantedPermissions grants,
            InstallResolver.Progress progress) {
        PluginVersion plugin = file.plugin();
        classSpace.links(plugin, file.path()).stream().findFirst().ifPresent(link -> {
            throw linking(plugin, link);
        });
        PluginLogs.Log log = logs.of(plugin.plugin());
        CompletableFuture<LoadedPlugin> made = new CompletableFuture<>();
        Optional<LoadedPlugin.Contribution> site = Contributions.ofSite(file, grants);
        IsolatedPlugin isolated = progress.await(() -> workers.start(
                new PluginWorker.Order(
                        plugin,
                        file.path(),
                        classes.loadable(grants.permissions()),
                        grants.permissions(),
                        folders,
                        settings.dataDirectory().resolve("cache"),
                        context.configuration(),
                        Sandbox.isGuarded()),
                grants,
                new IsolatedPlugin.Host(
                        context,
                        (level, text) -> log.tell(plugin.version(), level, text),
                        why -> made.thenAccept(loaded -> registry.quarantine(loaded, why)))));
        try {
            LoadedPlugin loaded = new LoadedPlugin(
                    grants,
                    new PluginCode.Isolated(isolated),
                    context,
                    Contributions.whole(file, site, Contributions.of(grants, isolated.extensions())));
            made.complete(loaded);
            return loaded;
        } catch (RuntimeException | Error e) {
            isolated.close();
            throw e;
        }
    }

    private static AgentOsException linking(PluginVersion plugin, ClassSpace.Link link) {
        return new AgentOsException(
                WorkerErrorCode.NOT_ISOLABLE,
                "Plugin " + plugin + " cannot run in a process of its own: it links the package " + link.packageName()
                        + " of plugin '" + link.plugin() + "', whose classes are in the server's process.",
                "Run it in the server's process (--isolated=false) if you trust its author that far, or ask the author"
                        + " for a plugin that embeds what it uses, or calls the other one's tools.");
    }

    private static void denied(PluginLogs.Log log, PluginVersion plugin, String permission, String where) {
        log.tell(
                plugin.version(),
                Level.WARNING,
                // In the middle of a check nothing may have to be linked, as the usual way would.
                new StringBuilder("Denied '")
                        .append(permission)
                        .append("' at ")
                        .append(where)
                        .append("; further denials of it are counted")
                        .toString());
    }

    private void refuseUnguarded(PluginVersion plugin) {
        if (!Sandbox.isGuarded() && !settings.unguarded()) {
            throw new AgentOsException(
                    PluginErrorCode.UNGUARDED,
                    "Plugin " + plugin + " is not loaded: the server runs without its guard, so that nothing would"
                            + " hold the plugin to its permissions.",
                    "Start the server as ./agentos up does, with -javaagent; or say --unsafe-plugins=true and trust"
                            + " every plugin.");
        }
    }

    /** Leaves nothing of a plugin that is not installed: the next one of its name is another's, perhaps. */
    void forget(String plugin) {
        try {
            PluginFolders.remove(settings.dataDirectory(), plugin);
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("The folders of plugin '{}', which is not installed any more, could not be removed", plugin, e);
        }
        logs.forget(plugin);
    }

    private PluginFolders folders(InstalledPlugin row) {
        try {
            return PluginFolders.of(settings.dataDirectory(), row.id(), row.installation());
        } catch (IOException | UncheckedIOException e) {
            throw new AgentOsException(
                    PluginErrorCode.STORAGE_FAILED,
                    "The folders of plugin " + row.plugin() + " cannot be made.",
                    "Check that the server may write to its data directory and that the disk is not full.",
                    e);
        }
    }

    /**
     * Waits for the calls inside a version that is not offered any more, stops it and unloads it.
     *
     * @return what the plugin left behind, in words
     */
    List<String> unload(LoadedPlugin loaded) {
        List<String> leftovers = new ArrayList<>();
        try {
            int stuck = loaded.drain(settings.drainLimit(), INTERRUPT_GRACE);
            if (stuck > 0) {
                leftovers.add(stuck + " calls that do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            leftovers.add("calls that nobody waited for");
        }
        registry.unloaded(loaded);
        metrics.forget(loaded.plugin().plugin(), loaded.metrics());
        switch (loaded.code()) {
            case PluginCode.InProcess code -> unload(loaded, code, leftovers);
            case PluginCode.Isolated code -> unload(loaded, code, leftovers);
        }
        String left = leftovers.isEmpty() ? "" : "; it left behind: " + String.join(", ", leftovers);
        loaded.tell(
                left.isEmpty() ? Level.INFO : Level.WARNING,
                "Version " + loaded.plugin().version() + " is unloaded" + left);
        if (!leftovers.isEmpty()) {
            LOG.warn("Plugin {} left behind: {}", loaded.plugin(), String.join(", ", leftovers));
        }
        return leftovers;
    }

    private void unload(LoadedPlugin loaded, PluginCode.InProcess code, List<String> leftovers) {
        ClassLoader loader = code.loader();
        List<ExtensionPoint> extensions = loaded.contributions().stream()
                .map(LoadedPlugin.Contribution::extension)
                .distinct()
                .toList();
        try {
            leftovers.addAll(stop(loaded.plugin(), loader, extensions, settings.stopLimit()));
        } finally {
            loaded.grants().close();
            classSpace.close(code.space());
            there.remove(loaded);
        }
        gone.watch(loaded.plugin().plugin(), loader);
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getClass().getClassLoader() == loader
                        || (thread.getClass().getClassLoader() == null && thread.getContextClassLoader() == loader))
                .forEach(thread -> leftovers.add("the thread '" + thread.getName() + "'"));
    }

    /** Whatever the plugin does, nothing of it stays. */
    private void unload(LoadedPlugin loaded, PluginCode.Isolated code, List<String> leftovers) {
        try (IsolatedPlugin process = code.plugin()) {
            LimitedCall.run("stop of plugin " + loaded.plugin(), code.loader(), settings.stopLimit(), () -> {
                process.stop();
                return true;
            });
        } catch (RuntimeException | Error e) {
            LOG.warn("Plugin {} did not stop in order", loaded.plugin(), e);
            leftovers.add(String.valueOf(e.getMessage()));
        } finally {
            loaded.grants().close();
            there.remove(loaded);
        }
    }

    /** A version has taken over: its metrics are shown instead of those of the one before. */
    void offered(LoadedPlugin loaded) {
        metrics.show(loaded.plugin().plugin(), loaded.metrics());
        loaded.offered();
        loaded.tell(Level.INFO, "Version " + loaded.plugin().version() + " is in force");
    }

    /** What is loaded of a plugin, the oldest first. */
    List<PluginStatus.Loaded> versions(String plugin) {
        Optional<LoadedPlugin> inForce = registry.loaded(plugin);
        return there.stream()
                .filter(loaded -> loaded.plugin().plugin().equals(plugin))
                .map(loaded -> loaded.uses(inForce.filter(one -> one == loaded).isPresent()))
                .toList();
    }

    /** The lines that plugins wrote, and that were written about them. */
    PluginLogs logs() {
        return logs;
    }

    /** The ids of other plugins whose classes are linked with that version's. */
    List<String> linkedBy(LoadedPlugin loaded) {
        return loaded.code() instanceof PluginCode.InProcess code
                ? classSpace.linkedBy(code.space().bundle())
                : List.of();
    }

    private static boolean isCancelled(Throwable e) {
        return e instanceof AgentOsException told && told.errorCode() == KernelErrorCode.CANCELLED;
    }

    private static List<String> stop(
            PluginVersion plugin, ClassLoader loader, List<ExtensionPoint> extensions, Duration limit) {
        List<String> failures = new ArrayList<>();
        for (ExtensionPoint extension : extensions.reversed()) {
            try {
                LimitedCall.run("stop of plugin " + plugin, loader, limit, () -> {
                    extension.stop();
                    return true;
                });
            } catch (RuntimeException | Error e) {
                LOG.warn("Plugin {} did not stop in order", plugin, e);
                failures.add(String.valueOf(e.getMessage()));
            }
        }
        return failures;
    }
}
