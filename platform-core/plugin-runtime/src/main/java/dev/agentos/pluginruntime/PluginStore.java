package dev.agentos.pluginruntime;

import dev.agentos.spi.AgentOsException;
import java.util.List;

/** Keeps which plugins are installed; platform-wide, no tenant's. */
public interface PluginStore {

    /** All installed plugins. */
    List<InstalledPlugin> list();

    /** The number of the last change; 0 before the first. */
    long generation();

    /**
     * Writes all of these changes or none, and raises the generation by one.
     *
     * @param expected the generation on which the changes are based
     * @param saved rows to insert or replace; they are stored with the new generation
     * @param removed ids of rows to remove
     * @return the new generation
     * @throws AgentOsException {@code plugin:BUSY} when the generation is another, so that somebody else was faster
     */
    long commit(long expected, List<InstalledPlugin> saved, List<String> removed);
}
