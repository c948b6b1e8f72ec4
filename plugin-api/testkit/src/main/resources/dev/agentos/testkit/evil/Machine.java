package evil;

import java.io.*;
import java.lang.ProcessBuilder.Redirect;
import java.lang.ref.Cleaner;
import java.net.*;
import java.security.*;
import java.util.*;
import java.util.concurrent.ForkJoinPool;
import java.util.function.BiFunction;
import java.util.logging.*;

/** Ways to change or look at what belongs to the whole process: its state, its children, its threads. */
final class Machine {
    private Machine() {}

    static void all(List<Route> a, Place o, Place i) {
        processes(a);
        inheritance(a);
        properties(a);
        streams(a);
        factories(a);
        tlsSessions(a);
        security(a);
        logging(a);
        threads(a);
        environment(a);
        natives(a, o);
    }

    private static void add(List<Route> a, String id, Act act) {
        a.add(new Route(id, act));
    }

    private interface Effect {
        void run() throws Throwable;
    }

    private static void does(List<Route> a, String id, Effect effect) {
        a.add(new Route(id, () -> {
            effect.run();
            return true;
        }));
    }

    private static void processes(List<Route> a) {
        add(a, "process.builder", () -> new ProcessBuilder("/bin/true").start().pid());
        add(
                a,
                "process.builder-list",
                () -> new ProcessBuilder(List.of("/bin/true")).start().pid());
        add(
                a,
                "process.pipeline",
                () -> ProcessBuilder.startPipeline(List.of(new ProcessBuilder("/bin/true")))
                        .size());
        add(
                a,
                "process.exec-array",
                () -> Runtime.getRuntime().exec(new String[] {"/bin/true"}).pid());
        add(
                a,
                "process.exec-environment",
                () -> Runtime.getRuntime()
                        .exec(new String[] {"/bin/true"}, new String[0], new File("/"))
                        .pid());
        add(
                a,
                "process.environment",
                () -> new ProcessBuilder("/bin/true").environment().size());
        add(a, "process.all", () -> ProcessHandle.allProcesses().count());
        add(
                a,
                "process.info",
                () -> ProcessHandle.current().info().commandLine().orElse(""));
        add(a, "process.parent", () -> ProcessHandle.current().parent().get().pid());
        add(a, "process.children", () -> ProcessHandle.current().children().count());
        add(
                a,
                "process.descendants",
                () -> ProcessHandle.current().descendants().count());
        add(a, "process.of", () -> ProcessHandle.of(1).get().pid());
    }

    /** A child with the standard streams of the host: its log, or what it and others have between them. */
    private static void inheritance(List<Route> a) {
        add(
                a,
                "process.inherit",
                () -> new ProcessBuilder("/bin/cat", "/dev/null")
                                .inheritIO()
                                .start()
                                .waitFor()
                        + 1);
        for (Map.Entry<String, BiFunction<ProcessBuilder, Redirect, ProcessBuilder>> stream :
                Map.<String, BiFunction<ProcessBuilder, Redirect, ProcessBuilder>>of(
                                "in", (process, to) -> process.redirectInput(to),
                                "out", (process, to) -> process.redirectOutput(to),
                                "err", (process, to) -> process.redirectError(to))
                        .entrySet()) {
            add(
                    a,
                    "process.inherit-" + stream.getKey(),
                    () -> stream.getValue()
                                    .apply(new ProcessBuilder("/bin/cat", "/dev/null"), Redirect.INHERIT)
                                    .start()
                                    .waitFor()
                            + 1);
        }
    }

