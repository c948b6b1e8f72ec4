package dev.agentos.pluginruntime;

import dev.agentos.guard.Guard;
import dev.agentos.pluginruntime.internal.ClassSpace;
import dev.agentos.pluginruntime.internal.PluginFolders;
import dev.agentos.pluginruntime.internal.Sandbox;
import dev.agentos.pluginruntime.internal.SharedPackages;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Metrics;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PluginContext;
import dev.agentos.testkit.EvilPlace;
import dev.agentos.verifier.JdkLinks;
import dev.agentos.verifier.VerifiedClasses;
import java.io.FileInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A host with Felix's class space around the evil plugin, in a process of its own: {@code EvilMain folder jar}, and
 * behind it {@code all} for each probe by way of everything else, {@code turns} for each by one of these in turn, or a
 * number for the ways to end the process from that one on. With the guard's agent the plugin is confined to its grants,
 * without it it is not. Prints one line a probe.
 */
public final class EvilMain {

    private static final int FILES = 4_000;
    /** What may be done in further folders, in each one thing. */
    private static final List<String> NARROW = List.of("fs.delete", "fs.write", "fs.read");

    private static final List<ZipFile> OPEN = new ArrayList<>();
    private static final PrintStream OUT = System.out;

    private EvilMain() {}

    /** Runs all probes. */
    public static void main(String[] arguments) throws Exception {
        System.setOut(new PrintStream(new Closed(OUT), true));
        System.setErr(new PrintStream(new Closed(System.err), true));
        Path root = Path.of(arguments[0]).toRealPath();
        Path jar = Path.of(arguments[1]);
        PluginFolders folders = PluginFolders.of(root, "evil", "");
        String what = arguments[2];
        boolean exits = Character.isDigit(what.charAt(0));
        int files = exits ? 1 : FILES;
        Path outside = EvilPlace.fill(Files.createDirectories(root.resolve("outside")), files);
        Path inside = EvilPlace.fill(folders.data(), files);
        Object[] unlike = narrow(root, outside, files / 2);
        Files.createSymbolicLink(inside.resolve("out-link"), outside);
        Files.createSymbolicLink(inside.resolve("dangling"), outside.resolve("dangled"));
        try (ServerSocket forbidden = EvilPlace.serve();
                ServerSocket granted = EvilPlace.serve();
                ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                ServerSocketChannel unixGranted = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                ClassSpace classSpace = new ClassSpace(root.resolve("cache"))) {
            unix.bind(UnixDomainSocketAddress.of(outside.resolve("socket")));
            unixGranted.bind(UnixDomainSocketAddress.of(inside.resolve("socket")));
            List<Permission> grants = new ArrayList<>(grants(granted.getLocalPort()));
            NARROW.forEach(act -> grants.add(Permission.parse(act + " " + root.resolve(act) + "/**")));
            unlike[1] = forbidden.getLocalPort();
            Sandbox sandbox = new Sandbox(SharedPackages.names());
            String digest = PluginFiles.sha512(jar);
            ClassSpace.Space space = classSpace.open(
                    new PluginVersion("evil", "1.0.0", digest),
                    jar,
                    everyClass(jar),
                    loader -> sandbox.confine("evil", loader, grants, folders, (id, act, at) -> {}));
            if (Guard.isPresent()) {
                openNativeAccess();
            }
            Object[] host = host();
            BiConsumer<String, String> outcomes = EvilMain::tell;
            if (exits) {
                space.loader()
                        .loadClass("evil.Exits")
                        .getMethod("run", int.class, BiConsumer.class)
                        .invoke(null, Integer.parseInt(what), outcomes);
                end();
            }
            every(
                    space.loader(),
                    unlike,
                    new Object[] {inside.toString(), granted.getLocalPort()},
                    host,
                    what.equals("all"));
            Method left = space.loader()
                    .loadClass("evil.Left")
                    .getMethod("run", String.class, int.class, boolean.class, BiConsumer.class);
            left.invoke(null, inside.toString(), granted.getLocalPort(), true, outcomes);
            space.confinement().close();
            left.invoke(null, inside.toString(), granted.getLocalPort(), false, outcomes);
            space.confinement().denials().forEach(denial -> OUT.println("#" + denial));
        }
        end();
    }

    /**
     * Opens it, so that from now on it is the guard that refuses native code and not the virtual machine; until a
     * plugin is granted it, it is closed to the host as well.
     */
    private static void openNativeAccess() {
        try {
            MemorySegment.NULL.reinterpret(1);
        } catch (IllegalCallerException closed) {
            Guard.openNativeAccess();
            return;
        }
        throw new IllegalStateException("Native code is open before anybody was granted it");
    }

    /** Places for a folder and a port without any grant, and further folders in each of which one thing is granted. */
    private static Object[] narrow(Path root, Path outside, int files) throws IOException {
        Object[] unlike = new Object[2 + NARROW.size()];
        unlike[0] = outside.toString();
        for (int n = 0; n < NARROW.size(); n++) {
            Path folder = EvilPlace.fill(Files.createDirectories(root.resolve(NARROW.get(n))), files);
            OPEN.add(new ZipFile(Files.copy(folder.resolve("a.zip"), folder.resolve("opened.zip"))
                    .toFile()));
            unlike[2 + n] = folder.toString();
        }
        return unlike;
    }

