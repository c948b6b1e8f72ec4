package dev.agentos.server;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Scope;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
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
            boolean first = keys.list(Optional.empty(), PageRequest.FIRST).items().stream()
                    .noneMatch(key -> key.revokedAt().isEmpty());
            if (first) {
                write(
                        file,
                        keys.create(Optional.empty(), "administrator", EnumSet.allOf(Scope.class), Optional.empty())
                                .secret());
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

    private static void write(Path file, String secret) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        try (var channel = Files.newByteChannel(
                        temporary,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                var writer = Channels.newWriter(channel, java.nio.charset.StandardCharsets.US_ASCII)) {
            writer.write(secret + "\n");
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
