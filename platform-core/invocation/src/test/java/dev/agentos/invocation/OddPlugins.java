package dev.agentos.invocation;

import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;

/** Plugins for tests of processes of their own. */
final class OddPlugins {

    private OddPlugins() {}

    /** A protocol, which works in the server's process only. */
    static SyntheticJar talk() {
        return SyntheticJar.plugin("talk", "1.0.0")
                .permissions(PermissionRequest.parseHeader("http.route;target=\"/protocols/talk/**\";reason=\"t\"")
                        .toArray(PermissionRequest[]::new))
                .extension("synthetic.Talk", PROTOCOL);
    }

    /** A tool that fills the heap, ends the process, or does not end. */
    static SyntheticJar evil() {
        return SyntheticJar.plugin("evil", "1.0.0").extension("synthetic.Evil", EVIL);
    }

    /** A tool that asks for another one several times side by side. */
    static SyntheticJar asking() {
        return SyntheticJar.plugin("asking", "1.0.0")
                .permissions(PermissionRequest.parseHeader("tool.invoke;target=meeting.meets;reason=\"t\"")
                        .toArray(PermissionRequest[]::new))
                .extension("synthetic.Asking", ASKING);
    }

    /** A tool of which no call ends before as many are there as it is told. */
    static SyntheticJar meeting() {
        return SyntheticJar.plugin("meeting", "1.0.0").extension("synthetic.Meeting", MEETING);
    }

    /** A plugin that lends a package to others. */
    static SyntheticJar lending() {
        return SyntheticJar.plugin("lending", "1.0.0")
                .header("Export-Package", "lent")
                .source("lent.Lent", LENT);
    }

    /** One that takes it, compiled against what is in that JAR. */
    static SyntheticJar linking(Path lender) {
        return SyntheticJar.plugin("linking", "1.0.0")
                .dependsOn("lending")
                .header("Import-Package", "dev.agentos.spi;version=\"[1.0,2)\",lent")
                .compiledAgainst(lender)
                .extension("synthetic.Linking", LINKING);
    }

    /** An extension at each other point. */
    static SyntheticJar many() {
        return SyntheticJar.plugin("many", "1.0.0")
                .extension("synthetic.Many", MANY)
                .extension("synthetic.Longest", LONGEST)
                .extension("synthetic.Pack", PACK);
    }

    private static final String PROTOCOL = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.*;

        @AgentOsExtension
        public final class Talk implements Protocol {
            @Override
            public String protocol() {
                return "talk";
            }

            @Override
            public String description() {
                return "Talks.";
            }

            @Override
            public Optional<ProtocolResponse> answer(
                    ProtocolRequest request, ResponseStream stream, TenantExecutions executions, CallContext call) {
                return Optional.empty();
            }
        }
        """;

    private static final String EVIL = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.*;

        @AgentOsExtension
        public final class Evil implements Tool {
            @Override
            public ToolDescription description() {
                return new ToolDescription("evil.does", "Evil.", JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                switch (arguments.text("do").orElseThrow()) {
                    case "heap" -> {
                        List<byte[]> all = new ArrayList<>();
                        while (true) {
                            all.add(new byte[1 << 20]);
                        }
                    }
                    case "exit" -> exit();
                    case "spin" -> {
                        long n = 0;
                        while (n >= 0) {
                            n = (n + 1) & 0xffff;
                        }
                    }
                    case "wait" -> {
                        try {
                            Thread.sleep(60_000);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                    default -> {}
                }
                return ToolResult.of(new JsonString("fine"));
            }

            /** In a way that the verifier does not see; here is no guard that would refuse it. */
            private static void exit() {
                try {
                    Class<?> type = Class.forName("java.lang.Runtime");
                    Object runtime = type.getMethod("getRuntime").invoke(null);
                    type.getMethod("halt", int.class).invoke(runtime, 7);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        """;

    private static final String ASKING = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.*;
        import java.util.concurrent.*;

