package evil;

import com.fasterxml.jackson.databind.node.POJONode;
import dev.agentos.spi.*;
import java.io.*;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.*;
import java.nio.file.*;
import java.util.*;
import java.util.stream.Stream;

/**
 * Ways out of a process of its own: to the server that has started it, by what connects the two, and to another such
 * process.
 */
final class Apart {
    private Apart() {}

    /**
     * What there is to be got at.
     *
     * @param server the number of the server's process
     * @param other that of another plugin's
     * @param data the server's data directory
     * @param call the call in which it is tried
     */
    record Target(long server, long other, Path data, CallContext call) {}

    static void all(List<Route> a, Target target, Place outside) {
        streams(a);
        processes(a, "server", target.server());
        processes(a, "other", target.other());
        own(a);
        folders(a, target.data());
        connection(a, target.call());
        facades(a, target.call(), outside);
    }

    private static void add(List<Route> a, String id, Act act) {
        a.add(new Route("apart." + id, act));
    }

    private static Object opened(Closeable stream) throws IOException {
        // Not closed: it is the standard stream of the process itself.
        return stream;
    }

    /** Opened and nothing else, so that a process without a guard lives on to tell of it. */
    private static void streams(List<Route> a) {
        for (String in : List.of("/proc/self/fd/0", "/dev/stdin", "/dev/fd/0")) {
            add(a, "in " + in, () -> opened(new FileInputStream(in)));
            add(a, "in-bytes " + in, () -> opened(Files.newByteChannel(Path.of(in))));
        }
        for (String out : List.of("/proc/self/fd/1", "/dev/stdout", "/dev/fd/1")) {
            add(a, "out " + out, () -> opened(new FileOutputStream(out, true)));
            add(a, "out-bytes " + out, () -> opened(Files.newByteChannel(Path.of(out), StandardOpenOption.WRITE)));
        }
        add(a, "in-descriptor", () -> opened(new FileInputStream(FileDescriptor.in)));
        add(a, "out-descriptor", () -> opened(new FileOutputStream(FileDescriptor.out)));
        add(a, "err-descriptor", () -> opened(new FileOutputStream(FileDescriptor.err)));
    }

    private static void processes(List<Route> a, String name, long pid) {
        for (String file : List.of("environ", "cmdline", "maps")) {
            add(a, name + "-" + file, () -> Files.readString(Path.of("/proc/" + pid + "/" + file)) + "read");
        }
        add(a, name + "-memory", () -> opened(new RandomAccessFile("/proc/" + pid + "/mem", "r")));
        add(a, name + "-open", () -> listed(Path.of("/proc/" + pid + "/fd")));
        add(a, name + "-root", () -> listed(Path.of("/proc/" + pid + "/root")));
        add(a, name + "-folder", () -> listed(Path.of("/proc/" + pid + "/cwd")));
        add(a, name + "-in", () -> opened(new FileOutputStream("/proc/" + pid + "/fd/0", true)));
        add(a, name + "-handle", () -> ProcessHandle.of(pid).orElseThrow());
        add(
                a,
                name + "-found",
                () -> ProcessHandle.allProcesses()
                        .filter(one -> one.pid() == pid)
                        .findFirst()
                        .orElseThrow());
    }

    private static void own(List<Route> a) {
        for (String file : List.of("environ", "cmdline", "maps", "status")) {
            add(a, "own-" + file, () -> Files.readString(Path.of("/proc/self/" + file)) + "read");
        }
        add(a, "own-memory", () -> opened(new RandomAccessFile("/proc/self/mem", "rw")));
        add(a, "own-folder", () -> listed(Path.of("")));
        add(a, "own-class-path", () -> Files.readString(Path.of("class-path")));
        add(a, "own-classes", () -> made(Path.of("classes")));
        add(a, "own-made", () -> made(Path.of("")));
    }

    private static void folders(List<Route> a, Path data) {
        add(a, "data-list", () -> listed(data));
        add(a, "data-key", () -> Files.readString(data.resolve("secret.key")));
        add(a, "data-key-above", () -> Files.readString(Path.of("../../../secret.key")));
        add(a, "data-write", () -> made(data));
        add(a, "data-cache", () -> made(data.resolve("cache")));
        add(a, "data-plugins", () -> listed(data.resolve("plugin-data")));
        add(a, "data-workers", () -> {
            try (Stream<Path> workers = Files.list(data.resolve("cache/workers"))) {
                return workers.map(worker -> worker.resolve("class-path")).anyMatch(Files::exists) ? true : null;
            }
        });
    }