    private static void properties(List<Route> a) {
        does(a, "global.property", () -> System.setProperty("evil", "1"));
        does(a, "global.clear-property", () -> System.clearProperty("evil"));
        does(a, "global.properties", () -> System.setProperties(System.getProperties()));
        add(a, "global.properties-put", () -> seen(() -> System.getProperties().put("evil.put", "1"), "evil.put"));
        add(
                a,
                "global.properties-set",
                () -> seen(() -> System.getProperties().setProperty("evil.set", "1"), "evil.set"));
        add(
                a,
                "global.properties-absent",
                () -> seen(() -> System.getProperties().putIfAbsent("evil.absent", "1"), "evil.absent"));
        add(
                a,
                "global.properties-compute",
                () -> seen(() -> System.getProperties().compute("evil.compute", (k, v) -> "1"), "evil.compute"));
        add(
                a,
                "global.properties-merge",
                () -> seen(() -> System.getProperties().merge("evil.merge", "1", (v, w) -> v), "evil.merge"));
        add(
                a,
                "global.properties-all",
                () -> seen(() -> System.getProperties().putAll(Map.of("evil.all", "1")), "evil.all"));
        add(
                a,
                "global.properties-load",
                () -> seen(() -> System.getProperties().load(new StringReader("evil.load=1")), "evil.load"));
        add(
                a,
                "global.properties-view",
                () -> seen(
                        () -> System.getProperties().entrySet().forEach(entry -> {
                            if (entry.getKey().equals("user.language")) {
                                entry.setValue("xx-" + entry.getValue());
                            }
                        }),
                        "user.language",
                        "xx-"));
        does(a, "global.out", () -> System.setOut(System.out));
        does(a, "global.err", () -> System.setErr(System.err));
        does(a, "global.in", () -> System.setIn(System.in));
        does(a, "global.locale", () -> Locale.setDefault(Locale.getDefault()));
        does(a, "global.locale-category", () -> Locale.setDefault(Locale.Category.FORMAT, Locale.getDefault()));
        does(a, "global.zone", () -> TimeZone.setDefault(TimeZone.getDefault()));
        does(a, "global.hook", () -> Runtime.getRuntime().addShutdownHook(new Thread(() -> {})));
        does(
                a,
                "global.uncaught",
                () -> Thread.setDefaultUncaughtExceptionHandler(Thread.getDefaultUncaughtExceptionHandler()));
        does(a, "global.common-pool", () -> ForkJoinPool.commonPool().setParallelism(2));
        does(a, "global.assertions", () -> Tool().setDefaultAssertionStatus(false));
        add(a, "global.command-line", () -> System.getProperty("sun.java.command"));
        add(a, "global.command-line-of-all", () -> System.getProperties().get("sun.java.command"));
        add(a, "global.inherited", () -> {
            System.inheritedChannel();
            return true;
        });
    }

    private static void streams(List<Route> a) {
        add(a, "global.out-close", () -> closed(System.out, System.out));
        add(a, "global.err-close", () -> closed(System.err, System.err));
        add(a, "global.secret-by-factory", () -> {
            try {
                javax.xml.stream.XMLInputFactory.newFactory("evil.password", Machine.class.getClassLoader());
                return null;
            } catch (javax.xml.stream.FactoryConfigurationError e) {
                if (e.getMessage().contains("secret")) {
                    return e;
                }
                throw e;
            }
        });
        add(a, "global.secret-long", () -> Long.getLong("evil.password.number"));
        add(a, "global.secret-integer", () -> Integer.getInteger("evil.password.number"));
        add(a, "global.secret-boolean", () -> Boolean.getBoolean("evil.password.flag") ? true : null);
        add(a, "global.out-close-filter", () -> closed(System.out, new BufferedOutputStream(System.out)));
        add(a, "global.out-close-writer", () -> closed(System.out, new PrintWriter(System.out)));
        add(a, "global.err-close-formatter", () -> closed(System.err, new java.util.Formatter(System.err)));
        // The host has something to read, and never comes to its end.
        add(a, "global.in-read", () -> System.in.read() < 0 ? null : true);
        add(a, "global.in-bytes", () -> System.in.readNBytes(3).length == 0 ? null : true);
        add(a, "global.in-reader", () -> new InputStreamReader(System.in).read() < 0 ? null : true);
    }

    private static Object closed(PrintStream stream, AutoCloseable way) throws Exception {
        way.close();
        stream.print(' ');
        return stream.checkError() ? true : null;
    }

    private static ClassLoader Tool() {
        return dev.agentos.spi.Tool.class.getClassLoader();
    }

    private static Object seen(Effect effect, String property) throws Throwable {
        return seen(effect, property, "1");
    }

    private static Object seen(Effect effect, String property, String value) throws Throwable {
        effect.run();
        String found = System.getProperty(property);
        return found != null && found.startsWith(value) ? found : null;
    }

