package dev.agentos.cli.authoring;

import dev.agentos.cli.client.ServerAddress;
import dev.agentos.verifier.PublisherKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Where a publisher's keys are. */
public final class SigningKeys {
    private static final String DEVELOPMENT = "development";
    private static final int VALID_DAYS = 1095;

    @Option(names = "--keys", paramLabel = "DIR", description = "Where keys are kept (default: ${DEFAULT-VALUE}).")
    private Path directory = usualDirectory();

    @Option(
            names = "--key",
            paramLabel = "NAME",
            defaultValue = DEVELOPMENT,
            description = "As 'key new' made it (default: ${DEFAULT-VALUE}, which is made when it is not there).")
    private String name = DEVELOPMENT;

    /** The key that was named. */
    public PublisherKey open() {
        var file = file(directory, name);
        if (name.equals(DEVELOPMENT) && !Files.exists(file)) {
            return PublisherKey.create(file, name, password(), Duration.ofDays(VALID_DAYS), Duration.ZERO);
        }
        return PublisherKey.open(file, password());
    }

    public static Path file(Path directory, String name) {
        return directory.resolve(name.replaceAll("[^A-Za-z0-9._@-]", "_") + ".p12");
    }

    public static Path usualDirectory() {
        return ServerAddress.dataDirectory().resolve("keys");
    }

    public static String password() {
        return PublisherKey.password(System.getenv());
    }
}
