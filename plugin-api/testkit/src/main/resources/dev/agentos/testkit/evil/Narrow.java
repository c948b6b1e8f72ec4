package evil;

import java.io.*;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.file.*;
import java.nio.file.attribute.*;
import java.util.*;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.JarFile;
import java.util.zip.*;

/** Ways from a right that was granted to one that was not: folders of which only one thing may be done. */
final class Narrow {
    private static final AtomicInteger NEXT = new AtomicInteger();

    private Narrow() {}

    /**
     * Adds them.
     *
     * @param deletable whose files may only be deleted
     * @param writable whose files may only be written
     * @param readable whose files may only be read
     * @param in where everything may be done
     */
    static void all(List<Route> a, Place deletable, Place writable, Place readable, Place in) {
        moved(a, deletable, writable, in);
        archives(a, writable, in);
        reads(a, writable, deletable, in);
        writes(a, readable, in);
        deletes(a, writable, readable, in);
    }

    private static void add(List<Route> a, String id, Act act) {
        a.add(new Route("narrow." + id, act));
    }

    private static Path fresh(Place place) {
        return place.folder.resolve("n" + NEXT.getAndIncrement());
    }

    private static Path file(Place place) {
        return place.folder.resolve("f" + NEXT.getAndIncrement() % 2_000);
    }

    private static Path own(Place in) throws IOException {
        return Files.writeString(fresh(in), "own");
    }

    private static Object read(Path path) throws IOException {
        return Files.readString(path);
    }

    private static void moved(List<Route> a, Place d, Place w, Place in) {
        add(a, "read-by-move", () -> read(Files.move(file(d), fresh(in))));
        add(a, "read-by-atomic-move", () -> read(Files.move(file(d), fresh(in), StandardCopyOption.ATOMIC_MOVE)));
        add(a, "read-by-rename", () -> {
            File to = fresh(in).toFile();
            // That it did not come through is all that it says.
            return refused(file(d).toFile().renameTo(to)) ? read(to.toPath()) : null;
        });
        add(a, "read-by-replacing", () -> read(Files.move(file(d), own(in), StandardCopyOption.REPLACE_EXISTING)));
        add(a, "read-by-moved-folder", () -> {
            Path to = fresh(in);
            return read(Files.move(nested(d), to).resolve("f"));
        });
        add(a, "read-by-move-in-two", () -> {
            Path between = Files.move(file(d), fresh(w));
            return read(Files.move(between, fresh(in)));
        });
    }

    /** A folder with a file, which the host has put there. */
    private static Path nested(Place place) {
        return place.folder.resolve("nested").resolve("n" + NEXT.getAndIncrement() % 100);
    }

    private static boolean refused(boolean done) {
        if (!done) {
            throw new SecurityException("lacks permission, or is not there");
        }
        return true;
    }

    private static void archives(List<Route> a, Place w, Place in) {
        // The host has them open, so that the system is not asked for them again.
        File open = w.folder.resolve("opened.zip").toFile();
        add(a, "read-of-opened-zip", () -> entry(new ZipFile(open)));
        add(a, "read-of-opened-jar", () -> entry(new JarFile(open)));
        add(a, "read-of-opened-name", () -> entry(new JarFile(open.getPath(), false)));
        add(a, "read-of-opened-mode", () -> entry(new ZipFile(open, ZipFile.OPEN_READ)));
        add(a, "read-of-opened-charset", () -> entry(new ZipFile(open, java.nio.charset.StandardCharsets.UTF_8)));
        add(
                a,
                "read-of-opened-url",
                () -> new URI("jar:" + open.toURI() + "!/e.txt")
                        .toURL()
                        .openStream()
                        .read());
        add(a, "read-of-zip-system", () -> {
            try (FileSystem zip = FileSystems.newFileSystem(w.folder.resolve("a.zip"))) {
                return Files.readString(zip.getPath("e.txt"));
            }
        });
    }

    private static Object entry(ZipFile zip) throws IOException {
        try (zip) {
            return zip.getInputStream(zip.getEntry("e.txt")).read();
        }
    }

