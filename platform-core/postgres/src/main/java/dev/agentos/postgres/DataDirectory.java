package dev.agentos.postgres;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A server's own directory, locked for as long as this object is open, and the node's lasting name that is kept in it.
 *
 * <p>A POSIX file lock belongs to the process and is lost when the process closes any descriptor of the file, so a
 * second opening within one process is refused before the file is touched.
 */
public final class DataDirectory implements AutoCloseable {

    private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private static final String ADDRESS = "server.address";

    private final Path path;
    private final FileChannel channel;
    private final String nodeId;

    private DataDirectory(Path path, FileChannel channel, String nodeId) {
        this.path = path;
        this.channel = channel;
        this.nodeId = nodeId;
    }

    /**
     * Creates the directory if it is not there, locks it, and reads or makes its node id.
     *
     * @throws AgentOsException {@code server:DATA_DIRECTORY_IN_USE} naming the process that has it, or
     *     {@code server:DATA_DIRECTORY_UNUSABLE}
     */
    public static DataDirectory open(Path directory, Ids ids) {
        Path path;
        try {
            Files.createDirectories(directory);
            path = directory.toRealPath();
        } catch (IOException e) {
            throw unusable(directory, e);
        }
        if (!OPEN_HERE.add(path)) {
            throw inUse(path, "this process (" + ProcessHandle.current().pid() + ")");
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw inUse(path, "process " + read(channel));
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
                    0);
            return new DataDirectory(path, channel, nodeId(path, ids));
        } catch (IOException e) {
            release(path, channel);
            throw unusable(path, e);
        } catch (AgentOsException e) {
            release(path, channel);
            throw e;
        }
    }

    /** The directory, absolute and without links. */
    public Path path() {
        return path;
    }

    /** The node's lasting name, {@code node_…}; the same after each restart on this directory. */
    public String nodeId() {
        return nodeId;
    }

    /**
     * Leaves word of where the server listens, in the file {@code server.address}, for the commands that are told this
     * directory and nothing else. It counts as long as the process that {@code lock} names is there.
     *
     * @throws AgentOsException {@code server:DATA_DIRECTORY_UNUSABLE}
     */
    public void listens(URI address) {
        try {
            replace(path, ADDRESS, address.toString());
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    /** Releases the lock. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(path.resolve(ADDRESS));
        } catch (IOException e) {
            throw unusable(path, e);
        } finally {
            release(path, channel);
        }
    }

    private static void replace(Path directory, String name, String line) throws IOException {
        Path temporary = directory.resolve(name + ".new");
        Files.writeString(temporary, line + "\n");
        Files.move(
                temporary,
                directory.resolve(name),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static void release(Path path, @Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw unusable(path, e);
            } finally {
                OPEN_HERE.remove(path);
            }
        } else {
            OPEN_HERE.remove(path);
        }
    }

    private static String nodeId(Path path, Ids ids) throws IOException {
        Path file = path.resolve("node.id");
        if (Files.exists(file)) {
            String stored = Files.readString(file).strip();
            if (!stored.isEmpty()) {
                return stored;
            }
        }
        String made = ids.next("node");
        replace(path, "node.id", made);
        return made;
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(32);
        int length = channel.read(bytes, 0);
        return length <= 0 ? "(unknown)" : new String(bytes.array(), 0, length, StandardCharsets.US_ASCII);
    }

    private static AgentOsException inUse(Path path, String who) {
        return new AgentOsException(
                KernelErrorCode.DATA_DIRECTORY_IN_USE,
                "The data directory " + path + " is in use by " + who + ".",
                "Stop that server, or give this one a directory of its own.");
    }

    private static AgentOsException unusable(Path path, IOException e) {
        return new AgentOsException(
                KernelErrorCode.DATA_DIRECTORY_UNUSABLE,
                "The data directory " + path + " cannot be used: " + e + ".",
                "Create it and let the server's user write there, or choose another with --data-dir.",
                e);
    }
}
