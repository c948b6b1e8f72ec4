package dev.agentos.registryservice;

import dev.agentos.kernel.Ids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes files so that a reader, or a restart after a crash, sees the old contents or the new and nothing between. */
final class AtomicFiles {

    private static final Ids NAMES = Ids.system();

    private AtomicFiles() {}

    /**
     * Makes a new empty file with the rights that the umask gives. What a registry holds is public, and a temporary
     * file of the JDK would be readable by its owner alone.
     */
    static Path draft(Path staging, String kind) throws IOException {
        return Files.createFile(staging.resolve(NAMES.next(kind) + ".tmp"));
    }

    /** Replaces the target by those bytes; {@code staging} is on the same file system. */
    static void write(Path staging, Path target, byte[] bytes) throws IOException {
        Path draft = draft(staging, "draft");
        try {
            try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
            moveInto(draft, target);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    /** Makes a finished draft durable and gives it its name. */
    static void moveInto(Path draft, Path target) throws IOException {
        force(draft);
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path directory = target.toAbsolutePath().getParent();
        if (directory != null) {
            force(directory);
        }
    }

    private static void force(Path path) throws IOException {
        // Reading is enough to force a directory, and the only way to open one.
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
