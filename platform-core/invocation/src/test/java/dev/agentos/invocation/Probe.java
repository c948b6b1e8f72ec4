package dev.agentos.invocation;

import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.util.Arrays;

/** A plugin whose tool does what its argument {@code do} says, good or bad; and a model provider that streams. */
final class Probe {

    private Probe() {}

    static SyntheticJar jar(String id, String version, String... permissions) {
        return SyntheticJar.plugin(id, version)
                .permissions(Arrays.stream(permissions)
                        .flatMap(header -> PermissionRequest.parseHeader(header).stream())
                        .toArray(PermissionRequest[]::new))
                .extension("synthetic.Probe", TOOL.replace("@ID@", id).replace("@VERSION@", version))
                .extension("synthetic.Words", PROVIDER.replace("@ID@", id));
    }

    private static final String TOOL = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.*;

        @AgentOsExtension
        public final class Probe implements Tool {
            @Override
            public ToolDescription description() {
                return new ToolDescription("@ID@.probe", "Does as told.", JsonObject.of(
                        "type", "object",
                        "properties", Map.of(
                                "do", Map.of("type", "string"), "n", Map.of("type", "integer", "minimum", 0)),
                        "required", List.of("do")), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                String what = arguments.text("do").orElseThrow();
                String text = arguments.text("text").orElse("");
                return switch (what) {
                    case "version" -> text("@VERSION@");
                    case "thread" -> text(Thread.currentThread().getName() + " "
                            + (Thread.currentThread().getContextClassLoader() == Probe.class.getClassLoader())
                            + " " + Thread.currentThread().isVirtual());
                    case "throw" -> throw new IllegalArgumentException("on purpose");
                    case "own" -> throw new Own();
                    case "overflow" -> text(deep(1) + "");
                    case "link" -> text(missing());
                    case "memory" -> {
                        OutOfMemoryError full = new OutOfMemoryError("on purpose");
                        full.initCause(new Own());
                        throw full;
                    }
                    case "machine" -> throw new Broken();
                    case "full" -> throw new Full();
                    case "nothing" -> null;
                    case "echo" -> ToolResult.of(JsonObject.of("said", text, text, List.of(1)));
                    case "complain" -> throw new AgentOsException(
                            ErrorCode.of("probe", "OWN", ErrorType.EXTERNAL, true), "not " + text, "wait");
                    case "spin" -> text(spin() + "");
                    case "wait" -> text(pause());
                    case "linger" -> text(linger());
                    case "interrupt" -> {
                        Thread.currentThread().interrupt();
                        yield text("done");
                    }
                    case "interrupted" -> {
                        call.tools().call("@ID@.probe", JsonObject.of("do", "interrupt"));
                        yield text("" + Thread.interrupted());
                    }
                    case "tool" -> call.tools().call(text, JsonObject.of("do", "version"));
                    case "hear" -> {
                        call.models().chat(
                                new ChatRequest(text, List.of(), List.of(), ChatOptions.DEFAULTS),
                                said -> { throw new IllegalStateException("not heard"); });
                        yield text("heard");
                    }
                    case "hold" -> {
                        call.models().chat(
                                new ChatRequest(text, List.of(), List.of(), ChatOptions.DEFAULTS),
                                said -> spinForAMinute());
                        yield text("heard");
                    }
                    case "whole" -> {
                        StringBuilder heard = new StringBuilder();
                        Thread own = Thread.currentThread();
                        call.models().chat(
                                new ChatRequest(text, List.of(), List.of(), ChatOptions.DEFAULTS),
                                said -> heard.append(said).append(Thread.currentThread() == own ? "" : "!"));
                        yield text(heard.toString());
                    }
                    case "recurse" -> call.tools().call("@ID@.probe", arguments);
                    case "pass" -> call.tools().call(text, arguments);
                    case "key" -> text(call.idempotencyKey());
                    case "innerkey" -> call.tools().call("@ID@.probe", JsonObject.of("do", "key"));
                    case "read" -> text(new String(call.files().read(text)));
                    case "list" -> text(String.join(",", call.files().list(text)));
                    case "put" -> {
                        call.state().put(Map.of("k", new JsonString(text)));
                        yield text("put");
                    }
                    case "get" -> ToolResult.of(call.state().get(List.of("k")).getOrDefault("k", JsonNull.NULL));
                    case "emit" -> {
                        call.emit("progress", JsonObject.of("done", 1));
                        yield text(call.tenant());
                    }
                    default -> ToolResult.failure("unknown: " + what);
                };
            }

            private static ToolResult text(String text) {
                return ToolResult.of(new JsonString(text));
            }

            private static int deep(int n) {
                return n == 0 ? 0 : deep(n + 1) + 1;
            }

            private static String missing() {
                throw new NoClassDefFoundError("synthetic/Gone");
            }

            private static long spin() {
                long n = 0;
                while (STOP.get() == 0) {
                    n++;
                }
                return n;
            }

            private static void spinForAMinute() {
                long end = System.nanoTime() + 60_000_000_000L;
                while (System.nanoTime() < end) {
                    STOP.get();
                }
            }

            private static final java.util.concurrent.atomic.AtomicInteger STOP =
                    new java.util.concurrent.atomic.AtomicInteger();

            /** Ends a second late, as a thread does that gets no processor. */
            private static String linger() {
                while (!Thread.interrupted()) {
                    java.util.concurrent.locks.LockSupport.parkNanos(1_000_000_000);
                }
                long until = System.nanoTime() + 1_000_000_000L;
                while (until - System.nanoTime() > 0) {
                    java.util.concurrent.locks.LockSupport.parkNanos(until - System.nanoTime());
                }
                return "late";
            }

            private static String pause() {
                try {
                    Thread.sleep(60_000);
                    return "slept";
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }

            static final class Broken extends InternalError {
                @Override
                public String getMessage() {
                    throw this;
                }
            }

            static final class Full extends OutOfMemoryError {}

            static final class Own extends AgentOsException {
                Own() {
                    super(ErrorCode.of("probe", "OWN", ErrorType.EXTERNAL, true), "own failure", "wait");
                }
            }
        }
        """;

    private static final String PROVIDER = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.*;

        @AgentOsExtension
        public final class Words implements ModelProvider {
            @Override
            public String provider() {
                return "@ID@";
            }

            @Override
            public List<ModelDescription> models() {
                return List.of(new ModelDescription("words", "Says words.", 0, false,
                    new dev.agentos.spi.DeclaredFacts("eu", "FR", "none")));
            }

            @Override
            public ChatResponse chat(ChatRequest request, ChatListener listener, CallContext call) {
                while (request.model().equals("endless") && !call.cancelled()) {
                    listener.onText("word ");
                    java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                }
                if (request.model().equals("echo")) {
                    return echo(request, listener);
                }
                if (request.model().equals("judge")) {
                    // Good is what says please.
                    String judged = request.messages().toString();
                    return new ChatResponse(
                            Message.Assistant.of((judged.contains("please")
                                    ? JsonObject.of("score", 0.9)
                                    : JsonObject.of("score", 0.2, "reason", "It is rude.")).toString()),
                            new Usage(7, 3), FinishReason.STOP);
                }
                if (request.model().equals("counting")) {
                    // Says that it has used what the message says.
                    String[] counts = request.messages().getFirst() instanceof Message.User user
                                    && user.content().getFirst() instanceof Content.Text said
                            ? said.text().split(" ") : new String[0];
                    listener.onText("counted");
                    return new ChatResponse(
                            Message.Assistant.of("counted"),
                            new Usage(Long.parseLong(counts[0]), Long.parseLong(counts[1])), FinishReason.STOP);
                }
                if (request.model().equals("long")) {
                    return new ChatResponse(
                            Message.Assistant.of("please!" + "x".repeat(100_000)), Usage.NONE, FinishReason.STOP);
                }
                if (request.model().equals("learning")) {
                    String heard = request.messages().toString();
                    String said = "rude" + "!".repeat(request.messages().size());
                    if (heard.contains("cannot be accepted") && heard.contains("SAY PLEASE")) {
                        said = "please";
                    }
                    listener.onText(said);
                    return new ChatResponse(Message.Assistant.of(said), new Usage(5, 2), FinishReason.STOP);
                }
                listener.onText("one ");
                listener.onText("two");
                return new ChatResponse(
                        Message.Assistant.of("one two " + request.model()),
                        Usage.NONE, FinishReason.STOP);
            }

            /** Says what it heard, three characters at a time, and asks a tool with it. */
            private static ChatResponse echo(ChatRequest request, ChatListener listener) {
                String text = request.messages().toString();
                for (int at = 0; at < text.length(); at += 3) {
                    listener.onText(text.substring(at, Math.min(text.length(), at + 3)));
                }
                if (text.contains("FAIL")) {
                    throw new AgentOsException(
                            ErrorCode.of("probe", "OWN", ErrorType.EXTERNAL, true), "I heard " + text, "Say less.");
                }
                ToolCall call = new ToolCall("c1", "probe.probe", JsonObject.of("do", "echo", "text", text));
                return new ChatResponse(
                        new Message.Assistant(text, List.of(call)), Usage.NONE, FinishReason.STOP);
            }
        }
        """;
}
