package dev.agentos.faultlab.harness;

import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;

/** The plugin whose tools and nodes reach into the {@link Ledger}; compiled anew for each run, for it has its port. */
final class LabPlugin {

    static final String ID = "lab-plugin";

    private LabPlugin() {}

    static Path write(Path folder, int ledger) {
        return withAgents(withNodes(withReducers(withTools(SyntheticJar.plugin(ID, "1.0.0")
                        .permissions(
                                request("net.connect 127.0.0.1:" + ledger),
                                request("thread.pool 64"),
                                request("tool.invoke lab.recurse"),
                                request("tool.invoke lab.ping"),
                                request("tool.invoke lab.pong"))
                        .source("lab.World", world(ledger))))))
                .writeTo(folder);
    }

    private static SyntheticJar withTools(SyntheticJar jar) {
        return jar.extension(
                        "lab.Idempotent", tool("Idempotent", "ledger.idempotent", "IDEMPOTENT", effect("idempotent")))
                .extension("lab.Once", tool("Once", "ledger.once", "NON_IDEMPOTENT", effect("once")))
                .extension("lab.Slow", tool("Slow", "ledger.slow", "PURE", """
                    World.call("slow", call, "&millis=" + arguments.number("millis").orElseThrow().value());
                    return ToolResult.of(new JsonString("slow"));
                    """))
                .extension("lab.Flaky", tool("Flaky", "ledger.flaky", "IDEMPOTENT", """
                    World.call("flaky", call, "&failures=" + arguments.number("failures").orElseThrow().value());
                    return ToolResult.of(new JsonString("steady"));
                    """))
                .extension("lab.Recurse", tool("Recurse", "lab.recurse", "PURE", """
                    return call.tools().call("lab.recurse", arguments);
                    """))
                .extension("lab.Ping", tool("Ping", "lab.ping", "PURE", """
                    return call.tools().call("lab.pong", arguments);
                    """))
                .extension("lab.Pong", tool("Pong", "lab.pong", "PURE", """
                    return call.tools().call("lab.ping", arguments);
                    """))
                .extension("lab.Large", tool("Large", "lab.large", "PURE", """
                    return ToolResult.of(new JsonString(
                            "x".repeat(arguments.number("characters").orElseThrow().value().intValue())));
                    """));
    }

    private static SyntheticJar withReducers(SyntheticJar jar) {
        return jar.extension("lab.Thrower", reducer("Thrower", "lab.thrower", """
            throw new IllegalStateException("no");
            """))
                .extension("lab.Sleeper", reducer("Sleeper", "lab.sleeper", """
                    try { Thread.sleep(60_000); } catch (InterruptedException e) { Thread.currentThread().interrupt(); }
                    return write;
                    """))
                .extension("lab.Mutator", reducer("Mutator", "lab.mutator", """
                    ((JsonObject) current).members().put("spoiled", JsonBoolean.TRUE);
                    return write;
                    """))
                .extension("lab.Keeper", reducer("Keeper", "lab.keeper", """
                    return write;
                    """))
                .extension("lab.Highest", reducer("Highest", "lab.highest", """
                    var known = ((JsonObject) current).number("n");
                    var given = ((JsonObject) write).number("n").orElseThrow();
                    return known.isPresent() && known.get().value().compareTo(given.value()) > 0 ? current : write;
                    """));
    }

    private static SyntheticJar withAgents(SyntheticJar jar) {
        return jar.extension("lab.Pack", """
            package lab;

            import dev.agentos.spi.*;
            import java.util.List;

            @AgentOsExtension
            public final class Pack implements AgentPack {
                @Override
                public String title() {
                    return "Lab";
                }

                @Override
                public String description() {
                    return "For the fault lab.";
                }

                @Override
                public JsonObject configurationSchema() {
                    return JsonObject.of("type", "object");
                }

                @Override
                public List<AgentDefinition> agents() {
                    JsonObject input = JsonObject.of("type", "object", "required", List.of("name"));
                    return List.of(new AgentDefinition("greet", "Greets.", input, JsonObject.EMPTY,
                            GraphDefinition.named("greet")
                                    .channel("name", "string", "last")
                                    .channel("said", "string", "last")
                                    .channel("log", "array", "append")
                                    .node("note", "lab.work", JsonObject.of("output", "log"))
                                    .node("ask", "llm", JsonObject.of("model", "openai/echo",
                                            "prompt", "Hello {{ name }}", "output", "said"))
                                    .edge("START", "note")
                                    .edge("note", "ask")
                                    .edge("ask", "END")
                                    .build()));
                }
            }
            """);
    }

