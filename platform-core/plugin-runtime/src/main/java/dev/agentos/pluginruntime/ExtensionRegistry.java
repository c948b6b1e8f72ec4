package dev.agentos.pluginruntime;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.pluginruntime.site.Site;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.NodeType;
import dev.agentos.spi.Protocol;
import dev.agentos.spi.Tool;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The extensions of all started plugins, by extension point and name. A new version takes over in one step: who
 * acquires after it gets the new one, who holds the old one keeps it.
 */
public final class ExtensionRegistry {

    /** The extension points that there are, and what their names are called. */
    static final Map<Class<? extends ExtensionPoint>, String> POINTS = Map.of(
            Tool.class, "tool",
            ModelProvider.class, "model provider",
            EmbeddingProvider.class, "embedding provider",
            NodeType.class, "node type",
            ChannelReducer.class, "reducer",
            Protocol.class, "protocol",
            Site.class, "site",
            AgentPack.class, "agent pack");

    private record Key(Class<? extends ExtensionPoint> point, String name) {}

    private record Entry(LoadedPlugin loaded, LoadedPlugin.Contribution contribution) {}

    private final List<Consumer<Object>> unloadListeners = new CopyOnWriteArrayList<>();
    private volatile Runnable changeListener = () -> {};
    private volatile Consumer<LoadedPlugin> quarantineListener = loaded -> {};
    private volatile Map<Key, Entry> entries = Map.of();
    private volatile Map<String, LoadedPlugin> plugins = Map.of();
    private final Map<String, Hold> holds = new ConcurrentHashMap<>();
    private final List<LoadedPlugin> leaving = new CopyOnWriteArrayList<>();

    ExtensionRegistry() {}

    /**
     * An execution is carried on by this server, until the answer is closed: meanwhile it keeps each version of a
     * plugin that it has begun to use, although another takes over, as long as a version that was replaced may stay.
     *
     * @param execution the id by which its calls {@link #acquire}
     */
    public Hold hold(String execution) {
        Hold hold = new Hold(execution);
        holds.put(execution, hold);
        return hold;
    }

    /** The versions of plugins that an execution has begun to use. */
    public final class Hold implements AutoCloseable {

        private final String execution;
        private final Map<String, LoadedPlugin> versions = new ConcurrentHashMap<>();
        private boolean closed;

        private Hold(String execution) {
            this.execution = execution;
        }

        String execution() {
            return execution;
        }

        /** What the execution gets for what is offered: the same, or the like of the version that it holds. */
        private Entry entry(Key key, Entry offered) {
            String plugin = offered.loaded().plugin().plugin();
            LoadedPlugin held = versions.get(plugin);
            if (held == offered.loaded()) {
                return offered;
            }
            if (held != null && held.goesOn()) {
                // What only the new version has is better than a failure.
                return of(held, key).orElse(offered);
            }
            begin(plugin, offered.loaded());
            return offered;
        }

        /** What the execution gets for what is not offered any more. */
        private Optional<Entry> entry(Key key) {
            return versions.values().stream()
                    .filter(LoadedPlugin::goesOn)
                    .flatMap(held -> of(held, key).stream())
                    .findFirst();
        }

        private static Optional<Entry> of(LoadedPlugin held, Key key) {
            return held.offers().stream()
                    .filter(one -> one.point() == key.point()
                            && one.description().name().equals(key.name()))
                    .findFirst()
                    .map(one -> new Entry(held, one));
        }

        private synchronized void begin(String plugin, LoadedPlugin version) {
            if (closed || !version.hold(this)) {
                return;
            }
            LoadedPlugin before = versions.put(plugin, version);
            if (before != null && before != version) {
                before.letGo(this);
            }
        }

        /** That version goes, and cannot be held any longer. */
        void forget(LoadedPlugin version) {
            versions.remove(version.plugin().plugin(), version);
        }

        /** The execution has ended, or parks: what it holds may go. */
        @Override
        public void close() {
            holds.remove(execution, this);
            synchronized (this) {
                closed = true;
            }
            versions.values().forEach(version -> version.letGo(this));
            versions.clear();
        }
    }

    /** Takes hold of an extension for nobody's execution; see {@link #acquire(Class, String, Optional)}. */
    public <T extends ExtensionPoint> Optional<ExtensionHandle<T>> acquire(Class<T> point, String name) {
        return acquire(point, name, Optional.empty());
    }

