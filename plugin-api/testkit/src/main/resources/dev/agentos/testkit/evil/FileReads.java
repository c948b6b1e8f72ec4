package evil;

import java.io.*;
import java.net.*;
import java.nio.channels.*;
import java.nio.file.*;
import java.nio.file.attribute.*;
import java.util.*;
import java.util.jar.*;
import java.util.zip.*;

/** Ways to what is in files, and to what they are. */
final class FileReads {
    private FileReads() {}

    interface At {
        Object run(Place place) throws Throwable;
    }

    static void add(List<Route> all, String id, Place out, Place in, At act) {
        all.add(new Route(id, () -> act.run(out), () -> act.run(in)));
    }

    static void all(List<Route> a, Place o, Place i) {
        streams(a, o, i);
        channels(a, o, i);
        archives(a, o, i);
        looks(a, o, i);
        looksOfFile(a, o, i);
        lists(a, o, i);
        detours(a, o, i);
    }

    private static void streams(List<Route> a, Place o, Place i) {
        add(a, "read.fileinputstream-name", o, i, p -> new FileInputStream(p.name()).read());
        add(a, "read.fileinputstream-file", o, i, p -> new FileInputStream(p.file()).read());
        add(a, "read.filereader", o, i, p -> new FileReader(p.name()).read());
        add(a, "read.randomaccess", o, i, p -> new RandomAccessFile(p.name(), "r").read());
        add(a, "read.scanner-file", o, i, p -> new Scanner(p.file()).next());
        add(a, "read.scanner-path", o, i, p -> new Scanner(p.path()).next());
        add(a, "read.files-string", o, i, p -> Files.readString(p.path()));
        add(a, "read.files-bytes", o, i, p -> Files.readAllBytes(p.path()).length);
        add(a, "read.files-lines", o, i, p -> Files.readAllLines(p.path()).size());
        add(a, "read.files-stream", o, i, p -> Files.lines(p.path()).count());
        add(a, "read.files-reader", o, i, p -> Files.newBufferedReader(p.path()).readLine());
        add(
                a,
                "read.files-inputstream",
                o,
                i,
                p -> Files.newInputStream(p.path()).read());
        add(a, "read.files-copy-out", o, i, p -> Files.copy(p.path(), new ByteArrayOutputStream()));
        add(a, "read.files-copy-in", o, i, p -> Files.copy(p.path(), i.missing()));
        add(a, "read.files-mismatch", o, i, p -> Files.mismatch(p.path(), i.path()));
        add(a, "read.url", o, i, p -> p.path().toUri().toURL().openStream().read());
        add(a, "read.url-content", o, i, p -> p.path().toUri().toURL().getContent());
        add(
                a,
                "read.url-connection",
                o,
                i,
                p -> p.path().toUri().toURL().openConnection().getInputStream().read());
        add(a, "read.properties", o, i, p -> {
            Properties own = new Properties();
            own.load(new FileReader(p.file()));
            return own.size() + 1;
        });
        add(
                a,
                "read.sequence",
                o,
                i,
                p -> new SequenceInputStream(new ByteArrayInputStream(new byte[0]), new FileInputStream(p.file()))
                        .read());
        add(
                a,
                "read.optional-map",
                o,
                i,
                p -> Optional.of(p.path()).map(FileReads::unchecked).get());
    }

