package dev.agentos.server;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.registryclient.HttpRegistryClient;
import dev.agentos.registryclient.HttpRegistryConfig;
import dev.agentos.registryclient.IndexTrust;
import dev.agentos.registryclient.LocalRegistryClient;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.registryservice.RegistryService;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The marketplace that the server offers: one that somebody else runs, or the server's own with what it ships. */
final class InnerRegistry {

    private static final Logger LOG = LoggerFactory.getLogger(InnerRegistry.class);

    private InnerRegistry() {}

    static RegistryClient open(ServerSettings settings, InstantSource clock) {
        if (settings.registry().isPresent()) {
            return other(settings.registry().get(), settings.dataDirectory().resolve("registries"), clock);
        }
        RegistryService service = new RegistryService(settings.dataDirectory().resolve("registry"), clock);
        settings.registrySeed().ifPresent(seed -> seed(service, seed));
        return new LocalRegistryClient(service);
    }

    private static RegistryClient other(ServerSettings.Registry registry, Path pins, InstantSource clock) {
        URI address = registry.address();
        IndexTrust trust = new IndexTrust(pins, address, registry.key(), clock);
        if (!"file".equalsIgnoreCase(address.getScheme())) {
            return HttpRegistryClient.keeping(
                    HttpRegistryConfig.of(address), trust, pins.resolve(directoryOf(address)), clock);
        }
        RegistryService mirror = new RegistryService(mirror(address), clock);
        return LocalRegistryClient.untrusted(mirror, trust);
    }

    /** What one registry said is nothing that another one has said. */
    private static String directoryOf(URI address) {
        return Digests.sha256(address.toString().getBytes(StandardCharsets.UTF_8))
                        .substring(0, 32) + "-answers";
    }

    private static Path mirror(URI address) {
        try {
            Path directory = Path.of(address);
            if (Files.isRegularFile(directory.resolve("signed-index.json"))) {
                return directory;
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("{} names no directory of this machine", address, e);
        }
        throw new AgentOsException(
                KernelErrorCode.INVALID_SETTING,
                "The setting 'registry-url' names no mirror: '" + address + "'.",
                "Fill one with 'agentos registry mirror', and write its address as in file:///srv/mirror.");
    }

    /** A release's file is named by its digest, so one that is there already is not looked at again. */
    private static void seed(RegistryService service, Path seed) {
        for (Path jar : releases(seed)) {
            String digest = jar.getFileName().toString().replace(".jar", "");
            if (service.release(digest).isEmpty()) {
                if (!Files.isReadable(jar)) {
                    throw unreadable(jar, null);
                }
                publish(service, jar);
            }
        }
    }

    private static List<Path> releases(Path seed) {
        Path releases = seed.resolve("releases");
        try (Stream<Path> files = Files.list(releases)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw new AgentOsException(
                    KernelErrorCode.INVALID_SETTING,
                    "The registry-seed " + seed + " is not a registry directory.",
                    "Name a directory that 'agentos registry' uses, or leave the setting out.",
                    e);
        } catch (IOException e) {
            throw unreadable(releases, e);
        }
    }

    /** Going on without the seed would show only later, as a marketplace that lacks what this installation brings. */
    private static AgentOsException unreadable(Path path, @Nullable IOException cause) {
        String user = System.getProperty("user.name");
        return new AgentOsException(
                KernelErrorCode.INVALID_SETTING,
                "The user '" + user + "' cannot read " + path + ", which belongs to the registry-seed.",
                "Let this user read it (chmod -R a+rX), or name another directory with --registry-seed.",
                cause);
    }

    /**
     * A release is immutable: a rebuilt one with the same version does not replace it, and does not stop the server.
     */
    private static void publish(RegistryService service, Path jar) {
        try {
            service.publish(jar);
        } catch (AgentOsException e) {
            LOG.warn("The shipped release {} is not offered: {}", jar.getFileName(), e.getMessage());
        }
    }
}
