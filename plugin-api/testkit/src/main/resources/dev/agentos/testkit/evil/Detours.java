package evil;

import java.io.*;
import java.lang.constant.*;
import java.lang.invoke.*;
import java.lang.reflect.*;
import java.net.*;
import java.nio.channels.*;
import java.nio.file.*;
import java.nio.file.attribute.*;
import java.security.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.logging.Logger;
import java.util.stream.*;
import java.util.zip.*;

/** Ways by classes of the JDK that load, link, connect, start or change something for whoever asks them. */
final class Detours {
    private Detours() {}

    static void all(List<Route> a, Place o, Place i) {
        natives(a, i);
        constants(a);
        instances(a);
        names(a, o);
        networks(a, o, i);
        moreNetworks(a, o, i);
        children(a, o, i);
        global(a);
    }

    private static void add(List<Route> a, String id, Act act) {
        a.add(new Route(id, act));
    }

    private static void two(List<Route> a, String id, Place o, Place i, FileReads.At act) {
        FileReads.add(a, id, o, i, act);
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
        add(a, "deep.array-race", Detours::race);
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
    }

    private static void moreNetworks(List<Route> a, Place o, Place i) {
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
