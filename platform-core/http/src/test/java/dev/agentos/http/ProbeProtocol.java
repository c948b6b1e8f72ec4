package dev.agentos.http;

import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;

/** A plugin whose protocol {@code probe} does what the path says, and a pack with a quick agent and a slow one. */
final class ProbeProtocol {

    static final String PERMISSION = "http.route;target=\"/protocols/probe/**\";reason=\"answers tests\"";

    private static final String PROTOCOL = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.nio.charset.StandardCharsets;
        import java.time.Duration;
        import java.util.*;
        import java.util.concurrent.atomic.AtomicInteger;

        @AgentOsExtension
        public final class Probe implements Protocol {
            private final AtomicInteger gone = new AtomicInteger();

            @Override
            public String protocol() {
                return "probe";
            }

            @Override
            public String description() {
                return "Does what the path says.";
            }

            @Override
            public Optional<ProtocolResponse> answer(
                    ProtocolRequest request, ResponseStream stream, TenantExecutions executions, CallContext call) {
                String id = request.parameter("id").orElse("");
                try {
                    return switch (request.segments().isEmpty() ? "" : request.segments().getFirst()) {
                        case "echo" -> json(JsonObject.of("method", request.method(), "path", request.segments(),
                                "query", request.query(), "headers", request.headers(), "body", request.text(),
                                "tenant", call.tenant(), "version", "@version@"));
                        case "agents" -> json(JsonObject.of("agents", executions.agents().stream()
                                .map(agent -> agent.id()).toList()));
                        case "execute" -> json(status(executions.awaitRest(
                                start(executions, request).id(), Duration.ofSeconds(20))));
                        case "find" -> json(status(executions.find(id)));
                        case "follow" -> json(JsonObject.of("events", executions.awaitEvents(id, 0, Duration.ofSeconds(1))
                                .stream().map(event -> event.type()).toList()));
                        case "cancel" -> json(status(executions.cancel(id)));
                        case "throw" -> throw new IllegalStateException("broken");
                        case "refuse" -> throw new AgentOsException(
                                ErrorCode.of("probe", "REFUSED", ErrorType.USER, false), "No.", "Ask otherwise.");
                        case "block" -> {
                            Thread.sleep(60_000);
                            yield Optional.empty();
                        }
                        case "nothing" -> Optional.empty();
                        case "both" -> {
                            stream.begin(200, Map.of());
                            yield json(JsonObject.EMPTY);
                        }
                        case "stream" -> {
                            stream.begin(201, Map.of("content-type", List.of("text/event-stream")));
                            for (int i = 0; i < 20; i++) {
                                write(stream, "data: " + i + "\\n\\n");
                                Thread.sleep(20);
                            }
                            yield Optional.empty();
                        }
                        case "cut" -> {
                            stream.begin(200, Map.of());
                            write(stream, "half");
                            throw new IllegalStateException("broken");
                        }
                        case "forever" -> {
                            String started = start(executions, request).id();
                            stream.begin(200, Map.of("content-type", List.of("text/event-stream")));
                            try {
                                while (true) {
                                    write(stream, "data: " + started + "\\n\\n");
                                    Thread.sleep(10);
                                }
                            } finally {
                                gone.incrementAndGet();
                            }
                        }
                        case "flood" -> {
                            stream.begin(200, Map.of());
                            try {
                                while (true) {
                                    stream.write(new byte[1 << 20]);
                                }
                            } finally {
                                gone.incrementAndGet();
                            }
                        }
                        case "gone" -> json(JsonObject.of("gone", gone.get()));
                        default -> Optional.of(ProtocolResponse.ofJson(404, JsonObject.of("error", "unknown")));
                    };
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }

            private static TenantExecutions.Status start(TenantExecutions executions, ProtocolRequest request) {
                return executions.start(request.parameter("agent").orElse("probe-pack/quick"), JsonObject.EMPTY,
                        TenantExecutions.Lifetime.OF_THE_CALL);
            }

            private static JsonObject status(TenantExecutions.Status status) {
                return JsonObject.of("id", status.id(), "state", status.state().name(),
                        "output", status.output().orElse(JsonObject.EMPTY));
            }

            private static void write(ResponseStream stream, String text) {
                stream.write(text.getBytes(StandardCharsets.UTF_8));
            }

            private static Optional<ProtocolResponse> json(JsonObject body) {
                return Optional.of(ProtocolResponse.ofJson(200, body));
            }
        }
        """;

    private static final String PACK = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.List;

        @AgentOsExtension
        public final class Pack implements AgentPack {
            @Override
            public String title() {
                return "Probe";
            }

            @Override
            public String description() {
                return "For tests.";
            }

            @Override
            public JsonObject configurationSchema() {
                return JsonObject.of("type", "object");
            }

            @Override
            public List<AgentDefinition> agents() {
                return List.of(agent("quick", "settings"), agent("slow", "slow"));
            }

            private static AgentDefinition agent(String name, String type) {
                return new AgentDefinition(name, "For tests.", JsonObject.of("type", "object"),
                        JsonObject.of("colour", "red"),
                        GraphDefinition.named(name)
                                .channel("settings", "object", "last")
                                .node("only", type, JsonObject.EMPTY)
                                .edge("START", "only")
                                .build());
            }
        }
        """;

    private ProbeProtocol() {}

    static SyntheticJar plugin(String version) {
        return unpermitted(version)
                .permissions(PermissionRequest.parseHeader(PERMISSION).toArray(PermissionRequest[]::new));
    }

    /** The same under another name. */
    static SyntheticJar named(String protocol) {
        return SyntheticJar.plugin("probe", "1.0.0")
                .kind("protocol")
                .extension(
                        "synthetic.Probe",
                        PROTOCOL.replace("@version@", "").replace("return \"probe\"", "return \"" + protocol + "\""));
    }

    static SyntheticJar unpermitted(String version) {
        return SyntheticJar.plugin("probe", version)
                .kind("protocol")
                .extension("synthetic.Probe", PROTOCOL.replace("@version@", version));
    }

    static SyntheticJar pack() {
        return SyntheticJar.plugin("probe-pack", "1.0.0").kind("pack").extension("synthetic.Pack", PACK);
    }
}
