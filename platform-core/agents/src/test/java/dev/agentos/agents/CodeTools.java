package dev.agentos.agents;

import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;

/**
 * A plugin with tools for scripts: one that tells what it was given, one that counts, one that fails; and with nodes
 * that call the first of them, for {@code n} and the number after it.
 */
final class CodeTools {

    private CodeTools() {}

    static SyntheticJar jar() {
        return SyntheticJar.plugin("bench", "1.0.0")
                .permissions(new PermissionRequest(
                        Permission.of(PermissionKind.TOOL_INVOKE, "bench.*"), "its nodes call its tools", false))
                .extension("synthetic.Echo", tool("Echo", "echo", "PURE", """
                    return ToolResult.of(JsonObject.of(
                            "arguments", arguments, "key", call.idempotencyKey(), "tenant", call.tenant()));
                    """))
                .extension("synthetic.Change", tool("Change", "change", "NON_IDEMPOTENT", """
                    return ToolResult.of(new JsonString("changed"));
                    """))
                .extension("synthetic.Slow", tool("Slow", "slow", "IDEMPOTENT", """
                    for (int i = 0; i < 3_000 && !call.cancelled(); i++) {
                        try {
                            Thread.sleep(10);
                        } catch (InterruptedException e) {
                            return ToolResult.failure("interrupted");
                        }
                    }
                    return ToolResult.of(new JsonString("slow"));
                    """))
                .extension("synthetic.Weak", tool("Weak", "weak", "IDEMPOTENT", """
                    if (CALLS.incrementAndGet() == 1) {
                        throw new AgentOsException(
                                ErrorCode.of("bench", "WEAK", ErrorType.EXTERNAL, true), "not yet", "again");
                    }
                    return ToolResult.of(new JsonString(call.idempotencyKey()));
                    """))
                .extension("synthetic.Twice", node("Twice", "twice", "PURE", "throw e;"))
                .extension("synthetic.Careless", node("Careless", "careless", "PURE", ""))
                .extension("synthetic.Posted", node("Posted", "posted", "NON_IDEMPOTENT", "throw e;"));
    }

    private static String node(String type, String name, String effect, String failed) {
        return NodeSource.of(type, "bench." + name, effect, """
            List<JsonValue> answers = new ArrayList<>();
            int n = input.state().number("n").orElseThrow().value().intValueExact();
            for (int i = n; i < n + 2; i++) {
                try {
                    answers.add(call.tools().call("bench.echo", JsonObject.of("n", i)).output());
                } catch (AgentOsException e) {
                    @FAILED@
                }
            }
            return new NodeOutput(JsonObject.of("out", new JsonArray(answers)));
            """.replace("@FAILED@", failed));
    }

    private static String tool(String type, String name, String effect, String body) {
        return """
            package synthetic;

            import dev.agentos.spi.*;
            import java.util.*;
            import java.util.concurrent.atomic.AtomicInteger;

            @AgentOsExtension
            public final class @TYPE@ implements Tool {
                private static final AtomicInteger CALLS = new AtomicInteger();

                @Override
                public ToolDescription description() {
                    return new ToolDescription("bench.@NAME@", "For scripts.", JsonObject.of(
                            "type", "object",
                            "properties", Map.of("n", Map.of("type", "integer"))), Effect.@EFFECT@);
                }

                @Override
                public ToolResult call(JsonObject arguments, CallContext call) {
                    @BODY@
                }
            }
            """.replace("@TYPE@", type)
                .replace("@NAME@", name)
                .replace("@EFFECT@", effect)
                .replace("@BODY@", body);
    }
}
