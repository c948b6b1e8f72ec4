package dev.agentos.pluginruntime.internal;

import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginStore;
import dev.agentos.spi.AgentOsException;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commits changes of plugins, also those of which the database's answer is lost on its way. */
public final class Commits {

    private static final Logger LOG = LoggerFactory.getLogger(Commits.class);

    private final PluginStore store;

    /** Commits to that store. */
    public Commits(PluginStore store) {
        this.store = store;
    }

    /**
     * As {@link PluginStore#commit}; what fails was not made, as far as the store can be asked.
     *
     * @throws AgentOsException as there
     */
    public long commit(long expected, PluginStore.Change change) {
        try {
            return store.commit(expected, change);
        } catch (RuntimeException e) {
            boolean overtaken = e instanceof AgentOsException told && told.errorCode() == PluginErrorCode.BUSY;
            if (!overtaken && isMade(expected + 1, change, e)) {
                LOG.warn("A change of plugins was made although the database did not say so", e);
                return expected + 1;
            }
            throw e;
        }
    }

    private boolean isMade(long generation, PluginStore.Change change, RuntimeException failure) {
        try {
            if (store.generation() != generation) {
                return false;
            }
            Map<String, InstalledPlugin> rows =
                    store.list().stream().collect(Collectors.toMap(InstalledPlugin::id, Function.identity()));
            return change.saved().stream().allMatch(row -> isKept(row, generation, rows.get(row.id())))
                    && change.noted().stream().allMatch(row -> isKept(row, row.generation(), rows.get(row.id())))
                    && change.removed().stream().noneMatch(rows::containsKey);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    private static boolean isKept(InstalledPlugin row, long generation, @Nullable InstalledPlugin found) {
        return found != null && row.withGeneration(generation).equals(found);
    }
}
