package evil;

import java.io.*;
import java.lang.constant.*;
import java.lang.invoke.*;
import java.lang.reflect.*;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.file.*;
import java.nio.file.attribute.*;
import java.nio.file.spi.FileSystemProvider;
import java.security.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import java.util.zip.*;

/** Ways by classes of the JDK that act, look up or make something for whoever asks them. */
final class Roundabout {
    private Roundabout() {}

    static void all(List<Route> a, Place o, Place i) {
        hidden(a, o, i);
        moreHidden(a, o, i);
        files(a, o, i);
        moreFiles(a, o, i);
        links(a, o, i);
        looks(a, o, i);
        moreLooks(a, o, i);
        providers(a);
        Detours.all(a, o, i);
        Shared.all(a, o, i);
    }

    static void add(List<Route> a, String id, Act act) {
        a.add(new Route(id, act));
    }

    static void two(List<Route> a, String id, Place o, Place i, FileReads.At act) {
        FileReads.add(a, id, o, i, act);
    }

    /** Method references have no frame of the plugin but a hidden one. */
    private static void hidden(List<Route> a, Place o, Place i) {
        add(
                a,
                "hidden.pool-process",
                () -> ForkJoinPool.commonPool()
                        .submit(new ProcessBuilder("/bin/true")::start)
                        .get());
        two(
                a,
                "hidden.pool-delete",
                o,
                i,
                p -> CompletableFuture.supplyAsync(x(p).toFile()::delete).get() ? true : null);
        two(
                a,
                "hidden.pool-create",
                o,
                i,
                p -> ForkJoinPool.commonPool()
                                .submit((Callable<Boolean>) p.missing().toFile()::createNewFile)
                                .get()
                        ? true
                        : null);
        two(
                a,
                "hidden.stream-length",
                o,
                i,
                p -> Stream.of(p.file()).parallel().map(File::length).toList());
        two(
                a,
                "hidden.optional-exists",
                o,
                i,
                p -> Optional.of(p.file()).filter(File::exists).orElse(null));
        two(a, "hidden.thread-mkdir", o, i, p -> {
            File made = p.missing().toFile();
            FutureTask<Boolean> task = new FutureTask<>(made::mkdir);
            Thread.ofVirtual().start(task);
            return task.get(5, TimeUnit.SECONDS) ? true : null;
        });
    }

