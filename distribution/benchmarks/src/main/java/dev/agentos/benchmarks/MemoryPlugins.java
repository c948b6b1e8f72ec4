package dev.agentos.benchmarks;

import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginStateStore;
import dev.agentos.pluginruntime.PluginStore;
import dev.agentos.pluginruntime.Publishers;
import dev.agentos.spi.JsonValue;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a server keeps of plugins, in memory: enough for plugins that are installed once, with one tenant. */
final class MemoryPlugins implements PluginStore, PluginStateStore {

    private final Map<String, InstalledPlugin> installed = new ConcurrentHashMap<>();
    private final Map<List<String>, JsonValue> states = new ConcurrentHashMap<>();
    private final Owners owners = new Owners();
    private long generation;

    Publishers.Store publishers() {
        return owners;
    }

    @Override
    public List<InstalledPlugin> list() {
        return List.copyOf(installed.values());
    }

    @Override
    public synchronized long generation() {
        return generation;
    }

    @Override
    public synchronized long commit(long expected, Change change) {
        generation++;
        change.saved().forEach(row -> installed.put(row.id(), row));
        change.noted().forEach(row -> installed.put(row.id(), row));
        change.removed().forEach(installed::remove);
        change.bound().forEach(binding -> owners.bindings.putIfAbsent(binding.plugin(), binding));
        return generation;
    }

    @Override
    public boolean hasRun(String sha512) {
        return false;
    }

    @Override
    public void await(Waiting waiting, Optional<Path> file) {
        throw new UnsupportedOperationException("Nobody is asked here");
    }

    @Override
    public List<Waiting> waiting() {
        return List.of();
    }

    @Override
    public void forget(String operation) {
        // Nothing waits here.
    }

    @Override
    public boolean fetch(String sha512, Path target) {
        return false;
    }

    @Override
    public Map<String, JsonValue> get(String tenant, String plugin, Collection<String> keys) {
        var found = new HashMap<String, JsonValue>();
        keys.forEach(key -> Optional.ofNullable(states.get(List.of(tenant, plugin, key)))
                .ifPresent(value -> found.put(key, value)));
        return found;
    }

    @Override
    public void put(String tenant, String plugin, Map<String, JsonValue> values) {
        values.forEach((key, value) -> states.put(List.of(tenant, plugin, key), value));
    }

    @Override
    public void remove(String tenant, String plugin, Collection<String> keys) {
        keys.forEach(key -> states.remove(List.of(tenant, plugin, key)));
    }

    /** Nothing that is installed here is signed; what is bound or revoked is kept all the same. */
    private static final class Owners implements Publishers.Store {
        private final Map<String, Publishers.Binding> bindings = new ConcurrentHashMap<>();
        private final List<Publishers.Revocation> revocations = new CopyOnWriteArrayList<>();

        @Override
        public List<Publishers.Binding> bindings() {
            return List.copyOf(bindings.values());
        }

        @Override
        public boolean bind(Publishers.Binding binding, Optional<Publishers.Binding> seen) {
            return seen.isPresent()
                    ? bindings.replace(binding.plugin(), seen.get(), binding)
                    : bindings.putIfAbsent(binding.plugin(), binding) == null;
        }

        @Override
        public boolean unbind(Publishers.Binding seen) {
            return bindings.remove(seen.plugin(), seen);
        }

        @Override
        public List<Publishers.Revocation> revocations() {
            return List.copyOf(revocations);
        }

        @Override
        public void revoke(Publishers.Revocation revocation) {
            revocations.add(revocation);
        }
    }
}
