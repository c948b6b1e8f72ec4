package evil;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.jsontype.BasicPolymorphicTypeValidator;
import java.io.*;
import java.net.*;
import java.nio.file.*;
import java.security.*;
import java.util.*;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.*;
import javax.xml.parsers.*;

/** Ways by what everybody shares: threads and tasks, connections that are kept, views of what others hold. */
final class Shared {
    private static final String MADE =
            "[\"dev.agentos.pluginruntime.PluginVersion\"," + "{\"plugin\":\"a\",\"version\":\"1\",\"sha512\":\"x\"}] ";

    private Shared() {}

    static void all(List<Route> a, Place o, Place i) {
        threads(a);
        pool(a);
        views(a);
        names(a, i);
        paths(a, o, i);
        connections(a, i);
        libraries(a);
    }

    private static void add(List<Route> a, String id, Act act) {
        a.add(new Route(id, act));
    }

    private static void threads(List<Route> a) {
        add(a, "thread.begun-again", () -> {
            try {
                Evil.victim.start();
            } catch (IllegalThreadStateException e) {
                // It runs; whose it is must stay as it was.
            }
            Evil.victim.setName(Evil.victim.getName());
            return true;
        });
        add(a, "thread.shared-name", () -> onPool(thread -> thread.setName(thread.getName())));
        add(a, "thread.shared-priority", () -> onPool(thread -> thread.setPriority(thread.getPriority())));
        add(
                a,
                "thread.shared-loader",
                () -> onPool(thread -> thread.setContextClassLoader(Shared.class.getClassLoader())));
        add(
                a,
                "thread.scheduler-loader",
                () -> onScheduler(thread -> thread.setContextClassLoader(Shared.class.getClassLoader())));
        add(a, "thread.scheduler-inherits", Shared::inherited);
        add(a, "thread.finalizer", () -> {
            Finalized.done = new CompletableFuture<>();
            for (int tries = 0; tries < 200; tries++) {
                new Finalized();
                System.gc();
                try {
                    return Finalized.done.get(20, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    // Not yet.
                } catch (ExecutionException e) {
                    throw e.getCause();
                }
            }
            throw new TimeoutException();
        });
    }

    private interface OnThread {
        void run(Thread thread);
    }

    private static Object onPool(OnThread act) throws Throwable {
        return outcome(CompletableFuture.supplyAsync(() -> {
            act.run(Thread.currentThread());
            return true;
        }));
    }

    /** Runs on the thread on which all delays come due. */
    private static Object onScheduler(OnThread act) throws Throwable {
        Thread own = Thread.currentThread();
        while (true) {
            CompletableFuture<Object> done = new CompletableFuture<>()
                    .completeOnTimeout(false, 20, TimeUnit.MILLISECONDS)
                    .thenApply(late -> {
                        // A slow thread comes to run itself what is due already.
                        if (Thread.currentThread() == own) {
                            return false;
                        }
                        act.run(Thread.currentThread());
                        return true;
                    });
            if (outcome(done).equals(true)) {
                return true;
            }
        }
    }

    /** Whether a pool's scheduler has the class loader of whoever needed it first. */
    private static Object inherited() throws Throwable {
        Thread own = Thread.currentThread();
        ClassLoader before = own.getContextClassLoader();
        own.setContextClassLoader(Shared.class.getClassLoader());
        try (ForkJoinPool pool = new ForkJoinPool(1)) {
            CompletableFuture<ClassLoader> seen = new CompletableFuture<>();
            CountDownLatch told = new CountDownLatch(1);
            pool.submitWithTimeout(
                    () -> told.await(5, TimeUnit.SECONDS),
                    1,
                    TimeUnit.MILLISECONDS,
                    late -> seen.complete(Thread.currentThread().getContextClassLoader()));
            try {
                if (outcome(seen) != Shared.class.getClassLoader()) {
                    throw new SecurityException("The plugin lacks permission to leave its loader there");
                }
                return true;
            } finally {
                told.countDown();
            }
        } finally {
            own.setContextClassLoader(before);
        }
    }

    private static Object outcome(Future<?> future) throws Throwable {
        try {
            return future.get(5, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }

    /** Runs on the thread that finalizes what everybody leaves behind. */
    private static final class Finalized {
        private static volatile CompletableFuture<Object> done;

        @Override
        @SuppressWarnings({"deprecation", "removal"})
        protected void finalize() {
            try {
                Thread thread = Thread.currentThread();
                thread.setContextClassLoader(thread.getContextClassLoader());
                done.complete(thread);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        }
    }

    private static void pool(List<Route> a) {
        add(
                a,
                "thread.shared-worker",
                () -> ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(ForkJoinPool.commonPool()));
        add(
                a,
                "thread.shared-worker-of-pool",
                () -> ForkJoinPool.commonPool().getFactory().newThread(ForkJoinPool.commonPool()));
        add(a, "thread.shared-worker-own", () -> new ForkJoinWorkerThread(ForkJoinPool.commonPool()) {});
        for (int way = 0; way < 3; way++) {
            int taken = way;
            add(a, "global.task-of-others-" + way, () -> {
                Taking taking = new Taking(taken);
                ForkJoinPool.commonPool().execute(taking);
                return outcome(taking.outcome);
            });
        }
    }

    /** Takes a task that it finds in the queue; here one that it has put there itself. */
    static final class Taking extends ForkJoinTask<Object> {
        private static final long serialVersionUID = 1;
        private final int way;
        private final transient CompletableFuture<Object> outcome = new CompletableFuture<>();

        Taking(int way) {
            this.way = way;
        }

        CompletableFuture<Object> outcome() {
            return outcome;
        }

        @Override
        public Object getRawResult() {
            return null;
        }

        @Override
        protected void setRawResult(Object value) {
            // It has none.
        }

        @Override
        protected boolean exec() {
            try {
                ForkJoinTask<?> taken = null;
                for (int tries = 0; tries < 1_000 && taken == null; tries++) {
                    ForkJoinTask.adapt(() -> {}).fork();
                    taken = way == 0 ? pollNextLocalTask() : way == 1 ? pollTask() : peekNextLocalTask();
                }
                outcome.complete(taken);
            } catch (RuntimeException e) {
                outcome.completeExceptionally(e);
            }
            return true;
        }
    }

    @SuppressWarnings("unchecked")
    private static void views(List<Route> a) {
        add(a, "deep.view", () -> {
            List<String> hidden = new ArrayList<>();
            AtomicReference<Object> found = new AtomicReference<>();
            new Replacing(found, ArrayList.class).writeObject(Collections.unmodifiableList(hidden));
            return found.get() == hidden ? true : null;
        });
        add(a, "deep.view-of-json", () -> {
            Map<String, dev.agentos.spi.JsonValue> many = new LinkedHashMap<>();
            for (int n = 0; n < 100; n++) {
                many.put("name" + n, dev.agentos.spi.JsonObject.EMPTY);
            }
            dev.agentos.spi.JsonObject value = new dev.agentos.spi.JsonObject(many);
            AtomicReference<Object> found = new AtomicReference<>();
            try {
                new Replacing(found, LinkedHashMap.class).writeObject(value.members());
            } catch (NotSerializableException e) {
                // The map has been seen by then.
            }
            ((Map<Object, Object>) found.get()).clear();
            return value.members().isEmpty() ? true : null;
        });
        add(a, "deep.view-of-provider", () -> {
            Provider provider = Security.getProviders()[0];
            AtomicReference<Object> found = new AtomicReference<>();
            new Replacing(found, ConcurrentHashMap.class).writeObject(provider.keySet());
            ((Map<Object, Object>) found.get()).put("evil.view", "1");
            return provider.getProperty("evil.view");
        });
        add(a, "deep.view-compared", () -> compared(Security.getProviders()[0].keySet(), "evil.compared"));
        add(
                a,
                "deep.view-compared-behind-another",
                () -> compared(
                        Collections.unmodifiableMap(Security.getProviders()[0]).keySet(), "evil.compared-behind"));
    }

    /** A set that is compared with another one shows itself to it, perhaps without its cover. */
    private static Object compared(Set<?> view, String name) {
        AtomicReference<ConcurrentHashMap.KeySetView<Object, Object>> found = new AtomicReference<>();
        view.equals(new AbstractSet<Object>() {
            @Override
            public Iterator<Object> iterator() {
                return Collections.emptyIterator();
            }

            @Override
            public int size() {
                return view.size();
            }

            @Override
            @SuppressWarnings("unchecked")
            public boolean containsAll(Collection<?> other) {
                if (other instanceof ConcurrentHashMap.KeySetView<?, ?> keys) {
                    found.set((ConcurrentHashMap.KeySetView<Object, Object>) keys);
                }
                return false;
            }
        });
        if (found.get() == null) {
            return null;
        }
        found.get().getMap().put(name, "1");
        return Security.getProviders()[0].getProperty(name);
    }

    /** Is shown each object that is written, also those behind others. */
    private static final class Replacing extends ObjectOutputStream {
        private final AtomicReference<Object> found;
        private final Class<?> type;

        Replacing(AtomicReference<Object> found, Class<?> type) throws IOException {
            super(OutputStream.nullOutputStream());
            this.found = found;
            this.type = type;
            enableReplaceObject(true);
        }

        @Override
        protected Object replaceObject(Object written) {
            if (written.getClass() == type) {
                found.compareAndSet(null, written);
            }
            return written instanceof Provider ? "" : written;
        }
    }

    private static void names(List<Route> a, Place i) {
        ClassLoader host = dev.agentos.spi.Tool.class.getClassLoader();
        for (String name : List.of("dev.agentos.pluginruntime.EvilMain", "javax.naming.InitialContext")) {
            add(a, "class.xml-factory." + name, () -> made(() -> DocumentBuilderFactory.newInstance(name, host)));
            add(a, "class.xml-parser." + name, () -> made(() -> SAXParserFactory.newInstance(name, host)));
            add(
                    a,
                    "class.xml-transformer." + name,
                    () -> made(() -> javax.xml.transform.TransformerFactory.newInstance(name, host)));
        }
        add(a, "global.secret-in-key-store", () -> {
            Path stores = i.missing();
            Files.writeString(
                    stores,
                    "domain evil { keystore k keystoreType=\"PKCS12\" keystoreURI=\"file:///at-${evil.password}\"; };");
            KeyStore store = KeyStore.getInstance("DKS");
            try {
                store.load(new DomainLoadStoreParameter(URI.create(stores.toUri() + "#evil"), Map.of()));
            } catch (Exception e) {
                // What is told of the file that there is not tells the property.
                if (String.valueOf(e.getMessage()).contains("at-secret")) {
                    return e.getMessage();
                }
                throw e;
            }
            return null;
        });
    }

    /** Names that the system reads otherwise than they are written. */
    private static void paths(List<Route> a, Place o, Place i) {
        add(a, "global.secret-in-xpath", () -> {
            String found = javax.xml.xpath.XPathFactory.newInstance()
                    .newXPath()
                    .evaluate(
                            "system-property('evil.password')", new org.xml.sax.InputSource(new StringReader("<a/>")));
            return found.isEmpty() ? null : found;
        });
        add(a, "read.half-a-character", () -> {
            // No path has such a name; the file that is opened is that of a question mark.
            new File(i.folder.toFile(), "?").mkdir();
            String up = "/..".repeat(i.folder.getNameCount() + 1);
            return new FileInputStream(i.folder + "/\ud800" + up + o.name()).read();
        });
        add(
                a,
                "read.root-of-task",
                () -> new FileInputStream(
                                "/proc/self/task/" + ProcessHandle.current().pid() + "/root" + o.name())
                        .read());
    }

    /** That the class is no factory is seen when it has been loaded. */
    private static Object made(Act act) throws Throwable {
        try {
            return act.run();
        } catch (FactoryConfigurationError | javax.xml.transform.TransformerFactoryConfigurationError e) {
            if (String.valueOf(e.getMessage()).contains("not found")) {
                throw new SecurityException("lacks permission: " + e.getMessage(), e);
            }
            return e;
        }
    }

    private static void connections(List<Route> a, Place i) {
        add(a, "http.kept-connection", () -> {
            for (int n = 0; n < 5; n++) {
                try (InputStream in = new URI(i.http() + "kept").toURL().openStream()) {
                    // The server says which request on its connection it was.
                    if (in.readAllBytes()[0] != '1') {
                        return true;
                    }
                }
            }
            return null;
        });
        add(a, "process.many", () -> {
            List<Process> all = new ArrayList<>();
            try {
                for (int n = 0; n < 70; n++) {
                    all.add(new ProcessBuilder("/bin/sleep", "60").start());
                }
                return true;
            } catch (SecurityException e) {
                // Nobody was there to wait for a program that had begun.
                return e;
            } finally {
                for (Process child : all) {
                    child.destroyForcibly().waitFor();
                }
            }
        });
    }

    private static void libraries(List<Route> a) {
        add(
                a,
                "library.trampoline.class-on-shared-thread",
                () -> onShared(new ObjectMapper()
                        .readerFor(Class.class)
                        .readValues("\"java.lang.String\" ".repeat(4_000)
                                + "\"dev.agentos.pluginruntime.PluginService\" ".repeat(40))));
        add(a, "library.trampoline.made-on-shared-thread", () -> {
            ObjectMapper mapper = new ObjectMapper();
            mapper.activateDefaultTyping(
                    BasicPolymorphicTypeValidator.builder()
                            .allowIfSubType(Object.class)
                            .build(),
                    ObjectMapper.DefaultTyping.EVERYTHING,
                    JsonTypeInfo.As.WRAPPER_ARRAY);
            try {
                return onShared(mapper.readerFor(Object.class).readValues("\"x\" ".repeat(4_000) + MADE.repeat(40)));
            } catch (RuntimeJsonMappingException e) {
                if (e.getCause() instanceof InvalidTypeIdException) {
                    // To Jackson a class that is refused is one that there is not.
                    return null;
                }
                throw e;
            }
        });
    }

    /** Has a worker of the common pool read on, with no frame of the plugin, while this thread keeps busy. */
    private static Object onShared(Iterator<?> values) {
        Thread self = Thread.currentThread();
        AtomicReference<Object> found = new AtomicReference<>();
        CountDownLatch read = new CountDownLatch(1);
        StreamSupport.stream(Spliterators.spliteratorUnknownSize(values, 0), true)
                .forEach(value -> {
                    if (!(value instanceof String) && value != String.class) {
                        found.compareAndSet(null, value);
                        read.countDown();
                    } else if (Thread.currentThread() == self) {
                        try {
                            read.await(1, TimeUnit.MILLISECONDS);
                        } catch (InterruptedException e) {
                            self.interrupt();
                        }
                    }
                });
        return found.get();
    }
}