    private static String unchecked(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void channels(List<Route> a, Place o, Place i) {
        add(a, "read.bytechannel", o, i, p -> Files.newByteChannel(p.path()).size());
        add(
                a,
                "read.bytechannel-set",
                o,
                i,
                p -> Files.newByteChannel(p.path(), new TurningSet()).size());
        add(a, "read.filechannel", o, i, p -> FileChannel.open(p.path()).size());
        add(
                a,
                "read.filechannel-map",
                o,
                i,
                p -> FileChannel.open(p.path())
                        .map(FileChannel.MapMode.READ_ONLY, 0, 1)
                        .get());
        add(
                a,
                "read.asynchronous",
                o,
                i,
                p -> AsynchronousFileChannel.open(p.path()).size());
        add(
                a,
                "read.stream-channel",
                o,
                i,
                p -> new FileInputStream(p.file()).getChannel().size());
        add(
                a,
                "read.random-channel",
                o,
                i,
                p -> new RandomAccessFile(p.file(), "r").getChannel().size());
        add(
                a,
                "read.provider",
                o,
                i,
                p -> p.path()
                        .getFileSystem()
                        .provider()
                        .newInputStream(p.path())
                        .read());
        add(
                a,
                "read.provider-channel",
                o,
                i,
                p -> p.path()
                        .getFileSystem()
                        .provider()
                        .newFileChannel(p.path(), Set.of(StandardOpenOption.READ))
                        .size());
    }

    private static void archives(List<Route> a, Place o, Place i) {
        add(a, "read.zipfile", o, i, p -> new ZipFile(p.zip().toFile()).size());
        add(a, "read.jarfile", o, i, p -> new JarFile(p.zip().toFile()).size());
        add(a, "read.jarfile-name", o, i, p -> new JarFile(p.zip().toString()).size());
        add(
                a,
                "read.zip-stream",
                o,
                i,
                p -> new ZipInputStream(new FileInputStream(p.zip().toFile())).getNextEntry());
        add(
                a,
                "read.jar-url",
                o,
                i,
                p -> new URI("jar:" + p.zip().toUri() + "!/e.txt")
                        .toURL()
                        .openStream()
                        .read());
        add(
                a,
                "read.jar-connection",
                o,
                i,
                p -> ((JarURLConnection) new URI("jar:" + p.zip().toUri() + "!/e.txt")
                                .toURL()
                                .openConnection())
                        .getJarFile()
                        .size());
        add(
                a,
                "read.zip-filesystem",
                o,
                i,
                p -> FileSystems.newFileSystem(p.zip()).getPath("e.txt"));
        archivesFurther(a, o, i);
    }

    private static void archivesFurther(List<Route> a, Place o, Place i) {
        add(a, "read.zip-filesystem-uri", o, i, p -> {
            try (FileSystem zip =
                    FileSystems.newFileSystem(URI.create("jar:" + p.zip().toUri()), Map.of())) {
                return Files.readString(zip.getPath("e.txt"));
            }
        });
        add(
                a,
                "read.zip-opened-by-host",
                o,
                i,
                p -> Files.readString(FileSystems.getFileSystem(
                                URI.create("jar:" + p.folder.resolve("open.zip").toUri()))
                        .getPath("e.txt")));
        add(
                a,
                "read.zip-path-of-uri",
                o,
                i,
                p -> Files.readString(
                        Path.of(URI.create("jar:" + p.folder.resolve("open.zip").toUri() + "!/e.txt"))));
        add(
                a,
                "read.jar-opened-by-host",
                o,
                i,
                p -> new URI("jar:" + p.folder.resolve("warm.zip").toUri() + "!/e.txt")
                        .toURL()
                        .openStream()
                        .read());
        add(
                a,
                "read.zipfile-opened-by-host",
                o,
                i,
                p -> new ZipFile(p.folder.resolve("warm.zip").toFile()).size());
    }

    private static void looks(List<Route> a, Place o, Place i) {
        add(a, "stat.exists", o, i, p -> Files.exists(p.path()) ? true : null);
        add(a, "stat.not-exists", o, i, p -> Files.notExists(p.missing()) ? true : null);
        add(a, "stat.size", o, i, p -> Files.size(p.path()));
        add(a, "stat.directory", o, i, p -> Files.isDirectory(p.directory()) ? true : null);
        add(a, "stat.regular", o, i, p -> Files.isRegularFile(p.path()) ? true : null);
        add(a, "stat.link", o, i, p -> Files.isSymbolicLink(p.folder.resolve("link")) ? true : null);
        add(a, "stat.readable", o, i, p -> Files.isReadable(p.path()) ? true : null);
        add(a, "stat.writable", o, i, p -> Files.isWritable(p.path()) ? true : null);
        add(a, "stat.same", o, i, p -> Files.isSameFile(p.path(), p.path()) ? true : true);
        add(a, "stat.time", o, i, p -> Files.getLastModifiedTime(p.path()));
        add(a, "stat.owner", o, i, p -> Files.getOwner(p.path()));
        add(a, "stat.permissions", o, i, p -> Files.getPosixFilePermissions(p.path()));
        add(a, "stat.attributes", o, i, p -> Files.readAttributes(p.path(), "*"));
        add(a, "stat.unix-attributes", o, i, p -> Files.readAttributes(p.path(), "unix:*"));
        add(
                a,
                "stat.basic",
                o,
                i,
                p -> Files.readAttributes(p.path(), BasicFileAttributes.class).size());
        add(
                a,
                "stat.view",
                o,
                i,
                p -> Files.getFileAttributeView(p.path(), BasicFileAttributeView.class)
                        .readAttributes());
        add(
                a,
                "stat.owner-view",
                o,
                i,
                p -> Files.getFileAttributeView(p.path(), FileOwnerAttributeView.class)
                        .getOwner());
        looksAsOthers(a, o, i);
        add(a, "stat.attribute", o, i, p -> Files.getAttribute(p.path(), "unix:mode"));
        add(a, "stat.real", o, i, p -> p.path().toRealPath());
        add(a, "stat.store", o, i, p -> Files.getFileStore(p.path()).getTotalSpace());
        add(a, "stat.read-link", o, i, p -> Files.readSymbolicLink(p.folder.resolve("link")));
    }

    private static void looksAsOthers(List<Route> a, Place o, Place i) {
        add(
                a,
                "stat.dos",
                o,
                i,
                p -> Files.readAttributes(p.path(), DosFileAttributes.class).size());
        add(
                a,
                "stat.dos-view",
                o,
                i,
                p -> Files.getFileAttributeView(p.path(), DosFileAttributeView.class)
                        .readAttributes()
                        .lastModifiedTime());
        add(a, "stat.dos-names", o, i, p -> Files.readAttributes(p.path(), "dos:*"));
        add(
                a,
                "stat.user-size",
                o,
                i,
                p -> Files.getFileAttributeView(p.folder.resolve("marked"), UserDefinedFileAttributeView.class)
                        .size("mark"));
    }

    private static void looksOfFile(List<Route> a, Place o, Place i) {
        add(a, "stat.file-exists", o, i, p -> p.file().exists() ? true : null);
        add(a, "stat.file-lying", o, i, p -> new LyingFile(p.name()).exists() ? true : null);
        add(a, "stat.file-length", o, i, p -> p.file().length());
        add(a, "stat.file-time", o, i, p -> p.file().lastModified());
        add(a, "stat.file-is-file", o, i, p -> p.file().isFile() ? true : null);
        add(a, "stat.file-is-directory", o, i, p -> p.directory().toFile().isDirectory() ? true : null);
        add(a, "stat.file-can-read", o, i, p -> p.file().canRead() ? true : null);
        add(a, "stat.file-canonical", o, i, p -> p.file().getCanonicalPath());
        add(a, "stat.file-space", o, i, p -> p.file().getFreeSpace());
    }

    private static void lists(List<Route> a, Place o, Place i) {
        add(a, "list.file-list", o, i, p -> p.folder.toFile().list());
        add(a, "list.file-listfiles", o, i, p -> p.folder.toFile().listFiles());
        add(a, "list.file-filter", o, i, p -> p.folder.toFile().listFiles(f -> true));
        add(a, "list.files", o, i, p -> Files.list(p.folder).count());
        add(a, "list.walk", o, i, p -> Files.walk(p.folder, 1).count());
        add(a, "list.find", o, i, p -> Files.find(p.folder, 1, (f, b) -> true).count());
        add(
                a,
                "list.stream",
                o,
                i,
                p -> Files.newDirectoryStream(p.folder).iterator().next());
        add(
                a,
                "list.glob",
                o,
                i,
                p -> Files.newDirectoryStream(p.folder, "f*").iterator().next());
        add(a, "list.visitor", o, i, p -> Files.walkFileTree(p.directory(), new SimpleFileVisitor<>() {}));
        add(
                a,
                "list.watch",
                o,
                i,
                p -> p.folder.register(
                        p.folder.getFileSystem().newWatchService(), StandardWatchEventKinds.ENTRY_CREATE));
    }

    private static void detours(List<Route> a, Place o, Place i) {
        String up = i.folder + "/d1/../../"
                + i.folder.relativize(o.folder).toString().replaceFirst("^\\.\\./", "");
        a.add(new Route("read.dot-dot", () -> new FileInputStream(up + "/f1").read()));
        a.add(new Route("read.dot-dot-path", () -> Files.readString(Path.of(up + "/f1"))));
        a.add(new Route("read.link-of-host", () -> new FileInputStream(i.folder + "/out-link/f1").read()));
        a.add(new Route("read.link-of-host-path", () -> Files.readString(i.folder.resolve("out-link/f1"))));
        a.add(new Route(
                "read.link-then-dot-dot",
                () -> Files.list(i.folder.resolve("out-link/..")).count()));
        a.add(new Route("write.dangling-link-of-host", () -> Files.writeString(i.folder.resolve("dangling"), "x")));
        a.add(new Route("read.environ", () -> Files.readAllBytes(Path.of("/proc/self/environ")).length));
        a.add(new Route("read.command-line", () -> new FileInputStream("/proc/self/cmdline").read()));
        a.add(new Route(
                "read.maps",
                () -> Files.readAllLines(Path.of("/proc/self/maps")).size()));
        a.add(new Route(
                "read.root-of-process",
                () -> Files.list(Path.of("/proc/self/root/etc")).count()));
        a.add(new Route(
                "read.passwd", () -> Files.readAllLines(Path.of("/etc/passwd")).size()));
        a.add(new Route(
                "read.class-path",
                () -> ClassLoader.getSystemResourceAsStream("logback-test.xml").read()));
        a.add(new Route(
                "read.class-path-loader",
                () -> dev.agentos.spi.Tool.class
                        .getClassLoader()
                        .getResource("logback-test.xml")
                        .openStream()
                        .read()));
        a.add(new Route(
                "read.class-path-class",
                () -> dev.agentos.spi.Tool.class
                        .getResourceAsStream("/logback-test.xml")
                        .read()));
    }

    /** Says it is another file than it is. */
    static final class LyingFile extends File {
        LyingFile(String name) {
            super(name);
        }

        @Override
        public String getPath() {
            return "/nowhere";
        }

        @Override
        public String getAbsolutePath() {
            return "/nowhere";
        }

        @Override
        public String toString() {
            return "/nowhere";
        }
    }

    /** Options that are others each time they are looked at. */
    static final class TurningSet extends AbstractSet<OpenOption> {
        private int looks;

        @Override
        public Iterator<OpenOption> iterator() {
            return List.<OpenOption>of(looks++ % 2 == 0 ? StandardOpenOption.READ : StandardOpenOption.READ)
                    .iterator();
        }

        @Override
        public int size() {
            return 1;
        }
    }
}