    private static Object made(Path folder) throws IOException {
        return Files.createTempFile(folder.toAbsolutePath(), "evil", "");
    }

    private static Object listed(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            return files.iterator().hasNext() ? folder : null;
        }
    }

    /** What the host lends leads to the connection, by its fields and by the classes beside it. */
    private static void connection(List<Route> a, CallContext call) {
        Class<?> lent = call.getClass();
        add(a, "connection-field", () -> field(lent, call, "asking"));
        add(a, "connection-number", () -> {
            Field number = lent.getDeclaredField("number");
            number.setAccessible(true);
            number.set(call, number.get(call));
            return number;
        });
        add(a, "connection-lookup", () -> MethodHandles.privateLookupIn(lent, MethodHandles.lookup()));
        add(a, "connection-plugin", () -> field(call.plugin().getClass(), call.plugin(), "asking"));
        add(a, "connection-log", () -> {
            System.Logger log = call.plugin().logger();
            return field(log.getClass(), log, "asking");
        });
        for (String name : List.of("Channel", "Asking", "WorkerEnd", "RemoteCallContext", "Message", "HostAnswers")) {
            String type = "dev.agentos.pluginworker." + name;
            add(a, "connection-class " + name, () -> Class.forName(type, false, lent.getClassLoader()));
            add(a, "connection-load " + name, () -> lent.getClassLoader().loadClass(type));
        }
        add(a, "connection-forged", () -> {
            Object asking = field(lent, call, "asking");
            Method ask = asking.getClass().getDeclaredMethod("ask", long.class, JsonObject.class);
            ask.setAccessible(true);
            return ask.invoke(asking, 0L, JsonObject.of("ask", "secret", "context", 0, "name", "forged"));
        });
    }

    private static Object field(Class<?> type, Object of, String name) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return Objects.requireNonNull(field.get(of));
    }

    private interface Door {
        void through(Runnable act) throws Exception;
    }

    /** What the host lends acts in its own name; it must not do so for what it is given. */
    private static void facades(List<Route> a, CallContext call, Place o) {
        Map<String, Door> doors = new LinkedHashMap<>();
        doors.put("log", act -> call.plugin().logger().log(System.Logger.Level.INFO, new Acting(act)));
        doors.put(
                "log-supplied",
                act -> call.plugin().logger().log(System.Logger.Level.INFO, () -> {
                    act.run();
                    return "";
                }));
        doors.put("log-parameter", act -> call.plugin().logger().log(System.Logger.Level.INFO, "{0}", new Acting(act)));
        doors.put(
                "log-node",
                act -> call.plugin().logger().log(System.Logger.Level.INFO, "{0}", new POJONode(new Getting(act))));
        doors.put("log-thrown", act -> call.plugin().logger().log(System.Logger.Level.INFO, "", new Throwing(act)));
        doors.put(
                "keys",
                act -> call.state().get(new AbstractList<>() {
                    @Override
                    public String get(int index) {
                        act.run();
                        return "key";
                    }

                    @Override
                    public int size() {
                        return 1;
                    }
                }));
        doors.put(
                "values",
                act -> call.state().put(new AbstractMap<>() {
                    @Override
                    public Set<Entry<String, JsonValue>> entrySet() {
                        act.run();
                        return Set.of();
                    }
                }));
        Map<String, Act> acts = new LinkedHashMap<>();
        acts.put("read", () -> new FileInputStream(o.name()).read());
        acts.put("connect", () -> new java.net.Socket("127.0.0.1", o.port).getPort());
        acts.put("process", () -> new ProcessBuilder("/bin/true").start().pid());
        doors.forEach((door, way) -> acts.forEach((name, act) -> add(a, "facade-" + door + "-" + name, () -> {
            Object[] done = {null, null};
            way.through(() -> {
                try {
                    done[0] = act.run();
                } catch (Throwable e) {
                    done[1] = e;
                }
            });
            if (done[1] instanceof Throwable refused) {
                throw refused;
            }
            return done[0];
        })));
    }

    private record Acting(Runnable act) {
        @Override
        public String toString() {
            act.run();
            return "";
        }
    }

    private record Getting(Runnable act) {
        @com.fasterxml.jackson.annotation.JsonProperty
        public String word() {
            act.run();
            return "";
        }
    }

    private static final class Throwing extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient Runnable act;

        Throwing(Runnable act) {
            this.act = act;
        }

        @Override
        public String getMessage() {
            act.run();
            return "";
        }
    }
}