    /**
     * Takes hold of an extension.
     *
     * @param point the extension point, as in {@code Tool.class}
     * @param name the tool's name, the provider's, the node type, the reducer's, the protocol's, the site's, or the
     *     pack's plugin id
     * @param execution the execution that calls; empty outside one
     * @return empty when there is none of that name
     * @throws AgentOsException {@code plugin:QUARANTINED} when its plugin was switched off, {@code plugin:TEXT_CHANGED}
     *     when it is a tool that says what nobody has agreed to
     */
    public <T extends ExtensionPoint> Optional<ExtensionHandle<T>> acquire(
            Class<T> point, String name, Optional<String> execution) {
        Key key = new Key(point, name);
        Optional<Entry> tried = Optional.empty();
        while (true) {
            Optional<Entry> found = entry(key, execution);
            if (found.isEmpty() || found.equals(tried)) {
                return Optional.empty();
            }
            Entry entry = found.get();
            refuseQuarantined(entry.loaded());
            Optional<ExtensionHandle<T>> handle = entry.loaded()
                    .enter(entry.contribution(), point.cast(entry.contribution().extension()), execution);
            if (handle.isPresent()) {
                return handle;
            }
            tried = found;
        }
    }

    private Optional<Entry> entry(Key key, Optional<String> execution) {
        Entry offered = entries.get(key);
        if (offered == null && key.point() == Tool.class) {
            refuseWithheld(key.name());
        }
        Hold hold = execution.isPresent() ? holds.get(execution.get()) : null;
        if (hold == null) {
            return Optional.ofNullable(offered);
        }
        return offered == null ? hold.entry(key) : Optional.of(hold.entry(key, offered));
    }

    /** The static files of that name; a value that holds no version, so that it may be sent slowly. */
    public Optional<Site> site(String name) {
        try (ExtensionHandle<Site> handle = acquire(Site.class, name).orElse(null)) {
            return Optional.ofNullable(handle).map(ExtensionHandle::extension);
        }
    }

    /** What is on offer at an extension point, by name. */
    public List<ExtensionListing> list(Class<? extends ExtensionPoint> point) {
        return entries.entrySet().stream()
                .filter(entry -> entry.getKey().point() == point)
                .map(entry -> listing(entry.getValue()))
                .sorted(Comparator.comparing(listing -> listing.description().name()))
                .toList();
    }

    /** The extension's description without holding it. */
    public Optional<ExtensionListing> find(Class<? extends ExtensionPoint> point, String name) {
        return find(point, name, Optional.empty());
    }

    /** The same as an execution has it, which begins to use the plugin's version by that. */
    public Optional<ExtensionListing> find(
            Class<? extends ExtensionPoint> point, String name, Optional<String> execution) {
        return entry(new Key(point, name), execution).map(ExtensionRegistry::listing);
    }

    /** The same, or that of a version which was replaced and lacks it now, as long as executions may hold it. */
    public Optional<ExtensionListing> known(
            Class<? extends ExtensionPoint> point, String name, Optional<String> execution) {
        return find(point, name, execution)
                .or(() -> leaving.stream()
                        .filter(LoadedPlugin::goesOn)
                        .flatMap(held -> Hold.of(held, new Key(point, name)).stream())
                        .findFirst()
                        .map(ExtensionRegistry::listing));
    }

    /**
     * Switches the loaded version that a handle holds off: nobody acquires it any more until an administrator restarts
     * the plugin.
     */
    public void quarantine(ExtensionHandle<?> handle, String reason) {
        quarantine((LoadedPlugin) handle.loading(), reason);
    }

    void quarantine(LoadedPlugin loaded, String reason) {
        loaded.quarantine(reason);
        synchronized (this) {
            if (plugins.get(loaded.plugin().plugin()) == loaded) {
                quarantineListener.accept(loaded);
            }
        }
        changeListener.run();
    }

    /** Ends the processes of plugins that are stopped, and has those of the others come back. */
    public void rest(Predicate<String> stopped) {
        plugins.forEach((id, loaded) -> {
            if (loaded.code() instanceof PluginCode.Isolated isolated) {
                isolated.plugin().rest(stopped.test(id));
            }
        });
    }

    /** Hears of each plugin whose version in force is switched off. */
    void onQuarantine(Consumer<LoadedPlugin> listener) {
        quarantineListener = listener;
    }

    /** Hears of each {@link ExtensionHandle#loading()} when it is unloaded, to drop what refers to it. */
    public void onUnload(Consumer<Object> listener) {
        unloadListeners.add(listener);
    }

    /**
     * Hears whenever something else is offered than before, and when a version is gone.
     *
     * @param listener must not block
     */
    public void onChange(Runnable listener) {
        changeListener = listener;
    }

    Optional<LoadedPlugin> loaded(String plugin) {
        return Optional.ofNullable(plugins.get(plugin));
    }

