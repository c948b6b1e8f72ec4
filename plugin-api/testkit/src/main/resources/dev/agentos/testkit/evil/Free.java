package evil;

import java.io.*;
import java.net.http.HttpClient;
import java.security.*;
import java.text.*;
import java.time.*;
import java.time.format.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import java.util.zip.*;

/** What needs no permission, and must go on working although the JDK reads files and reflects for it. */
final class Free {
    private Free() {}

    static void all(List<Route> a) {
        security(a);
        texts(a);
        streams(a);
        code(a);
    }

    private static void add(List<Route> a, String id, Act act) {
        a.add(new Route("free." + id, act));
    }

    private static void security(List<Route> a) {
        add(a, "trust-managers", () -> {
            var factory = javax.net.ssl.TrustManagerFactory.getInstance(
                    javax.net.ssl.TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            return ((javax.net.ssl.X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length > 10
                    ? true
                    : null;
        });
        add(a, "tls-context", () -> {
            var context = javax.net.ssl.SSLContext.getInstance("TLS");
            context.init(null, null, null);
            return context.createSSLEngine();
        });
        add(a, "own-tls-sessions", () -> {
            var context = javax.net.ssl.SSLContext.getInstance("TLS");
            context.init(null, null, null);
            context.getClientSessionContext().setSessionCacheSize(7);
            return context.getClientSessionContext().getSessionCacheSize() == 7 ? true : null;
        });
        add(a, "http-client", () -> HttpClient.newHttpClient());
        add(a, "random", () -> new SecureRandom().nextInt() + 0.5);
        add(
                a,
                "strong-random",
                () -> SecureRandom.getInstance("NativePRNGNonBlocking").nextInt() + 0.5);
        add(a, "uuid", () -> UUID.randomUUID());
        add(a, "digest", () -> MessageDigest.getInstance("SHA-256").digest(new byte[1]));
        add(a, "key-pair", () -> KeyPairGenerator.getInstance("EC").generateKeyPair());
        add(a, "signature", () -> Signature.getInstance("Ed25519"));
        add(a, "cipher", () -> javax.crypto.Cipher.getInstance("AES/GCM/NoPadding"));
        add(a, "providers", () -> Security.getProviders().length);
        add(a, "certificates", () -> java.security.cert.CertificateFactory.getInstance("X.509"));
    }

    private static void texts(List<Route> a) {
        add(a, "format", () -> String.format(Locale.GERMANY, "%,.2f %s %tF", 1234.5, "x", new Date()));
        add(
                a,
                "date-format",
                () -> DateTimeFormatter.ofLocalizedDateTime(FormatStyle.FULL)
                        .withLocale(Locale.FRANCE)
                        .format(ZonedDateTime.now(ZoneId.of("Europe/Paris"))));
        add(a, "zones", () -> ZoneId.getAvailableZoneIds().size());
        add(a, "currency", () -> Currency.getInstance("EUR").getSymbol(Locale.JAPAN));
        add(
                a,
                "number-format",
                () -> NumberFormat.getCurrencyInstance(Locale.US).format(1));
        add(a, "collator", () -> Collator.getInstance(Locale.FRANCE).compare("a", "b"));
        add(a, "break-iterator", () -> BreakIterator.getWordInstance(Locale.ENGLISH));
        add(a, "normalizer", () -> Normalizer.normalize("é", Normalizer.Form.NFD));
        add(a, "locales", () -> Locale.getAvailableLocales().length);
        add(a, "charset", () -> "x".getBytes("Shift_JIS"));
        add(a, "regex", () -> "aXb".split("(?i)x").length);
        add(a, "long-text", () -> {
            long n = System.nanoTime();
            return "n=" + n + " i=" + a.size() + " d=" + n / 3.0 + " b=" + (n > 0) + " c=" + (char) ('a' + n % 9)
                    + " t=" + Thread.currentThread().getName() + " o=" + n % 7;
        });
        add(
                a,
                "xml",
                () -> javax.xml.parsers.DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new ByteArrayInputStream("<a>x</a>".getBytes())));
        add(
                a,
                "transform",
                () -> javax.xml.transform.TransformerFactory.newInstance().newTransformer());
        add(a, "gzip", () -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
                out.write(1);
            }
            return new GZIPInputStream(new ByteArrayInputStream(bytes.toByteArray())).read();
        });
        add(
                a,
                "json",
                () -> new com.fasterxml.jackson.databind.ObjectMapper().readValue("{\"name\":\"x\"}", Bean.class).name);
        add(
                a,
                "json-record",
                () -> new com.fasterxml.jackson.databind.ObjectMapper()
                        .writeValueAsString(new Pair("a", List.of(1, 2), Map.of("k", Instant.EPOCH.toString()))));
    }