    private static void moreHidden(List<Route> a, Place o, Place i) {
        two(
                a,
                "hidden.delayed-delete",
                o,
                i,
                p -> CompletableFuture.supplyAsync(
                                        x(p).toFile()::delete,
                                        CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS))
                                .get()
                        ? true
                        : null);
        two(a, "hidden.scheduled-exists", o, i, p -> {
            Callable<Boolean> look = p.file()::exists;
            return ForkJoinPool.commonPool()
                            .schedule(look, 1, TimeUnit.MILLISECONDS)
                            .get(5, TimeUnit.SECONDS)
                    ? true
                    : null;
        });
        two(a, "hidden.collector", o, i, p -> {
            List<byte[]> all = Stream.of(p.path()).map(Roundabout::bytes).collect(Collectors.toList());
            return all.get(0) == null ? null : all;
        });
        two(
                a,
                "hidden.bound-handle",
                o,
                i,
                p -> MethodHandles.insertArguments(
                                MethodHandles.publicLookup()
                                        .findVirtual(File.class, "length", MethodType.methodType(long.class)),
                                0,
                                p.file())
                        .invokeWithArguments());
    }

    static byte[] bytes(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final java.util.concurrent.atomic.AtomicInteger COUNT =
            new java.util.concurrent.atomic.AtomicInteger(2_000);

    /** A file that nobody else deletes. */
    static Path x(Place p) throws IOException {
        return p.folder.resolve("x" + COUNT.getAndIncrement());
    }

    private static void files(List<Route> a, Place o, Place i) {
        two(
                a,
                "read.installed-provider",
                o,
                i,
                p -> FileSystemProvider.installedProviders()
                        .get(0)
                        .newInputStream(p.path())
                        .read());
        two(a, "read.zip-provider", o, i, p -> {
            for (FileSystemProvider provider : FileSystemProvider.installedProviders()) {
                if (provider.getScheme().equals("jar")) {
                    try (FileSystem zip = provider.newFileSystem(p.zip(), Map.of())) {
                        return Files.readString(zip.getPath("e.txt"));
                    }
                }
            }
            return null;
        });
        two(a, "write.zip-filesystem", o, i, p -> {
            try (FileSystem zip =
                    FileSystems.newFileSystem(URI.create("jar:" + p.missing().toUri()), Map.of("create", "true"))) {
                return Files.writeString(zip.getPath("x"), "x");
            }
        });
        two(a, "write.copy-out-of-zip", o, i, p -> {
            try (FileSystem zip = FileSystems.newFileSystem(i.zip())) {
                return Files.copy(zip.getPath("e.txt"), p.missing());
            }
        });
        two(
                a,
                "delete.zip-open-delete",
                o,
                i,
                p -> {
                    Path made = i.missing();
                    Files.copy(i.zip(), made);
                    Path there = p == i ? made : x(o);
                    return new ZipFile(there.toFile(), ZipFile.OPEN_READ | ZipFile.OPEN_DELETE).size();
                },
                true);
        two(
                a,
                "read.keystore-builder",
                o,
                i,
                p -> KeyStore.Builder.newInstance(
                                        p.folder.resolve("k.p12").toFile(),
                                        new KeyStore.PasswordProtection("changeit".toCharArray()))
                                .getKeyStore()
                                .size()
                        + 1);
    }

    private static void moreFiles(List<Route> a, Place o, Place i) {
        two(
                a,
                "read.relative",
                o,
                i,
                p -> new FileInputStream(Path.of("")
                                .toAbsolutePath()
                                .relativize(p.path())
                                .toFile())
                        .read());
        two(a, "read.double-slash", o, i, p -> new FileInputStream("/" + p.name()).read());
        two(a, "read.dots", o, i, p -> new FileInputStream(p.folder + "/./d2/.././f3").read());
        two(a, "read.walk-lazy", o, i, p -> {
            Iterator<Path> all = Files.walk(p.directory()).iterator();
            return all.next();
        });
        two(
                a,
                "read.resource-url",
                o,
                i,
                p -> new URI("file", null, p.name(), null).toURL().openStream().read());
        two(
                a,
                "read.percent-url",
                o,
                i,
                p -> new URI(p.path().toUri().toString().replace("/f", "/%66"))
                        .toURL()
                        .openStream()
                        .read());
        two(
                a,
                "read.localhost-url",
                o,
                i,
                p -> new URI("file://localhost" + p.name()).toURL().openStream().read());
        add(a, "write.temp-of-process", () -> File.createTempFile("evil", ".tmp"));
        add(a, "write.temp-path-of-process", () -> Files.createTempFile("evil", ".tmp"));
        add(
                a,
                "loader.jrt-of-another-home",
                () -> FileSystems.newFileSystem(
                        URI.create("jrt:/"), Map.of("java.home", System.getProperty("java.home"))));
        add(a, "read.proc-fd", () -> Files.list(Path.of("/proc/self/fd")).count());
        add(a, "read.proc-cwd", () -> Files.list(Path.of("/proc/self/cwd")).count());
        descriptors(a);
    }

    /** What the process has open, by the names that the system gives it: opened once more and left alone. */
    private static void descriptors(List<Route> a) {
        for (String place : List.of("/dev/fd/2", "/proc/self/fd/2", "/proc/thread-self/fd/2")) {
            String id = place.substring(1, place.lastIndexOf('/')).replace('/', '-');
            add(a, "descriptor.stream-" + id, () -> closed(new FileOutputStream(place, true)));
            add(a, "descriptor.file-" + id, () -> closed(new RandomAccessFile(place, "rw")));
            add(
                    a,
                    "descriptor.channel-" + id,
                    () -> closed(FileChannel.open(Path.of(place), StandardOpenOption.WRITE)));
            add(a, "descriptor.link-" + id, () -> Files.readSymbolicLink(Path.of(place)));
        }
        add(a, "descriptor.standard-error", () -> closed(new FileOutputStream("/dev/stderr", true)));
    }

    private static Object closed(Closeable opened) throws IOException {
        opened.close();
        return opened;
    }

    static void two(List<Route> a, String id, Place o, Place i, FileReads.At act, boolean notTwice) {
        a.add(new Route(
                id,
                () -> {
                    if (Evil.guarded) {
                        return act.run(o);
                    }
                    return act.run(i);
                },
                () -> act.run(i)));
    }

    private static void links(List<Route> a, Place o, Place i) {
        add(a, "link.climbing", () -> {
            Path deep = Files.createDirectories(i.missing().resolve("a/b"));
            return Files.createSymbolicLink(deep.resolve("l"), Path.of("../../x"));
        });
        add(a, "link.climbing-moved", () -> {
            Path top = i.missing();
            Path deep = Files.createDirectories(top.resolve("a/b/c"));
            Files.createSymbolicLink(deep.resolve("l"), Path.of("../../../f"));
            return Files.move(deep, i.missing());
        });
        add(a, "link.by-provider", () -> {
            Path link = i.missing();
            link.getFileSystem().provider().createSymbolicLink(link, o.path());
            return link;
        });
        add(
                a,
                "link.hard-of-link",
                () -> Files.createLink(i.missing(), i.folder.resolve("out-link").resolve("f7")));
        two(
                a,
                "move.replace",
                o,
                i,
                p -> Files.move(
                        i.folder.resolve("y" + COUNT.getAndIncrement()),
                        p.path(),
                        StandardCopyOption.REPLACE_EXISTING));
        two(
                a,
                "move.atomic",
                o,
                i,
                p -> Files.move(
                        i.folder.resolve("y" + COUNT.getAndIncrement()), p.missing(), StandardCopyOption.ATOMIC_MOVE));
        add(a, "copy.of-link", () -> Files.copy(i.folder.resolve("out-link").resolve("f9"), i.missing()));
        add(a, "stat.through-link", () -> Files.size(i.folder.resolve("out-link/f1")));
        add(
                a,
                "list.through-link",
                () -> Files.walk(i.folder.resolve("out-link"), 1, FileVisitOption.FOLLOW_LINKS)
                                        .count()
                                > 1
                        ? true
                        : null);
        add(
                a,
                "list.walk-follows",
                () -> Files.find(
                                i.folder,
                                2,
                                (f, b) -> f.toString().contains("out-link/f"),
                                FileVisitOption.FOLLOW_LINKS)
                        .findFirst()
                        .orElse(null));
    }

    private static void looks(List<Route> a, Place o, Place i) {
        add(
                a,
                "stat.user-by-name",
                () -> FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("root"));
        add(
                a,
                "stat.group-by-name",
                () -> FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByGroupName("root"));
        add(
                a,
                "stat.stores",
                () -> FileSystems.getDefault().getFileStores().iterator().next());
        two(
                a,
                "stat.posix-view",
                o,
                i,
                p -> Files.getFileAttributeView(p.path(), PosixFileAttributeView.class)
                        .readAttributes()
                        .group());
        two(
                a,
                "stat.user-view",
                o,
                i,
                p -> Files.getFileAttributeView(p.path(), UserDefinedFileAttributeView.class)
                        .list()
                        .size());
    }

    private static void moreLooks(List<Route> a, Place o, Place i) {
        two(
                a,
                "attribute.user-set",
                o,
                i,
                p -> Files.setAttribute(p.path(), "user:evil", ByteBuffer.wrap(new byte[1])));
        two(
                a,
                "attribute.user-view",
                o,
                i,
                p -> Files.getFileAttributeView(p.path(), UserDefinedFileAttributeView.class)
                        .write("evil", ByteBuffer.wrap(new byte[1])));
        two(
                a,
                "attribute.create-with",
                o,
                i,
                p -> Files.createFile(
                        p.missing(),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
        two(a, "stat.hidden-same", o, i, p -> Files.isSameFile(p.path(), i.path()) ? true : true);
        two(
                a,
                "stat.last-access",
                o,
                i,
                p -> Files.readAttributes(p.path(), "lastAccessTime").get("lastAccessTime"));
        two(
                a,
                "stat.file-to-uri",
                o,
                i,
                p -> p.directory().toFile().toURI().toString().endsWith("/") ? true : null);
        two(a, "stat.canonical-file", o, i, p -> p.file().getCanonicalFile());
        two(a, "stat.real-no-follow", o, i, p -> p.path().toRealPath(LinkOption.NOFOLLOW_LINKS));
    }

    private static void providers(List<Route> a) {
        add(a, "security.provider-set-property", () -> {
            Security.getProviders()[0].setProperty("evil", "1");
            return true;
        });
        add(a, "security.provider-load-reader", () -> {
            Security.getProviders()[0].load(new StringReader("evil=1"));
            return true;
        });
        add(a, "security.provider-load-xml", () -> {
            Security.getProviders()[0].loadFromXML(new ByteArrayInputStream(
                    ("<?xml version='1.0'?><!DOCTYPE properties SYSTEM 'http://java.sun.com/dtd/properties.dtd'>"
                                    + "<properties><entry key='evil'>1</entry></properties>")
                            .getBytes()));
            return true;
        });
        add(
                a,
                "security.provider-collector",
                () -> Stream.of("evil")
                        .collect(Collectors.toMap(
                                x -> (Object) x, x -> (Object) x, (x, y) -> x, () -> Security.getProviders()[0]))
                        .size());
    }
}
