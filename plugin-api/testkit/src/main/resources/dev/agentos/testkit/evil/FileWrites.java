package evil;

import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.file.*;
import java.nio.file.attribute.*;
import java.util.*;

/** Ways to change files. */
final class FileWrites {
    private FileWrites() {}

    static void all(List<Route> a, Place o, Place i) {
        streams(a, o, i);
        files(a, o, i);
        ofFile(a, o, i);
        attributes(a, o, i);
        two(a, o, i);
    }

    private static void add(List<Route> a, String id, Place o, Place i, FileReads.At act) {
        FileReads.add(a, id, o, i, act);
    }

    private static boolean close(Closeable closeable) throws IOException {
        closeable.close();
        return true;
    }

    private static void streams(List<Route> a, Place o, Place i) {
        add(a, "write.fileoutputstream", o, i, p -> close(new FileOutputStream(p.name())));
        add(a, "write.fileoutputstream-append", o, i, p -> close(new FileOutputStream(p.file(), true)));
        add(a, "write.filewriter", o, i, p -> close(new FileWriter(p.name())));
        add(a, "write.printwriter", o, i, p -> close(new PrintWriter(p.name())));
        add(a, "write.printstream", o, i, p -> close(new PrintStream(p.name())));
        add(a, "write.formatter", o, i, p -> close(new Formatter(p.name())));
        add(a, "write.randomaccess", o, i, p -> close(new RandomAccessFile(p.name(), "rw")));
        add(a, "write.randomaccess-sync", o, i, p -> close(new RandomAccessFile(p.file(), "rws")));
        add(a, "write.bytechannel", o, i, p -> close(Files.newByteChannel(p.path(), StandardOpenOption.WRITE)));
        add(a, "write.filechannel", o, i, p -> close(FileChannel.open(p.path(), StandardOpenOption.WRITE)));
        add(
                a,
                "write.filechannel-truncate",
                o,
                i,
                p -> close(FileChannel.open(p.path(), StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)));
        add(
                a,
                "write.asynchronous",
                o,
                i,
                p -> AsynchronousFileChannel.open(p.path(), StandardOpenOption.WRITE)
                        .write(ByteBuffer.wrap(new byte[1]), 0)
                        .get());
        add(a, "write.transfer", o, i, p -> {
            try (FileChannel from = FileChannel.open(i.path());
                    FileChannel to = FileChannel.open(p.path(), StandardOpenOption.WRITE)) {
                return from.transferTo(0, 1, to) + 1;
            }
        });
        add(a, "write.body-handler", o, i, p -> HttpResponse.BodyHandlers.ofFile(p.missing()));
        add(a, "write.body-subscriber", o, i, p -> HttpResponse.BodySubscribers.ofFile(p.missing()));
        add(
                a,
                "write.body-download",
                o,
                i,
                p -> HttpResponse.BodyHandlers.ofFileDownload(
                        p.folder, StandardOpenOption.WRITE, StandardOpenOption.CREATE));
        add(a, "read.body-publisher", o, i, p -> HttpRequest.BodyPublishers.ofFile(p.path()));
    }

    private static void files(List<Route> a, Place o, Place i) {
        add(a, "write.files-string", o, i, p -> Files.writeString(p.path(), "x"));
        add(a, "write.files-bytes", o, i, p -> Files.write(p.path(), new byte[1]));
        add(a, "write.files-lines", o, i, p -> Files.write(p.path(), List.of("x")));
        add(a, "write.files-outputstream", o, i, p -> close(Files.newOutputStream(p.missing())));
        add(a, "write.files-writer", o, i, p -> close(Files.newBufferedWriter(p.missing())));
        add(a, "write.create-file", o, i, p -> Files.createFile(p.missing()));
        add(a, "write.create-directory", o, i, p -> Files.createDirectory(p.missing()));
        add(
                a,
                "write.create-directories",
                o,
                i,
                p -> Files.createDirectories(p.missing().resolve("x/y")));
        add(a, "write.temp-file", o, i, p -> Files.createTempFile(p.folder, "t", "t"));
        add(a, "write.temp-directory", o, i, p -> Files.createTempDirectory(p.folder, "t"));
        add(a, "write.copy-stream", o, i, p -> Files.copy(new ByteArrayInputStream(new byte[1]), p.missing()));
        add(a, "delete.files", o, i, p -> {
            Files.delete(p.folder.resolve("x" + COUNT.getAndIncrement()));
            return true;
        });
        add(a, "delete.if-exists", o, i, p -> Files.deleteIfExists(p.folder.resolve("x" + COUNT.getAndIncrement())));
        add(
                a,
                "delete.on-close",
                o,
                i,
                p -> close(Files.newByteChannel(
                        p.folder.resolve("x" + COUNT.getAndIncrement()),
                        StandardOpenOption.READ,
                        StandardOpenOption.DELETE_ON_CLOSE)));
        add(a, "delete.provider", o, i, p -> {
            p.folder.getFileSystem().provider().delete(p.folder.resolve("x" + COUNT.getAndIncrement()));
            return true;
        });
        a.add(new Route("delete.secure-stream", () -> {
            try (SecureDirectoryStream<Path> stream =
                    (SecureDirectoryStream<Path>) Files.newDirectoryStream(i.folder)) {
                stream.deleteFile(Path.of("x" + COUNT.getAndIncrement()));
                return true;
            }
        }));
    }