    private static void factories(List<Route> a) {
        does(a, "global.proxy", () -> ProxySelector.setDefault(ProxySelector.getDefault()));
        does(a, "global.cookies", () -> CookieHandler.setDefault(null));
        does(a, "global.cookies-get", () -> CookieHandler.getDefault());
        does(a, "global.cache", () -> ResponseCache.setDefault(null));
        does(a, "global.authenticator", () -> Authenticator.setDefault(null));
        does(a, "global.authenticator-get", () -> Authenticator.getDefault());
        does(
                a,
                "global.password",
                () -> Authenticator.requestPasswordAuthentication(
                        InetAddress.getLoopbackAddress(), 1, "http", "p", "s"));
        does(a, "global.redirects", () -> HttpURLConnection.setFollowRedirects(true));
        does(a, "global.file-names", () -> URLConnection.setFileNameMap(URLConnection.getFileNameMap()));
        does(a, "global.url-caches", () -> URLConnection.setDefaultUseCaches("jar", true));
        does(a, "global.interaction", () -> URLConnection.setDefaultAllowUserInteraction(false));
        does(
                a,
                "global.host-names",
                () -> javax.net.ssl.HttpsURLConnection.setDefaultHostnameVerifier(
                        javax.net.ssl.HttpsURLConnection.getDefaultHostnameVerifier()));
        does(
                a,
                "global.socket-factory",
                () -> javax.net.ssl.HttpsURLConnection.setDefaultSSLSocketFactory(
                        javax.net.ssl.HttpsURLConnection.getDefaultSSLSocketFactory()));
        does(a, "global.tls", () -> javax.net.ssl.SSLContext.setDefault(javax.net.ssl.SSLContext.getDefault()));
        does(a, "global.filter", Machine::filter);
    }

    /** Of the context that all share. */
    private static void tlsSessions(List<Route> a) {
        add(a, "global.tls-client-size", () -> {
            client().setSessionCacheSize(7);
            return client().getSessionCacheSize() == 7 ? true : null;
        });
        add(a, "global.tls-client-timeout", () -> {
            client().setSessionTimeout(7);
            return client().getSessionTimeout() == 7 ? true : null;
        });
        add(a, "global.tls-server-size", () -> {
            server().setSessionCacheSize(7);
            return server().getSessionCacheSize() == 7 ? true : null;
        });
        add(a, "global.tls-server-timeout", () -> {
            server().setSessionTimeout(7);
            return server().getSessionTimeout() == 7 ? true : null;
        });
        add(a, "global.tls-ids", () -> client().getIds());
        does(a, "global.tls-session", () -> client().getSession(new byte[1]));
    }

    private static javax.net.ssl.SSLSessionContext client() throws NoSuchAlgorithmException {
        return javax.net.ssl.SSLContext.getDefault().getClientSessionContext();
    }

    private static javax.net.ssl.SSLSessionContext server() throws NoSuchAlgorithmException {
        return javax.net.ssl.SSLContext.getDefault().getServerSessionContext();
    }

    private static void filter() {
        try {
            ObjectInputFilter.Config.setSerialFilter(info -> null);
        } catch (IllegalStateException e) {
            // An earlier probe has set it.
        }
    }

    private static void security(List<Route> a) {
        add(a, "security.add", () -> Security.addProvider(new Own()) + 2);
        add(a, "security.insert", () -> Security.insertProviderAt(new Own(), 1) + 2);
        does(a, "security.remove", () -> Security.removeProvider("Evil"));
        does(a, "security.property", () -> Security.setProperty("evil", "1"));
        does(a, "security.provider-put", () -> Security.getProviders()[0].put("evil", "1"));
        does(a, "security.provider-remove", () -> Security.getProviders()[0].remove("evil"));
        does(a, "security.provider-absent", () -> Security.getProviders()[0].putIfAbsent("evil", "1"));
        does(a, "security.provider-compute", () -> Security.getProviders()[0].compute("evil", (k, v) -> "1"));
        does(a, "security.provider-merge", () -> Security.getProviders()[0].merge("evil", "1", (k, v) -> "1"));
        does(a, "security.provider-replace", () -> Security.getProviders()[0].replace("evil", "1"));
        does(a, "security.provider-all", () -> Security.getProviders()[0].putAll(Map.of("evil", "1")));
    }

