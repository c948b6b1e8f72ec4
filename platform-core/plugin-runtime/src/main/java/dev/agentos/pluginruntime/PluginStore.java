package dev.agentos.pluginruntime;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps which plugins are installed; platform-wide, no tenant's. */
public interface PluginStore {

    /** All installed plugins. */
    List<InstalledPlugin> list();

    /** The number of the last change; 0 before the first. */
    long generation();

    /**
     * Writes all of a change or nothing, and raises the generation by one. Files that no row names any more go with it,
     * and so do the state of a plugin that is removed, or that comes anew under its name, and what tenants set for it.
     *
     * @param expected the generation on which the change is based
     * @return the new generation
     * @throws AgentOsException {@code plugin:BUSY} when the generation is another, or a plugin was bound to another
     *     publisher, so that somebody else was faster
     */
    long commit(long expected, Change change);

    /**
     * Gets a plugin's file, for a server that does not have it.
     *
     * @param sha512 the file's digest
     * @param target where to write it; made or replaced
     * @return whether it is kept
     */
    boolean fetch(String sha512, Path target) throws IOException;

    /** Whether the file of that digest was in force once, whatever took its place since: what ran may come back. */
    boolean hasRun(String sha512);

    /**
     * Notes a change that waits until people have agreed; again for one that is noted.
     *
     * @param file the file that was uploaded for it, which is kept as those of installed plugins are
     */
    void await(Waiting waiting, Optional<Path> file);

    /** The changes that wait, some of which may be over. */
    List<Waiting> waiting();

    /** Forgets a change that waited, and its file. */
    void forget(String operation);

    /**
     * A change that waits.
     *
     * @param operation the id of the operation that does it
     * @param plugin the version that is to be installed
     * @param uploaded whether its file is kept; else the marketplace has it
     * @param request what else was asked for
     */
    record Waiting(String operation, PluginVersion plugin, boolean uploaded, JsonObject request) {}

    /**
     * A change of what is installed.
     *
     * @param saved rows to insert or replace; they are stored with the new generation
     * @param removed ids of rows to remove
     * @param bound publishers that plugins without one are bound to
     * @param files the files of what is installed, by digest; what is kept already may be left out
     * @param noted rows to replace that keep their own generation, because nobody has to load anything anew for them
     */
    record Change(
            List<InstalledPlugin> saved,
            List<String> removed,
            List<Publishers.Binding> bound,
            Map<String, Path> files,
            List<InstalledPlugin> noted) {
        public Change {
            noted = List.copyOf(noted);
            saved = List.copyOf(saved);
            removed = List.copyOf(removed);
            bound = List.copyOf(bound);
            files = Map.copyOf(files);
        }

        /** Rows to insert or replace. */
        public static Change save(InstalledPlugin... saved) {
            return new Change(List.of(saved), List.of(), List.of(), Map.of(), List.of());
        }

        /** A row to remove. */
        public static Change remove(String id) {
            return new Change(List.of(), List.of(id), List.of(), Map.of(), List.of());
        }
    }
}
