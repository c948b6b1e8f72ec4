package dev.agentos.server;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import dev.agentos.kernel.SecretFile;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The platform administrator's first key, in a file that only the server's user can read. */
final class AdministratorKey {

    private static final Logger LOG = LoggerFactory.getLogger(AdministratorKey.class);

    private AdministratorKey() {}

    /** Makes the key when the platform has none, or when the file is there but its key is not known. */
    static void ensure(ApiKeys keys, Path file) {
        try {
            if (Files.exists(file)
                    && keys.authenticate(Files.readString(file).strip()).isPresent()) {
                return;
            }
            boolean first = keys.list(Optional.empty(), Search.ALL, PageRequest.FIRST).items().stream()
                    .noneMatch(key -> key.revokedAt().isEmpty());
            if (first) {
                SecretFile.write(
                        file,
                        keys.create(Optional.empty(), "administrator", EnumSet.allOf(Scope.class), Optional.empty())
                                        .secret()
                                + "\n");
                LOG.info("The administrator's key is in {}", file);
            }
        } catch (IOException e) {
            throw new AgentOsException(
                    KernelErrorCode.DATA_DIRECTORY_UNUSABLE,
                    "The administrator's key cannot be written to " + file + ": " + e.getMessage() + ".",
                    "Check the rights of the data directory, or choose another with --data-dir.",
                    e);
        }
    }
}
