package dev.agentos.pluginruntime;

import dev.agentos.metrics.ServerMetrics;
import dev.agentos.pluginruntime.internal.GoneLoaders;
import dev.agentos.pluginruntime.internal.LibraryLines;
import dev.agentos.pluginruntime.internal.PackFiles;
import dev.agentos.pluginruntime.internal.PluginFolders;
import dev.agentos.pluginruntime.internal.PluginLogs;
import dev.agentos.pluginruntime.internal.Sandbox;
import dev.agentos.pluginruntime.internal.Site;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Metrics;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.NodeType;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.Protocol;
import dev.agentos.spi.Tool;
import dev.agentos.verifier.VerifiedClasses;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.pf4j.AbstractExtensionFinder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads and starts versions of plugins, and stops and unloads them again; each leaves nothing behind when it fails. */
final class PluginLoading {

    private static final Logger LOG = LoggerFactory.getLogger(PluginLoading.class);
    private static final Pattern REDUCER = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+");
    private static final Pattern PROTOCOL = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Duration INTERRUPT_GRACE = Duration.ofSeconds(5);

    private final ClassSpace classSpace;
    private final Sandbox sandbox = new Sandbox(SharedPackages.names());
    private final ExtensionRegistry registry;
    private final PluginSettings settings;
    private final SecretSource secrets;
    private final ServerMetrics metrics;
    private final InstantSource clock;
    private final PluginLogs logs;
    private final GoneLoaders gone = new GoneLoaders();
    private final List<LoadedPlugin> there = new CopyOnWriteArrayList<>();

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
        settings.warnings().forEach(warning -> LOG.warn(warning.message()));
        metrics.onScrape(() -> gone.counts()
                .forEach((plugin, count) -> metrics.level("agentos.plugins.gone.loaders", count, "plugin", plugin)));
        metrics.onScrape(() -> registry.all().forEach(loaded -> showDenials(loaded, metrics)));
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
    LoadedPlugin load(PluginFile file, VerifiedClasses classes, GrantedPermissions grants, JsonObject configuration) {
        PluginVersion plugin = file.plugin();
        refuseUnguarded(plugin);
        PluginFolders folders = folders(plugin);
        PluginLogs.Log log = logs.of(plugin.plugin());
        log.tell(plugin.version(), Level.INFO, "Version " + plugin.version() + " is being started");
        grants.onDenial(act -> denied(log, plugin, act.toString(), "the host"));
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
        List<ExtensionPoint> started = new ArrayList<>();
        Metrics own = metrics.ofPlugin(plugin.plugin());
        try {
            AuthorModel model = new AuthorModel(file, space.loader());
            HostPluginContext context = new HostPluginContext(grants, configuration, folders, secrets, own, clock, log);
            List<LoadedPlugin.Contribution> contributions = new ArrayList<>();
            site(file, grants).ifPresent(contributions::add);
            contributions.addAll(LimitedCall.run(
                    "start of plugin " + plugin,
                    space.loader(),
                    settings.startLimit(),
                    () -> start(grants, model.extensionClassNames(), space.loader(), context, started)));
            contributions.replaceAll(one -> one.describedBy(PackFiles.read(plugin, file.path(), one.description())));
            LoadedPlugin loaded = new LoadedPlugin(grants, space, model, context, contributions);
            there.add(loaded);
            return loaded;
        } catch (RuntimeException | Error e) {
            stop(plugin, space.loader(), started);
            grants.close();
            metrics.forget(plugin.plugin(), own);
            classSpace.close(space);
            throw e;
        }
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

    private static Optional<LoadedPlugin.Contribution> site(PluginFile file, GrantedPermissions grants) {
        try {
            Optional<Site> site = Site.read(file.path());
            site.ifPresent(
                    found -> grants.require(Permission.of(PermissionKind.HTTP_ROUTE, "/" + found.name() + "/**")));
            return site.map(found ->
                    new LoadedPlugin.Contribution(Site.class, new ExtensionListing.OfSite(found.name()), found));
        } catch (IOException e) {
            throw invalid(file.plugin(), String.valueOf(e.getMessage()));
        }
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

    /** Removes what a plugin kept: the next one of its name is another's, perhaps. */
    void removeFolders(String plugin) {
        try {
            PluginFolders.remove(settings.dataDirectory(), plugin);
        } catch (IOException e) {
            LOG.warn("The folders of plugin '{}', which is not installed any more, could not be removed", plugin, e);
        }
    }

    private PluginFolders folders(PluginVersion plugin) {
        try {
            return PluginFolders.of(settings.dataDirectory(), plugin.plugin());
        } catch (IOException e) {
            throw new AgentOsException(
                    PluginErrorCode.STORAGE_FAILED,
                    "The folders of plugin " + plugin + " cannot be made.",
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
        ClassLoader loader = loaded.space().loader();
        List<ExtensionPoint> extensions = loaded.contributions().stream()
                .map(LoadedPlugin.Contribution::extension)
                .distinct()
                .toList();
        leftovers.addAll(stop(loaded.plugin(), loader, extensions));
        loaded.grants().close();
        classSpace.close(loaded.space());
        there.remove(loaded);
        gone.watch(loaded.plugin().plugin(), loader);
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getContextClassLoader() == loader
                        || thread.getClass().getClassLoader() == loader)
                .forEach(thread -> leftovers.add("the thread '" + thread.getName() + "'"));
        String left = leftovers.isEmpty() ? "" : "; it left behind: " + String.join(", ", leftovers);
        loaded.tell(
                left.isEmpty() ? Level.INFO : Level.WARNING,
                "Version " + loaded.plugin().version() + " is unloaded" + left);
        if (!leftovers.isEmpty()) {
            LOG.warn("Plugin {} left behind: {}", loaded.plugin(), String.join(", ", leftovers));
        }
        return leftovers;
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
        return classSpace.linkedBy(loaded.space().bundle());
    }

    private List<String> stop(PluginVersion plugin, ClassLoader loader, List<ExtensionPoint> extensions) {
        List<String> failures = new ArrayList<>();
        for (ExtensionPoint extension : extensions.reversed()) {
            try {
                LimitedCall.run("stop of plugin " + plugin, loader, settings.stopLimit(), () -> {
                    extension.stop();
                    return true;
                });
            } catch (AgentOsException e) {
                LOG.warn("Plugin {} did not stop in order", plugin, e);
                failures.add(String.valueOf(e.getMessage()));
            }
        }
        return failures;
    }

    private static List<LoadedPlugin.Contribution> start(
            GrantedPermissions grants,
            Set<String> classNames,
            ClassLoader loader,
            HostPluginContext context,
            List<ExtensionPoint> started)
            throws ReflectiveOperationException {
        PluginVersion plugin = grants.plugin();
        List<LoadedPlugin.Contribution> contributions = new ArrayList<>();
        for (String className : classNames) {
            Class<?> type = loader.loadClass(className);
            if (type.getClassLoader() != loader || AbstractExtensionFinder.findExtensionAnnotation(type) == null) {
                throw invalid(plugin, "class " + className + " is in its extension index and is no extension of it");
            }
            if (!ExtensionPoint.class.isAssignableFrom(type)) {
                throw invalid(plugin, "extension " + className + " implements no extension point");
            }
            ExtensionPoint extension = instance(type.asSubclass(ExtensionPoint.class));
            started.add(extension);
            extension.start(context);
            List<LoadedPlugin.Contribution> of = contributions(grants, extension);
            if (of.isEmpty()) {
                throw invalid(plugin, "extension " + className + " implements no extension point");
            }
            contributions.addAll(of);
        }
        return contributions;
    }

    private static ExtensionPoint instance(Class<? extends ExtensionPoint> type) throws ReflectiveOperationException {
        try {
            return type.getConstructor().newInstance();
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof AgentOsException own) {
                throw own;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    private static List<LoadedPlugin.Contribution> contributions(GrantedPermissions grants, ExtensionPoint extension) {
        PluginVersion plugin = grants.plugin();
        List<LoadedPlugin.Contribution> found = new ArrayList<>();
        if (extension instanceof Tool tool) {
            add(found, Tool.class, new ExtensionListing.OfTool(tool.description()), extension);
        }
        if (extension instanceof ModelProvider provider) {
            add(
                    found,
                    ModelProvider.class,
                    new ExtensionListing.OfModels(provider.provider(), provider.models(), provider.facts()),
                    extension);
        }
        if (extension instanceof EmbeddingProvider provider) {
            add(
                    found,
                    EmbeddingProvider.class,
                    new ExtensionListing.OfEmbeddings(provider.provider(), provider.models(), provider.facts()),
                    extension);
        }
        if (extension instanceof NodeType type) {
            add(
                    found,
                    NodeType.class,
                    new ExtensionListing.OfNodeType(
                            type.type(), type.description(), type.configurationSchema(), type.effect()),
                    extension);
        }
        if (extension instanceof ChannelReducer reducer) {
            add(found, ChannelReducer.class, described(plugin, reducer), extension);
        }
        if (extension instanceof Protocol protocol) {
            add(found, Protocol.class, described(grants, protocol), extension);
        }
        if (extension instanceof AgentPack pack) {
            add(
                    found,
                    AgentPack.class,
                    new ExtensionListing.OfPack(
                            plugin.plugin(),
                            pack.title(),
                            pack.description(),
                            pack.configurationSchema(),
                            pack.agents(),
                            pack.agentFiles()),
                    extension);
        }
        return found;
    }

    private static ExtensionListing.OfReducer described(PluginVersion plugin, ChannelReducer reducer) {
        String name = reducer.reducer();
        if (!REDUCER.matcher(name).matches()) {
            throw invalid(
                    plugin, "the name of its reducer '" + name + "' is not lower-case words with dots, two or more");
        }
        return new ExtensionListing.OfReducer(
                name,
                reducer.description(),
                reducer.valueSchema(),
                Objects.requireNonNull(reducer.start(), "The reducer " + name + " starts with nothing"),
                reducer.orderIndependent());
    }

    private static ExtensionListing.OfProtocol described(GrantedPermissions grants, Protocol protocol) {
        String name = protocol.protocol();
        if (!PROTOCOL.matcher(name).matches()) {
            throw invalid(
                    grants.plugin(),
                    "the name of its protocol '" + name
                            + "' is not a lower-case letter and up to 62 lower-case letters, digits and hyphens");
        }
        grants.require(Permission.of(PermissionKind.HTTP_ROUTE, "/protocols/" + name + "/**"));
        return new ExtensionListing.OfProtocol(name, protocol.description());
    }

    private static void add(
            List<LoadedPlugin.Contribution> found,
            Class<? extends ExtensionPoint> point,
            ExtensionListing.Description description,
            ExtensionPoint extension) {
        found.add(new LoadedPlugin.Contribution(point, description, extension));
    }

    private static AgentOsException invalid(PluginVersion plugin, String why) {
        return new AgentOsException(
                PluginErrorCode.INVALID_PLUGIN,
                "Plugin " + plugin + " cannot be started: " + why + ".",
                "Report it to the plugin's author.");
    }

    /** Runs a plugin's code on a thread of its own that is given up when it takes too long. */
    private static final class LimitedCall {

        private LimitedCall() {}

        /**
         * Runs the work with that class loader as the thread's context.
         *
         * @param what the work in words, as in {@code start of plugin x 1.0.0}
         * @throws AgentOsException the plugin's own, or {@code plugin:START_FAILED} when it fails otherwise or takes
         *     too long
         */
        static <R> R run(String what, ClassLoader loader, Duration limit, Callable<R> work) {
            FutureTask<R> task = new FutureTask<>(work);
            Thread thread = Thread.ofPlatform()
                    .daemon()
                    .name(what)
                    .inheritInheritableThreadLocals(false)
                    .unstarted(task);
            thread.setContextClassLoader(loader);
            thread.start();
            try {
                return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                throw failure(what, e.getCause() == null ? e : e.getCause());
            } catch (TimeoutException e) {
                thread.interrupt();
                throw new AgentOsException(
                        PluginErrorCode.START_FAILED,
                        "The " + what + " took longer than " + limit.toMillis() + " ms and was given up.",
                        "Report it to the plugin's author; the version before, if any, goes on.",
                        e);
            } catch (InterruptedException e) {
                thread.interrupt();
                Thread.currentThread().interrupt();
                throw new AgentOsException(
                        PluginErrorCode.START_FAILED, "The " + what + " was interrupted.", "Start it again.", e);
            }
        }

        private static AgentOsException failure(String what, Throwable cause) {
            if (cause instanceof OutOfMemoryError error) {
                throw error;
            }
            if (cause instanceof AgentOsException own) {
                return own;
            }
            return new AgentOsException(
                    PluginErrorCode.START_FAILED,
                    "The " + what + " failed with " + cause.getClass().getName() + ": " + messageOf(cause) + ".",
                    "Report it to the plugin's author with the server's log.",
                    cause);
        }

        /** The message of a plugin's exception, which is the plugin's code and may fail itself. */
        private static String messageOf(Throwable cause) {
            try {
                return String.valueOf(cause.getMessage());
            } catch (RuntimeException | StackOverflowError | LinkageError e) {
                return "no message";
            }
        }
    }
}
