package dev.agentos.pluginruntime;

import dev.agentos.pluginruntime.internal.Sandbox;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How plugins are kept and how long they may take.
 *
 * @param dataDirectory the server's data directory; plugins live in {@code plugins} below it
 * @param startLimit how long a plugin may take to load and start
 * @param stopLimit how long a plugin may take to stop
 * @param drainLimit how long a version that was replaced stays for the executions that began to use it, and calls into
 *     one that goes may go on before they are interrupted
 * @param allowUnsigned whether plugins that nobody signed may be installed
 * @param unguarded whether plugins are loaded in a process without the guard, where nothing holds them to their
 *     permissions
 * @param workerMemory the bound of the heap of a plugin's own process, in MiB
 * @param isolation which plugins get such a process when nobody says where they run
 */
public record PluginSettings(
        Path dataDirectory,
        Duration startLimit,
        Duration stopLimit,
        Duration drainLimit,
        boolean allowUnsigned,
        boolean unguarded,
        int workerMemory,
        Isolation isolation) {

    private static final int WORKER_MEMORY = 256;

    /**
     * Something that makes plugins less safe than they are meant to be.
     *
     * @param setting the setting that allows it
     * @param message a sentence for administrators
     */
    public record Warning(String setting, String message) {}

    /** What of these settings, and of this process, makes plugins less safe than they are meant to be. */
    List<Warning> warnings() {
        List<Warning> found = new ArrayList<>();
        if (allowUnsigned) {
            found.add(new Warning(
                    "allow-unsigned",
                    "Plugins that nobody signed may be installed (allow-unsigned): anybody may have made them."));
        }
        if (unguarded && !Sandbox.isGuarded()) {
            found.add(new Warning(
                    "unsafe-plugins",
                    "Plugins are unsafe (unsafe-plugins): the server runs without its guard, and nothing holds plugins"
                            + " to their permissions."));
        }
        return List.copyOf(found);
    }

    /** 30 s to start, 10 s to stop, 30 s to drain, 256 MiB for a plugin's own process. */
    public static PluginSettings of(Path dataDirectory, boolean allowUnsigned, boolean unguarded) {
        return new PluginSettings(
                dataDirectory,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                allowUnsigned,
                unguarded,
                WORKER_MEMORY,
                Isolation.NONE);
    }

    /** The same with another time to drain. */
    public PluginSettings draining(Duration limit) {
        return new PluginSettings(
                dataDirectory, startLimit, stopLimit, limit, allowUnsigned, unguarded, workerMemory, isolation);
    }

    /** The same with that much memory for a plugin's own process, in MiB. */
    public PluginSettings workersOf(int mebibytes) {
        return new PluginSettings(
                dataDirectory, startLimit, stopLimit, drainLimit, allowUnsigned, unguarded, mebibytes, isolation);
    }

    /** The same with other plugins that run in processes of their own. */
    public PluginSettings isolating(Isolation other) {
        return new PluginSettings(
                dataDirectory, startLimit, stopLimit, drainLimit, allowUnsigned, unguarded, workerMemory, other);
    }
}
