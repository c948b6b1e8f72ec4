package dev.agentos.pluginruntime.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
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

    /** Makes the folders of that plugin below the server's data directory; their paths are free of links. */
    public static PluginFolders of(Path dataDirectory, String plugin) throws IOException {
        return new PluginFolders(
                made(dataDirectory.resolve(DATA).resolve(plugin)),
                made(dataDirectory.resolve(TEMPORARY).resolve(plugin)));
    }

    /** Removes the folders of that plugin with all that is in them; links are removed, not followed. */
    public static void remove(Path dataDirectory, String plugin) throws IOException {
        for (String kind : List.of(DATA, TEMPORARY)) {
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
