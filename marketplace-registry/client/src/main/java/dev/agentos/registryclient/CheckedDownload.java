package dev.agentos.registryclient;

import dev.agentos.kernel.Digests;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.VerifierLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Copies a release's bytes into a draft beside the target, checks them, and gives the draft the target's name. */
final class CheckedDownload {

    private static final int BUFFER_BYTES = 1 << 16;

    private final Release release;
    private final Path target;
    private final DownloadProgress progress;

    CheckedDownload(Release release, Path target, DownloadProgress progress) {
        if (release.sizeBytes() > VerifierLimits.DEFAULT.fileBytes()) {
            throw new AgentOsException(
                    RegistryErrorCode.TOO_LARGE,
                    release.slug() + " " + release.version() + " has " + release.sizeBytes() + " bytes; at most "
                            + VerifierLimits.DEFAULT.fileBytes() + " are fetched.",
                    "Ask its publisher for a smaller one.");
        }
        this.release = release;
        this.target = target.toAbsolutePath();
        this.progress = progress;
    }

    /** Reads the stream to its end; the caller closes it. */
    void copy(InputStream in) {
        Path draft = draft();
        try {
            receive(in, draft);
            move(draft);
        } finally {
            discard(draft);
        }
    }

    private Path draft() {
        Path directory = target.getParent();
        if (directory == null) {
            throw new IllegalArgumentException("The target " + target + " is not a file");
        }
        try {
            return Files.createTempFile(directory, ".download-", ".part");
        } catch (IOException e) {
            throw storageFailed(e);
        }
    }

    private void receive(InputStream in, Path draft) {
        MessageDigest digest = Digests.sha512();
        byte[] buffer = new byte[BUFFER_BYTES];
        long done = 0;
        try (FileChannel out = open(draft)) {
            for (int count = read(in, buffer, done); count >= 0; count = read(in, buffer, done)) {
                done += count;
                if (done > release.sizeBytes()) {
                    throw mismatch("more than the " + release.sizeBytes() + " bytes that the release has");
                }
                digest.update(buffer, 0, count);
                write(out, ByteBuffer.wrap(buffer, 0, count));
                progress.onProgress(done, release.sizeBytes());
            }
            if (done < release.sizeBytes()) {
                throw brokenOff(done, null);
            }
            if (!Digests.hex(digest).equals(release.sha512())) {
                throw mismatch("bytes with another SHA-512 digest");
            }
            out.force(true);
        } catch (IOException e) {
            throw storageFailed(e);
        }
    }

    private FileChannel open(Path draft) {
        try {
            return FileChannel.open(draft, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw storageFailed(e);
        }
    }

    private int read(InputStream in, byte[] buffer, long done) {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw brokenOff(done, e);
        }
    }

    private static void write(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private void move(Path draft) {
        try {
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw storageFailed(e);
        }
    }

    private static void discard(Path draft) {
        try {
            Files.deleteIfExists(draft);
        } catch (IOException e) {
            // The failure that led here says more; the name shows what the file is.
            draft.toFile().deleteOnExit();
        }
    }

    private AgentOsException mismatch(String what) {
        return new AgentOsException(
                RegistryErrorCode.DIGEST_MISMATCH,
                "For " + release.slug() + " " + release.version() + " the registry sent " + what + ".",
                "Do not install it; tell the registry's operator.");
    }

    private AgentOsException brokenOff(long done, @Nullable IOException cause) {
        return new AgentOsException(
                RegistryErrorCode.UNAVAILABLE,
                "The download of " + release.slug() + " " + release.version() + " broke off after " + done + " of "
                        + release.sizeBytes() + " bytes.",
                "Try again.",
                cause);
    }

    private AgentOsException storageFailed(IOException e) {
        return new AgentOsException(
                RegistryErrorCode.STORAGE_FAILED,
                "The download cannot be written to " + target + " ("
                        + e.getClass().getSimpleName() + ").",
                "Check that the directory exists, is writable, and has space.",
                e);
    }
}