    private static final class Own extends Provider {
        Own() {
            super("Evil", "1", "For a test.");
        }
    }

    private static void logging(List<Route> a) {
        does(a, "logging.level", () -> Logger.getLogger("evil").setLevel(Level.ALL));
        does(a, "logging.root-level", () -> Logger.getLogger("").setLevel(Level.INFO));
        does(a, "logging.handler", () -> Logger.getLogger("evil").addHandler(new Taking()));
        does(a, "logging.remove", () -> Logger.getLogger("").removeHandler(null));
        does(a, "logging.filter", () -> Logger.getLogger("evil").setFilter(record -> true));
        does(a, "logging.parents", () -> Logger.getLogger("evil").setUseParentHandlers(true));
        does(a, "logging.parent", () -> Logger.getLogger("evil").setParent(Logger.getLogger("other")));
        does(a, "logging.manager", () -> LogManager.getLogManager().getLoggerNames());
        does(a, "logging.read", () -> LogManager.getLogManager().updateConfiguration(null));
        does(a, "logging.file", () -> new FileHandler("/tmp/evil-%u.log").close());
    }

    private static final class Taking extends Handler {
        @Override
        public void publish(LogRecord record) {}

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static void threads(List<Route> a) {
        add(a, "thread.cleaners", Machine::cleaners);
        add(a, "thread.traces", () -> Thread.getAllStackTraces().size());
        add(a, "thread.enumerate", () -> Thread.enumerate(new Thread[100]));
        add(a, "thread.group-enumerate", () -> root().enumerate(new Thread[100]));
        does(a, "thread.group-list", () -> root().enumerate(new ThreadGroup[10]));
        does(
                a,
                "thread.group-priority",
                () -> Thread.currentThread().getThreadGroup().setMaxPriority(10));
        does(a, "thread.other-interrupt", () -> other().interrupt());
        does(a, "thread.other-name", () -> other().setName(other().getName()));
        does(a, "thread.other-priority", () -> other().setPriority(5));
        does(a, "thread.other-loader", () -> other().setContextClassLoader(other().getContextClassLoader()));
        does(a, "thread.other-handler", () -> other().setUncaughtExceptionHandler(null));
        add(a, "thread.other-trace", () -> other().getStackTrace().length);
    }

    /** Each has a thread that the JDK starts, and that ends when its cleaner is collected. */
    private static Object cleaners() throws InterruptedException {
        List<Cleaner> all = new ArrayList<>();
        try {
            for (int n = 0; n < 100; n++) {
                all.add(Cleaner.create());
            }
            return true;
        } finally {
            all.clear();
            collected();
        }
    }

    /** Leaves enough for whoever comes next. */
    private static void collected() throws InterruptedException {
        for (int tries = 0; tries < 500; tries++) {
            System.gc();
            try {
                for (int n = 0; n < 8; n++) {
                    Cleaner.create();
                }
                return;
            } catch (SecurityException e) {
                Thread.sleep(10);
            }
        }
    }

    private static ThreadGroup root() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        return group.getParent() == null ? group : group.getParent();
    }

    /** A thread of the host, which it lends for this test. */
    private static Thread other() {
        return Evil.victim;
    }

    private static void environment(List<Route> a) {
        add(a, "env.name", () -> System.getenv("PATH"));
        add(a, "env.all", () -> System.getenv().isEmpty() ? null : System.getenv());
        add(a, "env.all-get", () -> System.getenv().get("PATH"));
    }

    private static void natives(List<Route> a, Place o) {
        does(a, "native.load", () -> loading(() -> System.load(o.name())));
        does(a, "native.runtime-load", () -> loading(() -> Runtime.getRuntime().load(o.name())));
        does(a, "native.library", () -> loading(() -> System.loadLibrary("net")));
    }

    /** A file that is no library is refused by the system's loader, which it must not come to. */
    private static void loading(Effect effect) throws Throwable {
        try {
            effect.run();
        } catch (UnsatisfiedLinkError e) {
            if (String.valueOf(e.getMessage()).contains("lacks permission")) {
                throw e;
            }
        }
    }
}
