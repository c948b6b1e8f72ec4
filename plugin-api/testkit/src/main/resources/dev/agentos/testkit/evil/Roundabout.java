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
import java.util.logging.Logger;
import java.util.stream.*;
import java.util.zip.*;

/** Ways by classes of the JDK that act, look up or make something for whoever asks them. */
final class Roundabout {
    private Roundabout() {}

    static void all(List<Route> a, Place o, Place i) {
        hidden(a, o, i);
        files(a, o, i);
        links(a, o, i);
        looks(a, o, i);
        providers(a);
        natives(a, i);
        constants(a);
        instances(a);
        names(a, o);
        networks(a, o, i);
        children(a, o, i);
        global(a);
    }

    private static void add(List<Route> a, String id, Act act) {
        a.add(new Route(id, act));
    }

    private static void two(List<Route> a, String id, Place o, Place i, FileReads.At act) {
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

    private static byte[] bytes(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final java.util.concurrent.atomic.AtomicInteger COUNT =
            new java.util.concurrent.atomic.AtomicInteger(2_000);

    /** A file that nobody else deletes. */
    private static Path x(Place p) throws IOException {
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
    }

    private static void two(List<Route> a, String id, Place o, Place i, FileReads.At act, boolean notTwice) {
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

    private static void natives(List<Route> a, Place i) {
        add(a, "native.pkcs11", () -> {
            // Any library: that its functions are missed means that it was opened.
            Path library = i.missing();
            try (InputStream in = new ByteArrayInputStream(new byte[64])) {
                Files.copy(in, library);
            }
            try {
                return Security.getProvider("SunPKCS11").configure("--name=evil\nlibrary=" + library + "\n");
            } catch (ProviderException e) {
                for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                    if (String.valueOf(cause.getMessage()).contains("lacks permission")) {
                        throw e;
                    }
                }
                return "opened " + e;
            }
        });
        add(a, "native.pkcs11-nss", () -> {
            try {
                return Security.getProvider("SunPKCS11")
                        .configure("--name=evil\nnssLibraryDirectory=" + i.folder
                                + "\nnssDbMode=noDb\nattributes=compatibility\n");
            } catch (ProviderException e) {
                for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                    if (String.valueOf(cause.getMessage()).contains("lacks permission")) {
                        throw e;
                    }
                }
                return "opened " + e;
            }
        });
    }

    private static final ClassDesc FACTORY = ClassDesc.of("java.lang.management.ManagementFactory");
    private static final MethodTypeDesc MANAGED = MethodTypeDesc.of(ClassDesc.of("java.lang.management.RuntimeMXBean"));

    private static void constants(List<Route> a) {
        MethodHandles.Lookup every = MethodHandles.publicLookup();
        add(
                a,
                "constant.handle",
                () -> ((MethodHandle) MethodHandleDesc.ofMethod(
                                        DirectMethodHandleDesc.Kind.STATIC, FACTORY, "getRuntimeMXBean", MANAGED)
                                .resolveConstantDesc(every))
                        .invoke());
        add(
                a,
                "constant.handle-own-lookup",
                () -> ((MethodHandle) MethodHandleDesc.ofMethod(
                                        DirectMethodHandleDesc.Kind.STATIC, FACTORY, "getRuntimeMXBean", MANAGED)
                                .resolveConstantDesc(MethodHandles.lookup()))
                        .invoke());
        add(
                a,
                "constant.dynamic",
                () -> DynamicConstantDesc.ofNamed(
                                MethodHandleDesc.ofMethod(
                                        DirectMethodHandleDesc.Kind.STATIC,
                                        ClassDesc.of("java.lang.invoke.ConstantBootstraps"),
                                        "invoke",
                                        MethodTypeDesc.ofDescriptor(
                                                "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;"
                                                    + "Ljava/lang/Class;Ljava/lang/invoke/MethodHandle;[Ljava/lang/Object;)"
                                                    + "Ljava/lang/Object;")),
                                "evil",
                                ClassDesc.of("java.lang.Object"),
                                MethodHandleDesc.ofMethod(
                                        DirectMethodHandleDesc.Kind.STATIC, FACTORY, "getRuntimeMXBean", MANAGED))
                        .resolveConstantDesc(every));
        add(
                a,
                "constant.field",
                () -> ((MethodHandle) MethodHandleDesc.ofField(
                                        DirectMethodHandleDesc.Kind.STATIC_GETTER,
                                        ClassDesc.of("java.lang.management.ManagementFactory"),
                                        "RUNTIME_MXBEAN_NAME",
                                        ClassDesc.of("java.lang.String"))
                                .resolveConstantDesc(every))
                        .invoke());
        add(
                a,
                "constant.var-handle",
                () -> VarHandle.VarHandleDesc.ofStaticField(
                                FACTORY, "RUNTIME_MXBEAN_NAME", ClassDesc.of("java.lang.String"))
                        .resolveConstantDesc(every)
                        .get());
        add(
                a,
                "constant.bootstrap",
                () -> ConstantBootstraps.getStaticFinal(
                        MethodHandles.lookup(), "RUNTIME_MXBEAN_NAME", String.class, management()));
    }

    private static Class<?> management() throws ClassNotFoundException {
        return Evil.foreign("java.lang.management.ManagementFactory");
    }

    private static void instances(List<Route> a) {
        add(
                a,
                "lookup.class-new-instance",
                () -> Evil.foreign("javax.naming.InitialContext").newInstance());
        add(
                a,
                "lookup.type-then-instance",
                () -> MethodType.fromMethodDescriptorString(
                                "()Ljavax/naming/InitialContext;", ClassLoader.getPlatformClassLoader())
                        .returnType()
                        .newInstance());
        add(
                a,
                "lookup.type-then-handle",
                () -> MethodHandles.publicLookup()
                        .findStatic(
                                MethodType.fromMethodDescriptorString(
                                                "()Ljava/lang/management/ManagementFactory;",
                                                ClassLoader.getPlatformClassLoader())
                                        .returnType(),
                                "getRuntimeMXBean",
                                MethodType.fromMethodDescriptorString(
                                        "()Ljava/lang/management/RuntimeMXBean;", ClassLoader.getPlatformClassLoader()))
                        .invoke());
        add(
                a,
                "lookup.array-class",
                () -> management()
                        .arrayType()
                        .componentType()
                        .getMethod("getRuntimeMXBean")
                        .invoke(null));
        add(a, "deep.array-race", Roundabout::race);
        add(a, "deep.host-loader-field", () -> {
            Field field = Evil.class.getClassLoader().getClass().getDeclaredFields()[0];
            field.setAccessible(true);
            return field;
        });
        add(a, "deep.method-of-host", () -> {
            java.lang.reflect.Method method = Evil.context.getClass().getMethod("word");
            return method.invoke(Evil.context);
        });
    }

    /** The array of what is to be opened changes while it is looked at. */
    private static Object race() throws Exception {
        Field own = Roundabout.class.getDeclaredField("COUNT");
        Field foreign = Evil.context.getClass().getDeclaredFields()[0];
        AccessibleObject[] array = {own};
        if (!Evil.guarded) {
            foreign.setAccessible(true);
            return foreign;
        }
        java.util.concurrent.atomic.AtomicBoolean ended = new java.util.concurrent.atomic.AtomicBoolean();
        Thread turning = new Thread(() -> {
            while (!ended.get()) {
                array[0] = foreign;
                array[0] = own;
            }
        });
        turning.start();
        try {
            Throwable refusal = null;
            for (int n = 0; n < 3_000; n++) {
                try {
                    AccessibleObject.setAccessible(array, true);
                } catch (RuntimeException e) {
                    refusal = e;
                }
                if (foreign.canAccess(Evil.context)) {
                    return foreign;
                }
            }
            throw refusal == null ? new Exception("lacks permission: the race was never lost") : (Exception) refusal;
        } finally {
            ended.set(true);
            turning.join();
        }
    }

    private static void names(List<Route> a, Place o) {
        add(a, "resolve.local-host", () -> InetAddress.getLocalHost());
        add(
                a,
                "resolve.url-equals",
                () -> new URI("http://localhost/").toURL().equals(new URI("http://127.0.0.1/").toURL()) ? true : null);
        add(
                a,
                "resolve.permission",
                () -> new SocketPermission("127.0.0.1:1", "connect")
                                .implies(new SocketPermission("localhost:1", "connect"))
                        ? true
                        : null);
        add(a, "resolve.inet6", () -> Inet6Address.getByName("localhost"));
        add(a, "resolve.address-host", () -> {
            String name = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 1).getHostName();
            return name.equals("127.0.0.1") ? null : name;
        });
        add(
                a,
                "resolve.map-of-urls",
                () -> new HashSet<>(List.of(
                                                new URI("http://localhost/x").toURL(),
                                                new URI("http://127.0.0.1/x").toURL()))
                                        .size()
                                == 1
                        ? true
                        : null);
    }