    List<LoadedPlugin> all() {
        return List.copyOf(plugins.values());
    }

    /**
     * Makes sure that these can be offered together with what is there.
     *
     * @throws AgentOsException {@code plugin:NAME_CLASH} naming both plugins
     */
    void check(List<LoadedPlugin> candidates) {
        Map<Key, Entry> next =
                without(candidates.stream().map(c -> c.plugin().plugin()).toList());
        for (LoadedPlugin candidate : candidates) {
            for (LoadedPlugin.Contribution contribution : candidate.offers()) {
                Key key =
                        new Key(contribution.point(), contribution.description().name());
                Entry other = next.putIfAbsent(key, new Entry(candidate, contribution));
                if (other != null) {
                    throw clash(candidate, other.loaded(), key);
                }
            }
        }
    }

    /** Offers these instead of the versions before, in one step; returns those. */
    synchronized List<LoadedPlugin> replace(List<LoadedPlugin> candidates) {
        check(candidates);
        Map<Key, Entry> next =
                without(candidates.stream().map(c -> c.plugin().plugin()).toList());
        Map<String, LoadedPlugin> nextPlugins = new HashMap<>(plugins);
        List<LoadedPlugin> replaced = new ArrayList<>();
        for (LoadedPlugin candidate : candidates) {
            LoadedPlugin before = nextPlugins.put(candidate.plugin().plugin(), candidate);
            if (before != null) {
                replaced.add(before);
                // Grants that were taken back, and what was restarted, are taken from executions as well.
                if (!before.plugin().sha512().equals(candidate.plugin().sha512())) {
                    before.replaced();
                    leaving.add(before);
                }
            }
            candidate
                    .offers()
                    .forEach(contribution -> next.put(
                            new Key(
                                    contribution.point(),
                                    contribution.description().name()),
                            new Entry(candidate, contribution)));
        }
        plugins = Map.copyOf(nextPlugins);
        entries = Map.copyOf(next);
        changeListener.run();
        return replaced;
    }

    /** Offers nothing of the plugin any more; returns the version that was offered. */
    synchronized Optional<LoadedPlugin> remove(String plugin) {
        Map<String, LoadedPlugin> nextPlugins = new HashMap<>(plugins);
        Optional<LoadedPlugin> removed = Optional.ofNullable(nextPlugins.remove(plugin));
        entries = Map.copyOf(without(List.of(plugin)));
        plugins = Map.copyOf(nextPlugins);
        changeListener.run();
        return removed;
    }

    void unloaded(LoadedPlugin loaded) {
        leaving.remove(loaded);
        unloadListeners.forEach(listener -> listener.accept(loaded));
        changeListener.run();
    }

    static List<ExtensionListing> listings(LoadedPlugin loaded) {
        return loaded.offers().stream()
                .map(contribution -> new ExtensionListing(loaded.plugin(), contribution.description()))
                .toList();
    }

    private static ExtensionListing listing(Entry entry) {
        return new ExtensionListing(
                entry.loaded().plugin(), entry.contribution().description());
    }

    private Map<Key, Entry> without(List<String> ids) {
        Map<Key, Entry> next = new HashMap<>(entries);
        next.values().removeIf(entry -> ids.contains(entry.loaded().plugin().plugin()));
        return next;
    }

    private void refuseWithheld(String tool) {
        for (LoadedPlugin loaded : plugins.values()) {
            if (loaded.withholds(tool)) {
                throw new AgentOsException(
                        PluginErrorCode.TEXT_CHANGED,
                        "The tool '" + tool + "' of plugin " + loaded.plugin()
                                + " is switched off: what it says of itself is not what an administrator has agreed"
                                + " to.",
                        "An administrator can read it with 'agentos plugin show', and agree to it or remove the"
                                + " plugin.");
            }
        }
    }

    private static void refuseQuarantined(LoadedPlugin loaded) {
        loaded.quarantine().ifPresent(reason -> {
            throw new AgentOsException(
                    PluginErrorCode.QUARANTINED,
                    "Plugin " + loaded.plugin() + " is switched off: " + reason + ".",
                    "Restart or replace the plugin; restart the server when its threads are to be ended, too.");
        });
    }

    private static AgentOsException clash(LoadedPlugin candidate, LoadedPlugin other, Key key) {
        return InvalidInputException.of(
                PluginErrorCode.NAME_CLASH,
                "",
                "Plugin " + candidate.plugin() + " offers the " + POINTS.get(key.point()) + " '" + key.name()
                        + "', which plugin " + other.plugin() + " offers already.",
                "Uninstall one of the two.");
    }
}