        @AgentOsExtension
        public final class Asking implements Tool {
            @Override
            public ToolDescription description() {
                return new ToolDescription("asking.asks", "Asks.", JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                int number = arguments.number("number").orElseThrow().value().intValue();
                List<Future<ToolResult>> asked = new ArrayList<>();
                ExecutorService threads = Executors.newFixedThreadPool(number);
                try {
                    for (int n = 0; n < number; n++) {
                        asked.add(threads.submit(() -> call.tools().call("meeting.meets", arguments)));
                    }
                    List<JsonValue> answers = new ArrayList<>();
                    for (Future<ToolResult> one : asked) {
                        answers.add(one.get().output());
                    }
                    return ToolResult.of(new JsonArray(answers));
                } catch (InterruptedException | ExecutionException e) {
                    throw new IllegalStateException(e);
                } finally {
                    threads.shutdownNow();
                }
            }
        }
        """;

    private static final String MEETING = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.*;
        import java.util.concurrent.*;

        @AgentOsExtension
        public final class Meeting implements Tool {
            private final Map<Integer, CyclicBarrier> barriers = new ConcurrentHashMap<>();

            @Override
            public ToolDescription description() {
                return new ToolDescription("meeting.meets", "Meets.", JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                int number = arguments.number("number").orElseThrow().value().intValue();
                try {
                    barriers.computeIfAbsent(number, CyclicBarrier::new).await();
                    return ToolResult.of(new JsonString("met"));
                } catch (InterruptedException | BrokenBarrierException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        """;

    private static final String LENT = """
        package lent;

        public final class Lent {
            public static String word() {
                return "lent";
            }
        }
        """;

    private static final String LINKING = """
        package synthetic;

        import dev.agentos.spi.*;

        @AgentOsExtension
        public final class Linking implements Tool {
            @Override
            public ToolDescription description() {
                return new ToolDescription("linking.links", "Links.", JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                return ToolResult.of(new JsonString(lent.Lent.word()));
            }
        }
        """;

    private static final String MANY = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.*;

        @AgentOsExtension
        public final class Many implements NodeType, EmbeddingProvider {
            @Override
            public String type() {
                return "many.add";
            }

            @Override
            public String description() {
                return "Adds.";
            }

            @Override
            public JsonObject configurationSchema() {
                return JsonObject.of("type", "object");
            }

            @Override
            public Effect effect() {
                return Effect.PURE;
            }

            @Override
            public NodeOutput run(NodeInput input, CallContext call) {
                return new NodeOutput(JsonObject.of("sum",
                        input.settings().number("add").orElseThrow().value()
                                .add(input.state().number("sum").orElseThrow().value())));
            }

            @Override
            public String provider() {
                return "many";
            }

            @Override
            public List<EmbeddingModelDescription> models() {
                return List.of(new EmbeddingModelDescription("length", "Its length.", 1));
            }

            @Override
            public EmbeddingResponse embed(EmbeddingRequest request, CallContext call) {
                String first = request.texts().getFirst();
                if (first.startsWith("FAIL")) {
                    throw new AgentOsException(
                            ErrorCode.of("many", "OWN", ErrorType.EXTERNAL, true), "I read " + first, "Say less.");
                }
                return new EmbeddingResponse(
                        request.texts().stream()
                                .map(text -> Embedding.of(new float[] {text.length()}))
                                .toList(),
                        first.startsWith("-") ? new Usage(Long.parseLong(first), 0) : Usage.NONE);
            }
        }
        """;

    private static final String LONGEST = """
        package synthetic;

        import dev.agentos.spi.*;

        @AgentOsExtension
        public final class Longest implements ChannelReducer {
            @Override
            public String reducer() {
                return "many.longest";
            }

            @Override
            public String description() {
                return "Keeps the longest.";
            }

            @Override
            public JsonObject valueSchema() {
                return JsonObject.of("type", "string");
            }

            @Override
            public JsonValue start() {
                return new JsonString("");
            }

            @Override
            public boolean orderIndependent() {
                return false;
            }

            @Override
            public JsonValue reduce(JsonValue current, JsonValue write) {
                return write.toString().length() > current.toString().length() ? write : current;
            }
        }
        """;

    private static final String PACK = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.*;

        @AgentOsExtension
        public final class Pack implements AgentPack {
            @Override
            public String title() {
                return "Many";
            }

            @Override
            public String description() {
                return "A pack.";
            }

            @Override
            public JsonObject configurationSchema() {
                return JsonObject.of("type", "object");
            }

            @Override
            public List<AgentDefinition> agents() {
                GraphDefinition graph = GraphDefinition.named("adder")
                        .channel("sum", "number", "last")
                        .node("add", "many.add", JsonObject.of("add", 1))
                        .edge("START", "add")
                        .edge("add", "END")
                        .build();
                return List.of(new AgentDefinition(
                        "adder", "Adds.", JsonObject.of("type", "object"), JsonObject.EMPTY, graph));
            }
        }
        """;
}