    private static void networks(List<Route> a, Place o, Place i) {
        two(a, "connect.selector-provider", o, i, p -> {
            try (SocketChannel channel =
                    java.nio.channels.spi.SelectorProvider.provider().openSocketChannel()) {
                return channel.connect(new InetSocketAddress("127.0.0.1", p.port)) ? true : null;
            }
        });
        two(a, "connect.selector", o, i, p -> {
            try (SocketChannel channel = SocketChannel.open();
                    Selector selector = Selector.open()) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_CONNECT);
                channel.connect(new InetSocketAddress("127.0.0.1", p.port));
                selector.select(2_000);
                return channel.finishConnect() ? true : null;
            }
        });
        two(a, "connect.asynchronous-handler", o, i, p -> {
            CompletableFuture<Object> done = new CompletableFuture<>();
            AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
            channel.connect(new InetSocketAddress("127.0.0.1", p.port), null, new CompletionHandler<Void, Void>() {
                @Override
                public void completed(Void x, Void y) {
                    done.complete(true);
                }

                @Override
                public void failed(Throwable e, Void y) {
                    done.completeExceptionally(e);
                }
            });
            return done.get(3, TimeUnit.SECONDS);
        });
        add(a, "http.jar-url", () -> {
            try {
                return new URI("jar:" + o.http() + "a.jar!/x").toURL().openStream();
            } catch (ZipException e) {
                return "reached";
            }
        });
        add(a, "connect.ftp", () -> {
            try {
                return new URI("ftp://127.0.0.1:" + o.port + "/x").toURL().openStream();
            } catch (IOException e) {
                return answered(e);
            }
        });
        add(
                a,
                "http.content",
                () -> new URI(o.http()).toURL().getContent(new Class<?>[] {String.class}) == null ? "asked" : "asked");
        add(a, "listen.multicast", () -> {
            try (MulticastSocket socket = new MulticastSocket(0)) {
                return socket.getLocalPort();
            }
        });
        add(a, "listen.pipe-of-server", () -> {
            try (ServerSocketChannel server =
                    java.nio.channels.spi.SelectorProvider.provider().openServerSocketChannel()) {
                return server.bind(new InetSocketAddress("127.0.0.1", 0));
            }
        });
        add(a, "listen.accept", () -> {
            try (ServerSocket server = new ServerSocket()) {
                server.setReuseAddress(true);
                server.bind(null);
                return server.getLocalPort();
            }
        });
        a.add(new Route(
                "connect.unix-granted",
                () -> closing(SocketChannel.open(UnixDomainSocketAddress.of(o.folder.resolve("socket")))),
                () -> closing(SocketChannel.open(UnixDomainSocketAddress.of(i.folder.resolve("socket"))))));
    }

    private static Object closing(Closeable closeable) throws IOException {
        closeable.close();
        return true;
    }

    /** That the other side did not speak the protocol means that it was reached. */
    private static Object answered(IOException e) throws IOException {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause.getMessage()).contains("lacks permission")) {
                throw e;
            }
        }
        return "answered " + e;
    }

    private static void children(List<Route> a, Place o, Place i) {
        a.add(new Route("process.talk", () -> talk("/bin/tac"), () -> talk("/bin/cat")));
        a.add(new Route("process.end", () -> end("/bin/tail", "-f", "/dev/null"), () -> end("/bin/sleep", "60")));
        a.add(new Route(
                "process.runtime",
                () -> Runtime.getRuntime().exec(new String[] {"/bin/true"}).waitFor() + 1,
                () -> Runtime.getRuntime()
                                .exec(new String[] {"/bin/cat", "/dev/null"})
                                .waitFor()
                        + 1));
        a.add(new Route(
                "process.redirected",
                () -> new ProcessBuilder("/bin/cat", "/dev/null")
                                .redirectOutput(o.missing().toFile())
                                .start()
                                .waitFor()
                        + 1,
                () -> new ProcessBuilder("/bin/cat", "/dev/null")
                                .redirectOutput(i.missing().toFile())
                                .start()
                                .waitFor()
                        + 1));
        add(
                a,
                "process.by-relative-name",
                () -> new ProcessBuilder("cat", "/dev/null").start().waitFor() + 1);
        add(a, "process.handle-of-child", () -> {
            Process child = new ProcessBuilder("/bin/sleep", "60").start();
            try {
                return child.toHandle().destroy() ? true : null;
            } finally {
                child.destroyForcibly();
            }
        });
        add(
                a,
                "process.siblings",
                () -> ProcessHandle.current().parent().get().children().count());
        add(a, "process.all", () -> ProcessHandle.allProcesses().count());
    }

    private static Object talk(String program) throws Exception {
        Process child = new ProcessBuilder(program).start();
        try (OutputStream to = child.getOutputStream()) {
            to.write("hello\n".getBytes());
        }
        String said = new String(child.getInputStream().readAllBytes());
        return child.waitFor() == 0
                        && said.equals("hello\n")
                        && child.getErrorStream().read() < 0
                ? said
                : null;
    }

    private static Object end(String... command) throws Exception {
        Process child = new ProcessBuilder(command).start();
        child.destroy();
        return child.waitFor(5, TimeUnit.SECONDS) && child.onExit().get() == child && !child.isAlive() ? true : null;
    }

    private static void global(List<Route> a) {
        add(a, "global.zone-rules", () -> {
            java.time.zone.ZoneRulesProvider.refresh();
            return true;
        });
        add(a, "global.zone-rules-reflection", () -> {
            java.time.zone.ZoneRulesProvider.class.getMethod("refresh").invoke(null);
            return true;
        });
        add(a, "global.properties-of-iterator", () -> {
            System.getProperties().keySet().iterator().next();
            return System.getProperties().containsKey("sun.java.command") ? true : null;
        });
        add(a, "global.secret-property", () -> System.getProperty("evil.password"));
        add(a, "global.secret-property-of-all", () -> System.getProperties().getProperty("evil.password"));
        add(a, "thread.other-daemon", () -> {
            Evil.victim.setUncaughtExceptionHandler((t, e) -> {});
            return true;
        });
        add(a, "logging.root-handlers", () -> {
            for (java.util.logging.Handler handler : Logger.getLogger("").getHandlers()) {
                handler.setLevel(java.util.logging.Level.ALL);
                return true;
            }
            return null;
        });
    }
}
