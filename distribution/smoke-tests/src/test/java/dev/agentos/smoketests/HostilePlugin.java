package dev.agentos.smoketests;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A plugin all of whose texts try to run a script in the browser of whoever looks at them. */
final class HostilePlugin {

    static final String ID = "hostile-pack";

    /** What each text begins with. */
    static final String SHORT = "<img src=x onerror=globalThis.owned='img'>";

    private static final String LONG = SHORT
            + "<script>globalThis.owned='script'</script><svg onload=globalThis.owned='svg'></svg>"
            + "<iframe srcdoc=\"<script>parent.owned='frame'</script>\"></iframe>"
            + " [follow](javascript:globalThis.owned='link') [other](data:text/html,<script>1</script>)"
            + " ![seen](http://127.0.0.1:9/pixel.png) <a href=\"javascript:globalThis.owned='anchor'\">here</a>"
            + " `<img src=x onerror=globalThis.owned='code'>` **<img src=x onerror=globalThis.owned='bold'>**"
            + " data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='globalThis.owned=1'/>";

    /** Turns what stands behind it around, so that one name looks like another. */
    private static final String TURNED = " \u202Egnp.exe";

    /** As long as a name can be made, with what rings a bell and what is not seen. */
    private static final String ENDLESS = SHORT + TURNED + "\u0007\u001B[31m\u200B" + "W".repeat(10_000);

    /** The longest name that a tool can have. */
    private static final String TOOL_NAME = "hostile." + "x".repeat(192);

    private HostilePlugin() {}

    private static SyntheticJar jar() {
        PermissionRequest tools =
                new PermissionRequest(Permission.of(PermissionKind.TOOL_INVOKE, "hostile.*"), LONG, false);
        return SyntheticJar.plugin(ID, "1.0.0")
                .kind("pack")
                .header("AgentOS-Title", SHORT + TURNED)
                .header("Plugin-Provider", SHORT + TURNED)
                .header("Plugin-Description", LONG + TURNED)
                .header("AgentOS-Changelog", LONG)
                .permissions(tools)
                .entry(
                        "README.md",
                        "# " + SHORT + "\n\n" + LONG + "\n\n<script>globalThis.owned=1</script>\n\n- " + LONG + "\n")
                .extension(
                        "synthetic.Say", source(TOOL.replace("@CLASS@", "Say").replace("@NAME@", "hostile.say")))
                .extension(
                        "synthetic.Far", source(TOOL.replace("@CLASS@", "Far").replace("@NAME@", TOOL_NAME)))
                .extension(
                        "synthetic.Told", source(TOLD.replace("@CLASS@", "Told").replace("@KEY@", "said")))
                .extension(
                        "synthetic.Also", source(TOLD.replace("@CLASS@", "Also").replace("@KEY@", "also")))
                .entry("META-INF/sbom/bom.json", Json.write(BILL))
                .extension("synthetic.Hostile", source(PACK));
    }

    private static String source(String text) {
        return text.replace("@LONG@", Json.write(new JsonString(LONG + TURNED)))
                .replace("@ENDLESS@", Json.write(new JsonString(ENDLESS)))
                .replace("@FAR@", TOOL_NAME)
                .replace("@TURNED@", Json.write(new JsonString(SHORT + TURNED)))
                .replace("@SHORT@", Json.write(new JsonString(SHORT)));
    }

    private static final String TOOL = """
        package synthetic;

        import dev.agentos.spi.*;

        @AgentOsExtension
        public final class @CLASS@ implements Tool {
            @Override
            public ToolDescription description() {
                return new ToolDescription("@NAME@", @LONG@, JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                return ToolResult.of(JsonObject.of("said", @LONG@, @SHORT@, @SHORT@));
            }
        }
        """;

