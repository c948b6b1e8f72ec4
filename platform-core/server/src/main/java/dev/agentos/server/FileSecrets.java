package dev.agentos.server;

import dev.agentos.pluginruntime.SecretSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Secrets from the environment, {@code AGENTOS_SECRET_NAME}, else from files that only the server's user can read,
 * {@code secrets/NAME} in the data directory. Read anew each time, so that a rotated secret is in force at once.
 */
record FileSecrets(Map<String, String> environment, Path directory) implements SecretSource {

    private static final Logger LOG = LoggerFactory.getLogger(FileSecrets.class);

    @Override
    public Optional<String> secret(String name) {
        if (!name.matches("[A-Za-z0-9_.-]{1,128}") || name.startsWith(".")) {
            return Optional.empty();
        }
        String fromEnvironment = environment.get("AGENTOS_SECRET_" + name);
        if (fromEnvironment != null) {
            return Optional.of(fromEnvironment);
        }
        Path file = directory.resolve(name);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException e) {
            LOG.warn("The secret in {} cannot be read: {}", file, e.getMessage());
            return Optional.empty();
        }
    }
}
