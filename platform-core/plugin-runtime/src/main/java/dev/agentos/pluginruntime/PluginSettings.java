package dev.agentos.pluginruntime;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How plugins are kept and how long they may take.
 *
 * @param dataDirectory the server's data directory; plugins live in {@code plugins} below it
 * @param startLimit how long a plugin may take to load and start
 * @param stopLimit how long a plugin may take to stop
 * @param drainLimit how long calls into a replaced version may go on before they are interrupted
 * @param allowUnsigned whether plugins that nobody signed may be installed
 * @param unguarded whether plugins are loaded in a process without the guard, where nothing holds them to their
 *     permissions
 */
public record PluginSettings(
        Path dataDirectory,
        Duration startLimit,
        Duration stopLimit,
        Duration drainLimit,
        boolean allowUnsigned,
        boolean unguarded) {

    /** 30 s to start, 10 s to stop, 30 s to drain. */
    public static PluginSettings of(Path dataDirectory, boolean allowUnsigned, boolean unguarded) {
        return new PluginSettings(
                dataDirectory,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                allowUnsigned,
                unguarded);
    }
}