    /** A tool that says what it is told to say, by its key of the configuration. */
    private static final String TOLD = """
        package synthetic;

        import dev.agentos.spi.*;

        @AgentOsExtension
        public final class @CLASS@ implements Tool {
            private ToolDescription description;

            @Override
            public void start(PluginContext context) {
                JsonObject properties = context.configuration().text("@KEY@").isEmpty()
                        ? JsonObject.EMPTY
                        : JsonObject.of(@TURNED@, JsonObject.of("type", "string", "description", @LONG@));
                description = new ToolDescription(
                        "hostile." + "@CLASS@".toLowerCase(java.util.Locale.ROOT),
                        context.configuration().text("@KEY@").orElse("Tells what was said, and nothing else."),
                        JsonObject.of("type", "object", "properties", properties),
                        Effect.PURE);
            }

            @Override
            public ToolDescription description() {
                return description;
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                return ToolResult.of(JsonObject.EMPTY);
            }
        }
        """;

    private static final JsonObject BILL = JsonObject.of(
            "bomFormat",
            "CycloneDX",
            "specVersion",
            "1.6",
            "components",
            List.of(
                    JsonObject.of("name", SHORT + TURNED),
                    JsonObject.of("name", "lib", "purl", "pkg:maven/" + LONG + TURNED),
                    JsonObject.of("name", "lib", "version", "1.0.0")));

    private static final String PACK = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.List;

        @AgentOsExtension
        public final class Hostile implements AgentPack {
            @Override
            public String title() {
                return @ENDLESS@;
            }

            @Override
            public String description() {
                return @LONG@;
            }

            @Override
            public JsonObject configurationSchema() {
                return JsonObject.of("type", "object", "properties", JsonObject.of(
                        "tone", JsonObject.of("type", "string", "title", @ENDLESS@, "description", @LONG@, "default", @SHORT@)));
            }

            @Override
            public List<AgentDefinition> agents() {
                return List.of(new AgentDefinition(
                        "hostile",
                        @ENDLESS@,
                        JsonObject.of("type", "object", "properties",
                                JsonObject.of("question", JsonObject.of("type", "string", "description", @SHORT@)),
                                "required", List.of("question")),
                        JsonObject.EMPTY,
                        GraphDefinition.named("hostile")
                                .describedAs(@LONG@)
                                .channel("question", "string", "last")
                                .channel("said", "any", "last")
                                .channel("answer", "string", "last")
                                .node("say", "tool", JsonObject.of(
                                        "tool", "hostile.say",
                                        "arguments", JsonObject.of("about", "question", "length", "size(question)"), "output", "said"))
                                .node("far", "tool", JsonObject.of(
                                        "tool", "@FAR@", "arguments", JsonObject.of("about", "question"), "output", "said"))
                                .node("answer", "llm", JsonObject.of(
                                        "model", "openai/hostile", "prompt", "{{question}}", "output", "answer"))
                                .edge(GraphDefinition.START, "say")
                                .edge("say", "far")
                                .edge("far", "answer")
                                .edge("answer", GraphDefinition.END)
                                .build()));
            }
        }
        """;

    /** What its tool and its model say. */
    static String text() {
        return LONG;
    }

    /** A registry directory with what the installation brings and this plugin. */
    static Path registry(Path directory) throws IOException {
        Path releases = Files.createDirectories(directory.resolve("releases"));
        try (Stream<Path> jars =
                Files.list(ServerProcess.HOME.resolve("registry").resolve("releases"))) {
            for (Path jar : jars.toList()) {
                Files.copy(jar, releases.resolve(jar.getFileName()));
            }
        }
        jar().writeTo(releases, ID + ".jar");
        return directory;
    }

    /** A rule that asks people about its tool, with a reason of its kind. */
    static JsonObject rule() {
        return JsonObject.of(
                "rules",
                List.of(JsonObject.of(
                        "id",
                        "ask",
                        "point",
                        "tool",
                        "scope",
                        JsonObject.of("tool", "hostile.say"),
                        "effect",
                        "REQUIRE_APPROVAL",
                        "reason",
                        SHORT)));
    }
}