    private static final java.util.concurrent.atomic.AtomicInteger COUNT =
            new java.util.concurrent.atomic.AtomicInteger();

    private static void ofFile(List<Route> a, Place o, Place i) {
        add(a, "write.file-create", o, i, p -> p.missing().toFile().createNewFile() ? true : null);
        add(a, "write.file-temp", o, i, p -> File.createTempFile("ttt", "t", p.folder.toFile()));
        add(a, "write.file-mkdir", o, i, p -> p.missing().toFile().mkdir() ? true : null);
        add(a, "write.file-mkdirs", o, i, p -> p.missing().resolve("x").toFile().mkdirs() ? true : null);
        add(a, "write.file-time", o, i, p -> p.file().setLastModified(1) ? true : null);
        add(a, "write.file-readonly", o, i, p -> p.file().setReadOnly() ? true : null);
        add(a, "write.file-executable", o, i, p -> p.file().setExecutable(true) ? true : null);
        add(a, "write.file-writable", o, i, p -> p.file().setWritable(true) ? true : null);
        add(a, "write.file-readable", o, i, p -> p.file().setReadable(true) ? true : null);
        add(
                a,
                "delete.file",
                o,
                i,
                p -> p.folder.resolve("x" + COUNT.getAndIncrement()).toFile().delete() ? true : null);
        add(a, "delete.file-on-exit", o, i, p -> {
            p.folder.resolve("x" + COUNT.getAndIncrement()).toFile().deleteOnExit();
            return true;
        });
    }

    private static void attributes(List<Route> a, Place o, Place i) {
        add(a, "attribute.time", o, i, p -> Files.setLastModifiedTime(p.path(), FileTime.fromMillis(1)));
        add(a, "attribute.set", o, i, p -> Files.setAttribute(p.path(), "lastModifiedTime", FileTime.fromMillis(1)));
        add(a, "attribute.mode", o, i, p -> Files.setAttribute(p.path(), "unix:mode", 0644));
        add(
                a,
                "attribute.permissions",
                o,
                i,
                p -> Files.setPosixFilePermissions(p.path(), PosixFilePermissions.fromString("rw-r--r--")));
        add(a, "attribute.owner", o, i, p -> Files.setOwner(p.path(), Files.getOwner(i.path())));
        add(a, "attribute.times-view", o, i, p -> {
            Files.getFileAttributeView(p.path(), BasicFileAttributeView.class)
                    .setTimes(FileTime.fromMillis(1), null, null);
            return true;
        });
        add(a, "attribute.permissions-view", o, i, p -> {
            Files.getFileAttributeView(p.path(), PosixFileAttributeView.class)
                    .setPermissions(PosixFilePermissions.fromString("rw-r--r--"));
            return true;
        });
    }

    private static void two(List<Route> a, Place o, Place i) {
        add(a, "move.away", o, i, p -> Files.move(p.folder.resolve("y" + COUNT.getAndIncrement()), i.missing()));
        add(a, "move.hither", o, i, p -> Files.move(i.folder.resolve("y" + COUNT.getAndIncrement()), p.missing()));
        add(
                a,
                "move.file-away",
                o,
                i,
                p -> p.folder
                                .resolve("y" + COUNT.getAndIncrement())
                                .toFile()
                                .renameTo(i.missing().toFile())
                        ? true
                        : null);
        add(
                a,
                "move.file-hither",
                o,
                i,
                p -> i.folder
                                .resolve("y" + COUNT.getAndIncrement())
                                .toFile()
                                .renameTo(p.missing().toFile())
                        ? true
                        : null);
        add(a, "copy.hither", o, i, p -> Files.copy(i.path(), p.missing()));
        add(a, "link.symbolic-to", o, i, p -> Files.createSymbolicLink(i.missing(), p.path()));
        add(a, "link.symbolic-at", o, i, p -> Files.createSymbolicLink(p.missing(), i.path()));
        add(
                a,
                "link.symbolic-relative",
                o,
                i,
                p -> Files.createSymbolicLink(i.missing(), i.folder.relativize(p.path())));
        add(a, "link.hard-to", o, i, p -> Files.createLink(i.missing(), p.path()));
        add(a, "link.hard-at", o, i, p -> Files.createLink(p.missing(), i.path()));
    }
}
