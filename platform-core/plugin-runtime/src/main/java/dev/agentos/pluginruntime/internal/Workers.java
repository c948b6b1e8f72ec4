package dev.agentos.pluginruntime.internal;

import dev.agentos.guard.Guard;
import dev.agentos.pluginruntime.GrantedPermissions;
import dev.agentos.pluginruntime.PluginSettings;
import dev.agentos.pluginworker.IsolatedPlugin;
import dev.agentos.pluginworker.WorkerLaunch;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts plugins in processes of their own, with the same Java, class path and guard as this one has. */
public final class Workers {

    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

    private final PluginSettings settings;
    private final InstantSource clock;
    private final Path folder;

    /** Processes with folders below the data directory; those that a server left there that was killed go. */
    public Workers(PluginSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.folder = settings.dataDirectory().resolve("cache").resolve("workers");
        clear();
    }

    private void clear() {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> left = Files.walk(folder)) {
            for (Path file : left.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("Folders of processes that are gone stay in {}", folder, e);
        }
    }

    /** Starts one. */
    public IsolatedPlugin start(PluginWorker.Order order, GrantedPermissions grants, IsolatedPlugin.Host host) {
        WorkerLaunch launch = new WorkerLaunch(
                order.plugin().plugin(),
                PluginWorker.class.getName(),
                Sandbox.isGuarded() ? Optional.of(guard()) : Optional.empty(),
                settings.workerMemory(),
                folder,
                order.folders().temporary(),
                environment(grants));
        return new IsolatedPlugin(launch, order.toJson(), settings.startLimit(), clock, host);
    }

    /** What it may read of the environment is all that there is. */
    private static Map<String, String> environment(GrantedPermissions grants) {
        Map<String, String> seen = new HashMap<>();
        System.getenv().forEach((name, value) -> {
            if (grants.permissions().stream().anyMatch(grant -> covers(grant, name))) {
                seen.put(name, value);
            }
        });
        return seen;
    }

    private static boolean covers(Permission grant, String name) {
        try {
            return grant.covers(Permission.of(PermissionKind.ENV_READ, name));
        } catch (IllegalArgumentException e) {
            // What cannot be written as a permission cannot have been granted.
            return false;
        }
    }

    private static Path guard() {
        CodeSource source = Guard.class.getProtectionDomain().getCodeSource();
        try {
            return Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("The guard's agent has no file", e);
        }
    }
}
