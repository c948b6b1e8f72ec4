package evil;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.ObjectCodec;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.introspect.AnnotatedMethod;
import com.fasterxml.jackson.databind.introspect.AnnotationMap;
import java.io.Closeable;
import java.lang.constant.*;
import java.lang.invoke.*;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.*;
import java.nio.channels.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;

/** Parts of the platform and of its libraries that find, set or run what their caller names. */
final class Gadgets {
    private Gadgets() {}

    static void all(List<Route> a, Place o) {
        services(a);
        settings(a);
        descriptions(a);
        addresses(a, o);
        if (!Evil.foreign.isEmpty()) {
            updaters(a);
            runnables(a);
        }
    }

    private static void add(List<Route> a, String id, Act act) {
        a.add(new Route(id, act));
    }

    private interface Effect {
        void run() throws Throwable;
    }

    private static void does(List<Route> a, String id, Effect effect) {
        add(a, id, () -> {
            effect.run();
            return true;
        });
    }

    /** Providers of the host's own libraries, of kinds that it shares. */
    private static void services(List<Route> a) {
        ClassLoader host = dev.agentos.spi.Tool.class.getClassLoader();
        add(
                a,
                "class.services-of-host",
                () -> ServiceLoader.load(ObjectCodec.class, host).findFirst().orElse(null));
        add(
                a,
                "class.services-of-system",
                () -> ServiceLoader.load(ObjectCodec.class, ClassLoader.getSystemClassLoader())
                        .iterator()
                        .next());
        add(
                a,
                "class.services-of-nobody",
                () -> ServiceLoader.load(ObjectCodec.class, null).stream()
                        .findFirst()
                        .map(ServiceLoader.Provider::get)
                        .orElse(null));
        add(
                a,
                "class.services-of-shared-thread",
                () -> CompletableFuture.supplyAsync(() -> ServiceLoader.load(ObjectCodec.class)
                                .findFirst()
                                .orElse(null))
                        .get());
        add(a, "class.services-by-reflection", () -> {
            try {
                return ((ServiceLoader<?>) ServiceLoader.class
                                .getMethod("load", Class.class, ClassLoader.class)
                                .invoke(null, ObjectCodec.class, host))
                        .findFirst()
                        .orElse(null);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
        add(
                a,
                "class.services-by-handle",
                () -> ((ServiceLoader<?>) MethodHandles.lookup()
                                .findStatic(
                                        ServiceLoader.class,
                                        "load",
                                        MethodType.methodType(ServiceLoader.class, Class.class, ClassLoader.class))
                                .invoke(ObjectCodec.class, host))
                        .findFirst()
                        .orElse(null));
        add(
                a,
                "class.services-by-library",
                () -> ((ServiceLoader<?>) call(
                                ServiceLoader.class.getMethod("load", Class.class, ClassLoader.class),
                                ObjectCodec.class,
                                host))
                        .iterator()
                        .next());
    }

    /** Jackson calls the method. */
    private static Object call(Method method, Object... arguments) throws Throwable {
        try {
            Object made = new AnnotatedMethod(null, method, new AnnotationMap(), null).callOnWith(null, arguments);
            return made == null ? true : made;
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** What a library that is shared does by itself for all who use it. */
    private static void settings(List<Route> a) {
        does(
                a,
                "library.default-of-reading",
                () -> StreamReadConstraints.overrideDefaultStreamReadConstraints(StreamReadConstraints.defaults()));
        does(
                a,
                "library.default-of-writing",
                () -> StreamWriteConstraints.overrideDefaultStreamWriteConstraints(StreamWriteConstraints.defaults()));
        does(
                a,
                "library.default-of-errors",
                () -> ErrorReportConfiguration.overrideDefaultErrorReportConfiguration(
                        ErrorReportConfiguration.defaults()));
        add(
                a,
                "library.default-by-itself",
                () -> call(
                        StreamReadConstraints.class.getMethod(
                                "overrideDefaultStreamReadConstraints", StreamReadConstraints.class),
                        StreamReadConstraints.defaults()));
    }

    /** Constants that describe a member, and find it. */
    private static void descriptions(List<Route> a) {
        ClassDesc management = ClassDesc.of("java.lang.management.ManagementFactory");
        MethodHandles.Lookup own = MethodHandles.lookup();
        add(
                a,
                "constant.described-handle",
                () -> ((MethodHandle) MethodHandleDesc.ofMethod(
                                        DirectMethodHandleDesc.Kind.STATIC,
                                        management,
                                        "getRuntimeMXBean",
                                        MethodTypeDesc.of(ClassDesc.of("java.lang.management.RuntimeMXBean")))
                                .resolveConstantDesc(own))
                        .invoke());
        add(
                a,
                "constant.described-variable",
                () -> VarHandle.VarHandleDesc.ofStaticField(ClassDesc.of("java.sql.Types"), "BIT", ConstantDescs.CD_int)
                        .resolveConstantDesc(own));
        add(
                a,
                "constant.described-field",
                () -> DynamicConstantDesc.ofNamed(
                                ConstantDescs.ofConstantBootstrap(
                                        ConstantDescs.CD_ConstantBootstraps,
                                        "getStaticFinal",
                                        ConstantDescs.CD_Object,
                                        ConstantDescs.CD_Class),
                                "BIT",
                                ConstantDescs.CD_int,
                                ClassDesc.of("java.sql.Types"))
                        .resolveConstantDesc(own));
        add(a, "constant.described-type", () -> usable(management.resolveConstantDesc(own)));
        add(
                a,
                "constant.described-method-type",
                () -> usable(
                        MethodTypeDesc.of(management).resolveConstantDesc(own).returnType()));
        add(
                a,
                "constant.described-array",
                () -> usable(management.arrayType().resolveConstantDesc(own).componentType()));
    }

    private static Object usable(Class<?> type) throws Exception {
        return type.getMethod("getRuntimeMXBean").invoke(null);
    }

    /** Other spellings of this machine. */
    private static void addresses(List<Route> a, Place o) {
        for (String name : List.of("127.1", "127.0.1", "2130706433", "0.0.0.0", "::ffff:127.0.0.1")) {
            add(a, "connect.spelled-" + name, () -> closing(new Socket(name, o.port)));
        }
        for (String name : List.of("0x7f000001", "0177.0.0.1", "0x7f.1", "017700000001")) {
            add(
                    a,
                    "connect.posix-" + name,
                    () -> closing(
                            SocketChannel.open(new InetSocketAddress(Inet4Address.ofPosixLiteral(name), o.port))));
        }
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 127, 0, 0, 1};
        add(
                a,
                "connect.mapped-unscoped",
                () -> closing(new Socket(Inet6Address.getByAddress("allowed.example", mapped, -1), o.port)));
        add(
                a,
                "connect.mapped-channel",
                () -> closing(SocketChannel.open(
                        new InetSocketAddress(Inet6Address.getByAddress(null, mapped, -1), o.port))));
        add(a, "connect.any-address", () -> closing(new Socket(InetAddress.getByAddress(new byte[4]), o.port)));
        add(
                a,
                "connect.any-address-forged",
                () -> closing(new Socket(InetAddress.getByAddress("allowed.example", new byte[4]), o.port)));
        add(
                a,
                "connect.user-of-url",
                () -> new URI("http://allowed.example@127.0.0.1:" + o.port + "/")
                        .toURL()
                        .openStream()
                        .read());
        add(
                a,
                "connect.short-url",
                () -> new URI("http://127.1:" + o.port + "/")
                        .toURL()
                        .openStream()
                        .read());
        add(a, "connect.bound-first", () -> {
            Socket socket = new Socket();
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
            socket.connect(new InetSocketAddress("127.1", o.port));
            return closing(socket);
        });
    }

    private static Object closing(Closeable closeable) throws Exception {
        closeable.close();
        return true;
    }

    /** A field of a class of the host, by its name. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void updaters(List<Route> a) {
        Class<?> host = Evil.context.getClass();
        add(a, "lookup.updater-of-number", () -> AtomicIntegerFieldUpdater.newUpdater(host, "number"));
        add(a, "lookup.updater-of-long", () -> AtomicLongFieldUpdater.newUpdater(host, "count"));
        add(
                a,
                "lookup.updater-of-reference",
                () -> AtomicReferenceFieldUpdater.newUpdater((Class) host, String.class, "text"));
        add(
                a,
                "lookup.updater-by-library",
                () -> call(
                        AtomicIntegerFieldUpdater.class.getMethod("newUpdater", Class.class, String.class),
                        host,
                        "number"));
        add(
                a,
                "lookup.updater-by-handle",
                () -> MethodHandles.lookup()
                        .findStatic(
                                AtomicIntegerFieldUpdater.class,
                                "newUpdater",
                                MethodType.methodType(AtomicIntegerFieldUpdater.class, Class.class, String.class))
                        .invoke(host, "number"));
    }

    /** An object of the host that reads a file and runs on a thread of the plugin, without any of its code below. */
    private static void runnables(List<Route> a) {
        add(a, "host.runs-here", () -> read(Runnable::run));
        add(a, "host.runs-on-thread", () -> read(task -> new Thread(task).start()));
        add(a, "host.runs-on-virtual", () -> read(task -> Thread.ofVirtual().start(task)));
        add(
                a,
                "host.runs-on-pool",
                () -> read(task -> {
                    try (ExecutorService pool = Executors.newFixedThreadPool(1)) {
                        pool.execute(task);
                    }
                }));
        add(
                a,
                "host.runs-on-fork-join",
                () -> read(task -> {
                    try (ForkJoinPool pool = new ForkJoinPool(1)) {
                        pool.execute(task);
                    }
                }));
        add(
                a,
                "host.runs-on-schedule",
                () -> read(task -> {
                    try (ScheduledExecutorService pool = Executors.newScheduledThreadPool(1)) {
                        pool.schedule(task, 1, TimeUnit.MILLISECONDS);
                    }
                }));
        add(
                a,
                "host.runs-in-future",
                () -> read(task -> {
                    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
                        CompletableFuture.runAsync(task, pool);
                    }
                }));
        add(a, "host.runs-on-thread-of-thread", () -> read(task -> new Thread(() -> new Thread(task).start()).start()));
    }

    private static Object read(java.util.function.Consumer<Runnable> by) throws Exception {
        String before = Evil.context.toString();
        by.accept((Runnable) Evil.context);
        for (int n = 0; n < 200; n++) {
            String now = Evil.context.toString();
            if (!now.equals(before)) {
                if (now.contains("lacks permission")) {
                    throw new SecurityException(now);
                }
                return now;
            }
            Thread.sleep(5);
        }
        return null;
    }
}
