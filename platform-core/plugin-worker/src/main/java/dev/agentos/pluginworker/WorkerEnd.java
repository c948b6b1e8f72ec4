package dev.agentos.pluginworker;

import dev.agentos.guard.Guard;
import dev.agentos.kernel.Latest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.NodeType;
import dev.agentos.spi.PluginContext;
import dev.agentos.spi.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A plugin's end of its process: it loads what it is ordered to, runs the calls that come, and ends the process when
 * the server is gone.
 */
public final class WorkerEnd {

    private static final int MOST_CONTEXTS = 2_000;

    static {
        // What comes to them is JSON already and goes to the server, which checks it; what makes it of the plugin's
        // objects is not trusted.
        Guard.trust(Asking.class, Channel.class);
    }

    private final Channel channel;
    private final Asking asking;
    private final Loader loader;
    private final Map<Long, Running> running = new ConcurrentHashMap<>();
    private final Map<Long, PluginContext> contexts = new Latest<>(MOST_CONTEXTS);
    private final AtomicInteger numbers = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> Thread.ofPlatform()
            .daemon()
            .inheritInheritableThreadLocals(false)
            .name("plugin-" + numbers.incrementAndGet())
            .unstarted(task));

    private volatile @Nullable Loaded loaded;
    private volatile @Nullable RemotePluginContext context;
    private List<Denied> shown = List.of();

    /** Loads a plugin and starts its extensions. */
    @FunctionalInterface
    public interface Loader {
        /**
         * Does it.
         *
         * @param order as the server gave it to {@link IsolatedPlugin}
         * @throws Exception what to report to the server
         */
        Loaded load(JsonObject order, Lending lending) throws Exception;
    }

    /** Makes what the plugin is lent by the server, and writes to its log there. */
    public interface Lending {
        /** The context for its start. */
        PluginContext context(
                String plugin, String version, Path data, Path temporary, JsonObject configuration, HttpAccess http);

        /** From here on the plugin's own code runs, for which its time is limited. */
        void begin();

        /** Has the server know that the guard has refused something for the first time. */
        void refused(String text);

        /** A line of the plugin's libraries. */
        void line(System.Logger.Level level, String text);
    }

    /** What was loaded: the extensions, started, and how to end them. */
    public interface Loaded {
        /** The started extensions. */
        List<ExtensionPoint> extensions();

        /** Whose classes they are. */
        ClassLoader classLoader();

        /** What the guard has refused so far. */
        List<Denied> denials();

        /** Stops the extensions. */
        void stop();
    }

    /** An act that was refused, and how often. */
    public record Denied(String permission, String at, long count) {}

    private WorkerEnd(InputStream in, OutputStream out, Loader loader) {
        this.channel = new Channel(in, out);
        this.asking = new Asking(channel);
        this.loader = loader;
    }

    /** A call and the thread that it is on. */
    private static final class Running {
        private @Nullable Thread thread;
        private @Nullable RemoteCallContext call;
        private boolean cancelled;

        /** Takes this thread; false when nobody wants the result any more. */
        synchronized boolean begin() {
            thread = Thread.currentThread();
            return !cancelled;
        }

        synchronized void of(RemoteCallContext made) {
            call = made;
            if (cancelled) {
                made.end();
            }
        }

        synchronized void cancel() {
            cancelled = true;
            if (call != null) {
                call.end();
            }
            if (thread != null) {
                thread.interrupt();
            }
        }

        synchronized void end() {
            if (call != null) {
                call.end();
            }
            thread = null;
            // A late interrupt must not meet the next call on this thread.
            Thread.interrupted();
        }
    }

    /** Serves the server until it is gone, and ends the process then. */
    public static void serve(InputStream in, OutputStream out, Loader loader) {
        new WorkerEnd(in, out, loader).run();
    }

    private void run() {
        try {
            while (true) {
                Message next = channel.receive();
                switch (next.kind()) {
                    case REQUEST -> {
                        Running call = new Running();
                        running.put(next.id(), call);
                        threads.execute(() -> answer(next, call));
                    }
                    case CANCEL -> {
                        Running call = running.get(next.id());
                        if (call != null) {
                            call.cancel();
                        }
                    }
                    default -> asking.answered(next);
                }
            }
        } catch (IOException | RuntimeException e) {
            // The server is gone, or this end is broken: nobody needs it.
            Runtime.getRuntime().halt(0);
        }
    }

    private void answer(Message request, Running call) {
        String extension = "";
        Message answer;
        try {
            JsonObject body = request.body();
            extension = name(body);
            answer = call.begin()
                    ? Message.of(Message.Kind.ANSWER, request.id(), 0, done(request.id(), body, call))
                    : failure(request, new InterruptedException("taken back"), extension);
            if (!Channel.carries(answer)) {
                answer = failure(request, tooLong(), extension);
            }
        } catch (Throwable e) {
            answer = failure(request, e, extension);
        } finally {
            running.remove(request.id());
            call.end();
        }
        tellDenials();
        asking.send(answer);
    }

    private static Message failure(Message request, Throwable thrown, String extension) {
        return Message.of(Message.Kind.FAILURE, request.id(), 0, Failures.write(thrown, extension));
    }

    private static AgentOsException tooLong() {
        return new AgentOsException(
                WorkerErrorCode.MESSAGE_TOO_LONG,
                "The plugin's answer is longer than the 32 MiB, or more than the million values and names, that go"
                        + " between the server and its process.",
                "Ask it for less, or run it in the server's process.");
    }

    private String name(JsonObject request) {
        Loaded there = loaded;
        return there == null || request.number("extension").isEmpty()
                ? "its start or stop"
                : there.extensions()
                        .get((int) Values.number(request, "extension"))
                        .getClass()
                        .getName();
    }

    private JsonObject done(long number, JsonObject request, Running call) throws Exception {
        String what = Values.text(request, "do");
        if (what.equals("load")) {
            Loaded made = loader.load(Values.object(request, "order"), new FromServer());
            loaded = made;
            return JsonObject.of("extensions", within(made, ignored -> Descriptions.of(made.extensions())));
        }
        Loaded there = loaded;
        if (there == null) {
            throw new IllegalStateException("Nothing is loaded");
        }
        if (what.equals("stop")) {
            return within(there, ignored -> {
                there.stop();
                return JsonObject.EMPTY;
            });
        }
        ExtensionPoint extension = there.extensions().get((int) Values.number(request, "extension"));
        JsonObject input = Values.object(request, "input");
        if (what.equals("reducer")) {
            ChannelReducer reducer = (ChannelReducer) extension;
            return within(
                    there,
                    ignored -> JsonObject.of(
                            "value", reducer.reduce(Values.value(input, "current"), Values.value(input, "write"))));
        }
        RemoteCallContext context = context(number, Values.object(request, "call"));
        call.of(context);
        return within(there, ignored -> called(what, extension, input, number, context));
    }

    private JsonObject called(
            String point, ExtensionPoint extension, JsonObject input, long number, RemoteCallContext call) {
        return switch (point) {
            case "tool" -> Values.write(((Tool) extension).call(input, call));
            case "models" ->
                Values.write(((ModelProvider) extension)
                        .chat(
                                Values.chatRequest(input),
                                text -> asking.ask(number, JsonObject.of("ask", "text", "text", text)),
                                call));
            case "embeddings" ->
                Values.write(((EmbeddingProvider) extension).embed(Values.embeddingRequest(input), call));
            case "node" -> Values.write(((NodeType) extension).run(Values.nodeInput(input), call));
            default -> throw new IllegalArgumentException("No extension point is called " + point);
        };
    }

    /** Runs the plugin's code with its class loader as the thread's context. */
    private static <R> R within(Loaded there, Function<Loaded, R> work) {
        Thread current = Thread.currentThread();
        ClassLoader before = current.getContextClassLoader();
        current.setContextClassLoader(there.classLoader());
        try {
            return work.apply(there);
        } finally {
            current.setContextClassLoader(before);
        }
    }

    private RemoteCallContext context(long number, JsonObject described) {
        RemotePluginContext started = context;
        if (started == null) {
            throw new IllegalStateException("Nothing is loaded");
        }
        long wanted = Values.number(described, "context");
        PluginContext plugin;
        synchronized (contexts) {
            plugin = wanted == HostAnswers.STARTED
                    ? started
                    : contexts.computeIfAbsent(wanted, one -> started.with(one, Values.object(described, "settings")));
        }
        return new RemoteCallContext(asking, number, described, plugin);
    }

    /** What was refused since the last look goes to the server, which shows it. */
    private synchronized void tellDenials() {
        Loaded there = loaded;
        if (there == null) {
            return;
        }
        List<Denied> now = there.denials();
        if (!now.equals(shown)) {
            shown = now;
            asking.note(JsonObject.of(
                    "note",
                    "denied",
                    "denials",
                    now.stream()
                            .map(one ->
                                    JsonObject.of("permission", one.permission(), "at", one.at(), "count", one.count()))
                            .toList()));
        }
    }

    /** What the server lends. */
    private final class FromServer implements Lending {
        @Override
        public PluginContext context(
                String plugin, String version, Path data, Path temporary, JsonObject configuration, HttpAccess http) {
            RemotePluginContext made = new RemotePluginContext(
                    asking,
                    new RemotePluginContext.Lent(plugin, version, data, temporary, http),
                    HostAnswers.STARTED,
                    configuration);
            context = made;
            return made;
        }

        @Override
        public void begin() {
            asking.note(JsonObject.of("note", "ready"));
        }

        @Override
        public void refused(String text) {
            asking.note(JsonObject.of("note", "refused", "text", text));
        }

        @Override
        public void line(System.Logger.Level level, String text) {
            asking.note(JsonObject.of("note", "log", "level", level.name(), "text", text));
        }
    }
}
