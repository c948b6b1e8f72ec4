package dev.agentos.http;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.spi.AgentOsException;
import dev.agentos.web.HttpErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Uploaded files, on disk and never in memory, for as long as an operation reads them. */
final class Uploads {

    /** The largest file that is taken, in bytes. */
    static final long MAX_BYTES = 256L * 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);
    private static final String PREFIX = "upload";
    private static final Duration LONGEST_OPERATION = Duration.ofHours(1);

    private final Path directory;
    private final Operations operations;
    private final Streaming streaming;
    private final Ids ids = Ids.system();

    Uploads(Path directory, Operations operations, Streaming streaming) {
        this.directory = directory;
        this.operations = operations;
        this.streaming = streaming;
    }

    /** Removes what an earlier process left. */
    void clean() {
        try {
            Files.createDirectories(directory);
            try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, PREFIX + "_*")) {
                left.forEach(Uploads::remove);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * An upload that was received whole.
     *
     * @param file where it is
     * @param sha256 digest of its bytes, in hexadecimal
     */
    record Received(Path file, String sha256) {}

    /**
     * Writes an upload to a file.
     *
     * @throws AgentOsException {@code server:BODY_TOO_LARGE}
     */
    Received store(InputStream in) {
        MessageDigest digest = Digests.sha256();
        Path file = directory.resolve(ids.next(PREFIX) + ".jar");
        boolean whole = false;
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            byte[] buffer = new byte[64 * 1024];
            long total = 0;
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                total += read;
                if (total > MAX_BYTES) {
                    throw new AgentOsException(
                            HttpErrorCode.BODY_TOO_LARGE,
                            "The file is larger than 256 MiB.",
                            "Send a smaller one, or publish it in a registry and install it from there.");
                }
                digest.update(buffer, 0, read);
                out.write(buffer, 0, read);
            }
            whole = true;
            return new Received(file, HexFormat.of().formatHex(digest.digest()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (!whole) {
                remove(file);
            }
        }
    }

    /** Keeps a file until the operation that reads it has ended, or waits: what waits has kept it itself. */
    void removeAfter(Operation operation, Path file) {
        Thread.ofVirtual().name("upload-", 0).start(() -> {
            streaming.await(
                    operation.id(),
                    LONGEST_OPERATION,
                    () -> operations
                            .find(operation.id())
                            .map(found -> found.state() != Operation.State.RUNNING)
                            .orElse(true));
            remove(file);
        });
    }

    static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("The uploaded file {} could not be removed: {}", file, e.toString());
        }
    }
}
