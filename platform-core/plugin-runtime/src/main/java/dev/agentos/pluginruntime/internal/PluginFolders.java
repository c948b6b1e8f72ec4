package dev.agentos.pluginruntime.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The folders of one plugin, which outlive its versions.
 *
 * @param data what {@code ${data}} stands for in its permissions
 * @param temporary what {@code ${temp}} stands for
 */
public record PluginFolders(Path data, Path temporary) {

    /** Makes the folders of that plugin below the server's data directory; their paths are free of links. */
    public static PluginFolders of(Path dataDirectory, String plugin) throws IOException {
        return new PluginFolders(
                made(dataDirectory.resolve("plugin-data").resolve(plugin)),
                made(dataDirectory.resolve("plugin-temp").resolve(plugin)));
    }

    private static Path made(Path folder) throws IOException {
        return Files.createDirectories(folder).toRealPath();
    }
}
