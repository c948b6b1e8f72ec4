package dev.agentos.pluginruntime.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders of one plugin, which outlive its versions.
 *
 * @param data what {@code ${data}} stands for in its permissions
 * @param temporary what {@code ${temp}} stands for
 */
public record PluginFolders(Path data, Path temporary) {

    private static final Logger LOG = LoggerFactory.getLogger(PluginFolders.class);
    private static final String DATA = "plugin-data";
    private static final String ASIDE = "plugin-data-aside";
    private static final String TEMPORARY = "plugin-temp";
    /** Which installation the folders are of; no plugin can write there. */
    private static final String INSTALLATIONS = "plugin-installations";
    /** The mark goes last: what is left of a removal that was cut short still is that installation's. */
    private static final List<String> KINDS = List.of(DATA, TEMPORARY, INSTALLATIONS);

    /**
     * Makes the folders of that plugin below the server's data directory; their paths are free of links. What another
     * installation of that name has left there, perhaps another publisher's, is removed first; what nobody knows whose
     * it is, is put aside.
     *
     * @param installation which; empty when it was not written down, as by an earlier release: then they stay as they
     *     are
     */
    public static PluginFolders of(Path dataDirectory, String plugin, String installation) throws IOException {
        Path mark = dataDirectory.resolve(INSTALLATIONS).resolve(plugin);
        String marked = Files.exists(mark) ? Files.readString(mark) : "";
        if (!installation.isEmpty() && !installation.equals(marked)) {
            if (marked.isEmpty()) {
                putAside(dataDirectory, plugin);
            }
            remove(dataDirectory, plugin);
            made(dataDirectory.resolve(INSTALLATIONS));
            Files.writeString(
                    mark,
                    installation,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.SYNC);
        }
        return new PluginFolders(
                made(dataDirectory.resolve(DATA).resolve(plugin)),
                made(dataDirectory.resolve(TEMPORARY).resolve(plugin)));
    }

    private static void putAside(Path dataDirectory, String plugin) throws IOException {
        Path data = dataDirectory.resolve(DATA).resolve(plugin);
        if (Files.isDirectory(data, LinkOption.NOFOLLOW_LINKS)) {
            Path aside = Files.createTempDirectory(made(dataDirectory.resolve(ASIDE)), plugin + "-")
                    .resolve(plugin);
            Files.move(data, aside);
            LOG.warn(
                    "What was found in {} is not known to be of the plugin that is installed as '{}' now, and was put"
                            + " aside into {}: remove it, or bring it back",
                    data,
                    plugin,
                    aside);
        }
    }

    /** Removes the folders of that plugin with all that is in them; links are removed, not followed. */
    public static void remove(Path dataDirectory, String plugin) throws IOException {
        for (String kind : KINDS) {
            Path folder = dataDirectory.resolve(kind).resolve(plugin);
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        }
    }

    private static Path made(Path folder) throws IOException {
        return Files.createDirectories(folder).toRealPath();
    }
}
