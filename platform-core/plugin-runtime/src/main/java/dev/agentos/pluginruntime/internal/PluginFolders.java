package dev.agentos.pluginruntime.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The folders of one plugin, which outlive its versions.
 *
 * @param data what {@code ${data}} stands for in its permissions
 * @param temporary what {@code ${temp}} stands for
 */
public record PluginFolders(Path data, Path temporary) {

    private static final String DATA = "plugin-data";
    private static final String TEMPORARY = "plugin-temp";
    /** Which installation the folders are of; no plugin can write there. */
    private static final String INSTALLATIONS = "plugin-installations";
    /** The mark goes last: what is left of a removal that was cut short still is that installation's. */
    private static final List<String> KINDS = List.of(DATA, TEMPORARY, INSTALLATIONS);

    /**
     * Makes the folders of that plugin below the server's data directory; their paths are free of links. What another
     * installation of that name has left there, perhaps another publisher's, is removed first.
     *
     * @param installation which; empty when it was not written down
     */
    public static PluginFolders of(Path dataDirectory, String plugin, String installation) throws IOException {
        Path mark = dataDirectory.resolve(INSTALLATIONS).resolve(plugin);
        if (!installation.equals(Files.exists(mark) ? Files.readString(mark) : "")) {
            remove(dataDirectory, plugin);
            made(dataDirectory.resolve(INSTALLATIONS));
            Files.writeString(mark, installation);
        }
        return new PluginFolders(
                made(dataDirectory.resolve(DATA).resolve(plugin)),
                made(dataDirectory.resolve(TEMPORARY).resolve(plugin)));
    }

    /** Removes the folders of all plugins but these. */
    public static void retain(Path dataDirectory, Set<String> plugins) throws IOException {
        Set<String> found = new TreeSet<>();
        for (String kind : KINDS) {
            Path folders = dataDirectory.resolve(kind);
            if (Files.isDirectory(folders)) {
                try (Stream<Path> names = Files.list(folders)) {
                    names.forEach(name -> found.add(name.getFileName().toString()));
                }
            }
        }
        found.removeAll(plugins);
        for (String plugin : found) {
            remove(dataDirectory, plugin);
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