    private static void every(ClassLoader loader, Object[] outside, Object[] inside, Object[] host, boolean everyVector)
            throws ReflectiveOperationException {
        BiConsumer<String, String> outcomes = EvilMain::tell;
        loader.loadClass("evil.Evil")
                .getMethod(
                        "run",
                        Object[].class,
                        Object[].class,
                        Object[].class,
                        boolean.class,
                        boolean.class,
                        BiConsumer.class)
                .invoke(null, outside, inside, host, Guard.isPresent(), everyVector, outcomes);
    }

    static List<Permission> grants(int port) {
        return List.of(
                // Some probes are compiled against it.
                Permission.parse("jdk.group xml"),
                Permission.parse("jdk.group logging"),
                Permission.parse("fs.read ${data}/**"),
                Permission.parse("fs.write ${data}/**"),
                Permission.parse("fs.delete ${data}/**"),
                Permission.parse("net.connect 127.0.0.1:" + port),
                // Opens no address of this machine, which the servers are on.
                Permission.parse("net.connect 0.0.0.0/0:*"),
                Permission.parse("net.connect unix:${data}/socket"),
                Permission.parse("process.exec /bin/cat"),
                Permission.parse("process.exec /bin/sleep"),
                Permission.parse("net.connect allowed.example:*"));
    }

    /** What the verifier would refuse gets in here, so that the guard is what stops it. */
    static Set<String> everyClass(Path jar) throws IOException {
        Set<String> digests = new HashSet<>();
        try (ZipFile file = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : Collections.list(file.entries())) {
                if (entry.getName().endsWith(".class")) {
                    try (InputStream in = file.getInputStream(entry)) {
                        digests.add(VerifiedClasses.digest(in.readAllBytes()));
                    }
                }
            }
        }
        return digests;
    }

    private static void end() {
        OUT.println("END");
        OUT.flush();
        Runtime.getRuntime().halt(0);
    }

    private static void tell(String probe, String outcome) {
        OUT.println(probe + "\t" + outcome);
    }

    /** What may be closed without an end to the outcomes. */
    static final class Closed extends FilterOutputStream {
        Closed(OutputStream out) {
            super(out);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }

    /** An object of the host with something to hide, and something to do. */
    public static final class HostThing implements Runnable {
        private String word = "open";
        public volatile int number;
        public volatile long count;
        public volatile @Nullable String text;

        /** Reads a file; what it says of itself afterwards tells whether it could. */
        @Override
        public void run() {
            count = count + 1;
            try (FileInputStream in = new FileInputStream("/etc/passwd")) {
                text = count + " read " + in.read();
            } catch (IOException e) {
                text = count + " " + e;
            }
        }

        @Override
        public String toString() {
            return String.valueOf(text);
        }

        public String word() {
            return word;
        }

        public void changed(String other) {
            word = "open " + other;
        }
    }

    /** What is lent to the plugin for it to try: a thread, an object, classes, and names of members. */
    static Object[] host() throws IOException, ClassNotFoundException {
        System.setProperty("evil.password", "secret");
        System.setProperty("evil.password.number", "7");
        System.setProperty("evil.password.flag", "true");
        System.getProperties().put("evil.context", contextOfOther());
        return new Object[] {victim(), new HostThing(), lent(), never()};
    }

    /** What is lent to another plugin, which hands it on. */
    private static PluginContext contextOfOther() {
        Metrics none = (Metrics) Proxy.newProxyInstance(
                EvilMain.class.getClassLoader(), new Class<?>[] {Metrics.class}, (proxy, method, arguments) -> null);
        return new HostPluginContext(
                new GrantedPermissions(
                        new PluginVersion("other", "1.0.0", "ab"), List.of(Permission.parse("secret.read *"))),
                JsonObject.EMPTY,
                new PluginFolders(Path.of("/none"), Path.of("/none")),
                name -> Optional.of("word"),
                none,
                InstantSource.system(),
                new PluginLogs(text -> text, InstantSource.system()).of("other"));
    }

    private static Thread victim() {
        return Thread.ofPlatform().daemon().name("victim").start(() -> {
            while (true) {
                try {
                    Thread.sleep(1_000);
                } catch (InterruptedException e) {
                    // It has to live on.
                }
            }
        });
    }

    /** Classes that reach a plugin as objects do, without being named by it. */
    private static Map<String, Class<?>> lent() throws ClassNotFoundException {
        Map<String, Class<?>> classes = new HashMap<>();
        for (String name : List.of(
                "java.lang.management.ManagementFactory",
                "javax.management.MBeanServer",
                "javax.naming.InitialContext",
                "java.sql.Types",
                "dev.agentos.guard.Checkpoint",
                "dev.agentos.pluginruntime.PluginVersion",
                "org.osgi.framework.Bundle")) {
            classes.put(name, Class.forName(name));
        }
        return classes;
    }

    /** The members that the list of what plugins link names as never to be linked. */
    private static List<String> never() throws IOException {
        List<String> members = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(JdkLinks.class.getResourceAsStream("jdk-links.txt"))) {
            boolean never = false;
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                never = line.startsWith("[") ? line.startsWith("[never") : never;
                int hash = line.indexOf('#');
                if (never && hash > 0) {
                    for (String member : line.substring(hash + 1).split(",")) {
                        members.add(line.substring(0, hash + 1) + member.strip());
                    }
                }
            }
        }
        return members;
    }
}