    private static SyntheticJar withNodes(SyntheticJar jar) {
        return jar.extension("lab.Gate", node("Gate", "lab.gate", """
            World.at("gate", input.settings().text("gate").orElseThrow(), call, "");
            """))
                .extension("lab.Work", node("Work", "lab.work", """
                    World.at("work", call.idempotencyKey(), call, "");
                    if (input.settings().text("next").isPresent()) {
                        return new NodeOutput(
                                JsonObject.of(input.settings().text("output").orElseThrow(), input.node()),
                                java.util.List.of(input.settings().text("next").orElseThrow()));
                    }
                    """))
                .extension("lab.Ask", node("Ask", "lab.ask", """
                    for (JsonValue together : input.settings().array("questions").orElseThrow()) {
                        java.util.List<NodeOutput.Question> open = new java.util.ArrayList<>();
                        for (JsonValue one : (JsonArray) together) {
                            String id = ((JsonString) one).value();
                            if (input.answers().member(id).isEmpty()) {
                                open.add(new NodeOutput.Question(id, "What is " + id + "?",
                                        java.util.Optional.of(JsonObject.of("type", "integer"))));
                            }
                        }
                        if (!open.isEmpty()) {
                            return NodeOutput.asking(open.toArray(NodeOutput.Question[]::new));
                        }
                    }
                    if (!input.answers().isEmpty()) {
                        return new NodeOutput(JsonObject.of(
                                input.settings().text("output").orElseThrow(), input.answers()));
                    }
                    """));
    }

    private static PermissionRequest request(String permission) {
        return new PermissionRequest(Permission.parse(permission), "for the fault lab", false);
    }

    private static String effect(String kind) {
        return """
            World.call("%s", call, "");
            return ToolResult.of(arguments.member("note").orElse(new JsonString("done")));
            """.formatted(kind);
    }

    private static String world(int port) {
        return """
            package lab;

            import dev.agentos.spi.*;
            import java.io.IOException;
            import java.net.URI;
            import java.net.URLEncoder;
            import java.net.http.HttpClient;
            import java.net.http.HttpRequest;
            import java.net.http.HttpResponse;
            import java.nio.charset.StandardCharsets;
            import java.util.UUID;

            final class World {
                /** Another one with each life of a server. */
                private static final String SERVER = UUID.randomUUID().toString();
                private static final HttpClient CLIENT =
                        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

                static void call(String kind, CallContext call, String more) {
                    at(kind, call.idempotencyKey(), call, more);
                }

                static void at(String kind, String key, CallContext call, String more) {
                    try {
                        URI uri = URI.create("http://127.0.0.1:%d/" + kind + "?key=" + encoded(key) + "&execution="
                                + call.execution().orElse("") + "&server=" + SERVER + more);
                        int status = CLIENT.send(HttpRequest.newBuilder(uri).build(),
                                HttpResponse.BodyHandlers.ofString()).statusCode();
                        if (status != 200) {
                            throw failure("REFUSED", "The ledger answered " + status + ".");
                        }
                    } catch (IOException e) {
                        throw failure("UNREACHABLE", "The ledger does not answer.");
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw failure("INTERRUPTED", "The call was interrupted.");
                    }
                }

                private static AgentOsException failure(String name, String message) {
                    return new AgentOsException(ErrorCode.of("ledger", name, ErrorType.EXTERNAL, true), message,
                            "Look at the test.");
                }

                private static String encoded(String text) {
                    return URLEncoder.encode(text, StandardCharsets.UTF_8);
                }
            }
            """.formatted(port);
    }

    private static String tool(String type, String name, String effect, String body) {
        return """
            package lab;

            import dev.agentos.spi.*;

            @AgentOsExtension
            public final class %s implements Tool {
                @Override
                public ToolDescription description() {
                    return new ToolDescription("%s", "For the fault lab.", JsonObject.of("type", "object"), Effect.%s);
                }

                @Override
                public ToolResult call(JsonObject arguments, CallContext call) {
                    %s
                }
            }
            """.formatted(type, name, effect, body);
    }

    private static String reducer(String type, String name, String body) {
        return """
            package lab;

            import dev.agentos.spi.*;

            @AgentOsExtension
            public final class %s implements ChannelReducer {
                @Override
                public String reducer() {
                    return "%s";
                }

                @Override
                public String description() {
                    return "For the fault lab.";
                }

                @Override
                public JsonObject valueSchema() {
                    return JsonObject.of("type", "object");
                }

                @Override
                public JsonValue start() {
                    return JsonObject.of("untouched", true);
                }

                @Override
                public boolean orderIndependent() {
                    return true;
                }

                @Override
                public JsonValue reduce(JsonValue current, JsonValue write) {
                    %s
                }
            }
            """.formatted(type, name, body);
    }

    /** A node that does something and then writes {@code value}, or its own id, to the channel {@code output}. */
    private static String node(String type, String name, String body) {
        return """
            package lab;

            import dev.agentos.spi.*;

            @AgentOsExtension
            public final class %s implements NodeType {
                @Override
                public String type() {
                    return "%s";
                }

                @Override
                public String description() {
                    return "For the fault lab.";
                }

                @Override
                public JsonObject configurationSchema() {
                    return JsonObject.of("type", "object");
                }

                @Override
                public Effect effect() {
                    return Effect.IDEMPOTENT;
                }

                @Override
                public NodeOutput run(NodeInput input, CallContext call) {
                    %s
                    JsonObject settings = input.settings();
                    return new NodeOutput(settings.text("output").map(channel -> JsonObject.of(channel,
                            settings.member("value").orElse(new JsonString(input.node())))).orElse(JsonObject.EMPTY));
                }
            }
            """.formatted(type, name, body);
    }
}
