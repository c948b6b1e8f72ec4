package dev.agentos.pluginruntime;

import dev.agentos.spi.AgentOsException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** Plugins in memory; a store outlives the service that uses it, as a database does. */
public final class FakePluginStore implements PluginStore {

    private final Map<String, InstalledPlugin> rows = new ConcurrentSkipListMap<>();
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
}
