package dev.agentos.pluginruntime;

import dev.agentos.spi.AgentOsException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** Plugins in memory; a store outlives the service that uses it, as a database does. */
public final class FakePluginStore implements PluginStore, Publishers.Store {

    private final Map<String, InstalledPlugin> rows = new ConcurrentSkipListMap<>();
    private final Map<String, Publishers.Binding> bindings = new ConcurrentSkipListMap<>();
    private final Map<String, Publishers.Revocation> revocations = new ConcurrentSkipListMap<>();
    private long generation;

    /** Called before each commit; throws to make it fail. */
    public volatile Runnable beforeCommit = () -> {};

    @Override
    public synchronized List<InstalledPlugin> list() {
        return List.copyOf(rows.values());
    }

    @Override
    public synchronized long generation() {
        return generation;
    }

    @Override
    public synchronized long commit(long expected, List<InstalledPlugin> saved, List<String> removed) {
        beforeCommit.run();
        if (expected != generation) {
            throw new AgentOsException(PluginErrorCode.BUSY, "Another server was faster.", "Try again.");
        }
        generation++;
        saved.forEach(row -> rows.put(row.id(), row.withGeneration(generation)));
        removed.forEach(rows::remove);
        return generation;
    }

    @Override
    public List<Publishers.Binding> bindings() {
        return List.copyOf(bindings.values());
    }

    @Override
    public void bindFirst(Publishers.Binding binding) {
        bindings.putIfAbsent(binding.plugin(), binding);
    }

    @Override
    public void bind(Publishers.Binding binding) {
        bindings.put(binding.plugin(), binding);
    }

    @Override
    public boolean unbind(String plugin) {
        return bindings.remove(plugin) != null;
    }

    @Override
    public List<Publishers.Revocation> revocations() {
        return List.copyOf(revocations.values());
    }

    @Override
    public void revoke(Publishers.Revocation revocation) {
        revocations.putIfAbsent(revocation.fingerprint(), revocation);
    }
}