    private static void reads(List<Route> a, Place w, Place d, Place in) {
        add(a, "read-of-written", () -> new FileInputStream(file(w).toString()).read());
        add(a, "read-of-deletable", () -> Files.readAllBytes(file(d)).length);
        add(a, "read-by-random", () -> new RandomAccessFile(file(w).toString(), "rw").read());
        add(
                a,
                "read-by-channel",
                () -> FileChannel.open(file(w), StandardOpenOption.READ, StandardOpenOption.WRITE)
                        .size());
        add(
                a,
                "read-by-bytechannel",
                () -> Files.newByteChannel(file(w), Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE))
                        .size());
        add(
                a,
                "read-by-asynchronous",
                () -> AsynchronousFileChannel.open(file(w), StandardOpenOption.READ, StandardOpenOption.WRITE)
                        .size());
        add(a, "read-by-copy", () -> read(Files.copy(file(w), fresh(in))));
        add(a, "read-by-copy-out", () -> Files.copy(file(w), OutputStream.nullOutputStream()));
        add(a, "read-by-hard-link", () -> read(Files.createLink(fresh(in), file(w))));
        add(a, "read-by-symbolic-link", () -> read(Files.createSymbolicLink(fresh(in), file(w))));
        add(a, "read-by-mismatch", () -> Files.mismatch(file(w), own(in)) + 2);
        add(a, "list-of-written", () -> w.folder.toFile().list());
        add(a, "list-by-stream", () -> {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(w.folder)) {
                return all.iterator().next();
            }
        });
        add(a, "list-by-walk", () -> {
            try (var all = Files.walk(w.folder)) {
                return all.skip(1).findFirst().get();
            }
        });
        add(
                a,
                "list-by-watch",
                () -> w.folder.register(
                        w.folder.getFileSystem().newWatchService(), StandardWatchEventKinds.ENTRY_CREATE));
    }

    private static void writes(List<Route> a, Place r, Place in) {
        add(a, "write-of-read", () -> {
            new FileOutputStream(file(r).toString(), true).close();
            return true;
        });
        add(a, "write-by-channel", () -> FileChannel.open(file(r), StandardOpenOption.WRITE));
        add(
                a,
                "write-by-truncation",
                () -> FileChannel.open(file(r), StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING));
        add(
                a,
                "write-by-map",
                () -> FileChannel.open(file(r), StandardOpenOption.READ, StandardOpenOption.WRITE)
                        .map(FileChannel.MapMode.READ_WRITE, 0, 1));
        add(a, "write-by-asynchronous", () -> AsynchronousFileChannel.open(file(r), StandardOpenOption.WRITE));
        add(a, "write-by-random", () -> new RandomAccessFile(file(r).toFile(), "rws"));
        add(a, "write-by-copy", () -> Files.copy(own(in), file(r), StandardCopyOption.REPLACE_EXISTING));
        add(a, "write-by-move", () -> Files.move(own(in), file(r), StandardCopyOption.REPLACE_EXISTING));
        add(a, "write-by-rename", () -> refused(own(in).toFile().renameTo(file(r).toFile())) ? true : null);
        add(a, "write-by-hard-link", () -> {
            Path link = Files.createLink(fresh(in), file(r));
            return Files.writeString(link, "x");
        });
        add(a, "write-by-symbolic-link", () -> Files.writeString(Files.createSymbolicLink(fresh(in), file(r)), "x"));
        add(
                a,
                "write-of-mode",
                () -> Files.setPosixFilePermissions(file(r), PosixFilePermissions.fromString("rw-r--r--")));
        add(a, "write-of-time", () -> Files.setLastModifiedTime(file(r), FileTime.fromMillis(1)));
        add(
                a,
                "write-of-user-attribute",
                () -> Files.getFileAttributeView(file(r), UserDefinedFileAttributeView.class)
                                .write("x", ByteBuffer.allocate(1))
                        + 1);
        add(a, "write-of-owner", () -> Files.setOwner(file(r), Files.getOwner(file(r))));
        add(a, "write-of-folder", () -> Files.createDirectory(fresh(r)));
    }

    private static void deletes(List<Route> a, Place w, Place r, Place in) {
        add(a, "delete-of-written", () -> {
            Files.delete(file(w));
            return true;
        });
        add(a, "delete-of-read", () -> refused(file(r).toFile().delete()) ? true : null);
        add(
                a,
                "delete-on-close",
                () -> Files.newByteChannel(
                        file(w), Set.of(StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)));
        add(a, "delete-by-move", () -> Files.move(file(w), fresh(w)));
        add(a, "delete-by-move-in", () -> Files.move(file(r), fresh(in)));
    }
}