    private static void streams(List<Route> a) {
        add(a, "print-stream", () -> {
            PrintStream stream = new PrintStream(new ByteArrayOutputStream());
            stream.close();
            stream.print(' ');
            return stream.checkError() ? true : null;
        });
        add(a, "print", () -> {
            System.out.print("");
            System.err.flush();
            return true;
        });
    }

    private static void code(List<Route> a) {
        add(a, "own-reflection", () -> {
            var field = Bean.class.getDeclaredField("name");
            field.setAccessible(true);
            field.set(new Bean(), "x");
            return field;
        });
        add(
                a,
                "own-resource",
                () -> Free.class.getResourceAsStream("Free.class").read());
        add(
                a,
                "own-resource-loader",
                () -> Free.class
                        .getClassLoader()
                        .getResource("evil/Free.class")
                        .openStream()
                        .read());
        add(a, "own-class", () -> Class.forName("evil.Act"));
        add(
                a,
                "own-services",
                () -> ServiceLoader.load(Runnable.class, Free.class.getClassLoader())
                        .findFirst()
                        .isEmpty());
        add(
                a,
                "proxy",
                () -> java.lang.reflect.Proxy.newProxyInstance(
                                Free.class.getClassLoader(), new Class<?>[] {Comparable.class}, (p, m, arguments) -> 1)
                        .hashCode());
        add(a, "enum-map", () -> new EnumMap<>(Map.of(Thread.State.NEW, 1)));
        add(a, "type-switch", () -> switched(List.of(new Pair("a", List.of(), Map.of()), Colour.RED, "x", 1)));
        add(a, "record-text", () -> new Pair("a", List.of(), Map.of()).toString());
        add(a, "own-enum", () -> EnumSet.allOf(Colour.class).size());
        add(a, "parallel", () -> IntStream.range(0, 1000).parallel().boxed().collect(Collectors.toList()));
        add(a, "executor", () -> {
            try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
                return pool.submit(() -> 1).get();
            }
        });
        codeFurther(a);
        shared(a);
    }

    private static void shared(List<Route> a) {
        add(
                a,
                "context-loader-of-shared-thread",
                () -> CompletableFuture.supplyAsync(() -> {
                            Thread thread = Thread.currentThread();
                            thread.setContextClassLoader(thread.getContextClassLoader());
                            return true;
                        })
                        .get());
        add(a, "context-loader-of-own-pool", () -> {
            try (ForkJoinPool pool = new ForkJoinPool(1)) {
                return pool.submit(() -> {
                            Thread thread = Thread.currentThread();
                            ClassLoader before = thread.getContextClassLoader();
                            thread.setContextClassLoader(Free.class.getClassLoader());
                            thread.setContextClassLoader(before);
                            return true;
                        })
                        .get();
            }
        });
        add(a, "task-of-own-pool", () -> {
            try (ForkJoinPool pool = new ForkJoinPool(1)) {
                Shared.Taking taking = new Shared.Taking(0);
                pool.execute(taking);
                return taking.outcome().get(5, TimeUnit.SECONDS);
            }
        });
    }

    private static void codeFurther(List<Route> a) {
        add(a, "virtual-executor", () -> {
            try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
                return pool.submit(() -> 1).get();
            }
        });
        add(a, "interrupt-own", () -> {
            Thread thread = new Thread(() -> {});
            thread.setDaemon(true);
            thread.setName("own");
            thread.start();
            thread.interrupt();
            thread.join();
            return thread;
        });
        add(
                a,
                "timeout",
                () -> CompletableFuture.supplyAsync(() -> 1)
                        .orTimeout(1, TimeUnit.SECONDS)
                        .get());
        add(a, "system-logger", () -> {
            System.getLogger("evil").log(System.Logger.Level.DEBUG, "free");
            return true;
        });
        add(a, "util-logger", () -> {
            java.util.logging.Logger.getLogger("evil").fine("free");
            return true;
        });
        add(a, "property", () -> System.getProperty("os.name"));
        add(a, "properties", () -> System.getProperties().get("java.version"));
        add(a, "own-properties", () -> {
            Properties own = new Properties();
            own.setProperty("a", "b");
            return own;
        });
        add(a, "clock", () -> Instant.now());
        add(
                a,
                "method-handle",
                () -> java.lang.invoke.MethodHandles.lookup()
                        .findVirtual(String.class, "length", java.lang.invoke.MethodType.methodType(int.class))
                        .invoke("x"));
    }

    private static String switched(List<Object> all) {
        StringBuilder text = new StringBuilder();
        for (Object one : all) {
            text.append(
                    switch (one) {
                        case Pair(String first, List<Integer> second, var third) -> first;
                        case Colour colour when colour == Colour.RED -> "red";
                        case String string -> string;
                        default -> "other";
                    });
        }
        return text.toString();
    }

    enum Colour {
        RED,
        GREEN
    }

    record Pair(String a, List<Integer> b, Map<String, String> c) {}

    /** Made by Jackson. */
    static final class Bean {
        @com.fasterxml.jackson.annotation.JsonProperty
        private String name;
    }
}
