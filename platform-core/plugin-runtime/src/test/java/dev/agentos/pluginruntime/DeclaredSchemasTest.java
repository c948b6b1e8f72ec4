package dev.agentos.pluginruntime;

import static dev.agentos.pluginruntime.PluginHost.upload;
import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Failure;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A schema that is none is told to whoever brings it in, before anybody uses it. */
class DeclaredSchemasTest extends HostedTest {

    private String refused(SyntheticJar jar) {
        Failure failure = host.failed(host.service.install(upload(jar.writeTo(folder))));
        assertThat(failure.code()).as(failure.message()).isEqualTo("plugin:INVALID_PLUGIN");
        assertThat(host.service.find("schemed")).isEmpty();
        return failure.message();
    }

    private static SyntheticJar jar() {
        return SyntheticJar.plugin("schemed", "1.0.0");
    }

    private static SyntheticJar tool(String schema) {
        return jar().extension("synthetic.Schemed", """
            package synthetic;
            import dev.agentos.spi.*;
            @AgentOsExtension
            public final class Schemed implements Tool {
                public ToolDescription description() {
                    return new ToolDescription("schemed.do", "Does.", %s, Effect.PURE);
                }
                public ToolResult call(JsonObject arguments, CallContext call) {
                    return ToolResult.of(JsonNull.NULL);
                }
            }
            """.formatted(schema));
    }

    @Test
    void ofATool() {
        assertThat(refused(tool("JsonObject.of(\"type\", \"objct\")")))
                .contains("schemed 1.0.0")
                .contains("the input schema of its tool 'schemed.do' cannot be used at /type: ");
        assertThat(refused(
                        tool("JsonObject.of(\"properties\", JsonObject.of(\"a\", JsonObject.of(\"pattern\", \"(\")))")))
                .contains("cannot be used at /properties/a/pattern: The pattern cannot be used");
        host.done(host.service.install(
                upload(tool("JsonObject.of(\"type\", \"object\")").writeTo(folder))));
    }

    @Test
    void ofItsSettings() {
        assertThat(refused(tool("JsonObject.EMPTY")
                        .header("AgentOS-Settings", "settings.json")
                        .entry("settings.json", "{\"properties\": {\"key\": {\"type\": \"text\"}}}")))
                .contains("the schema of its settings cannot be used at /properties/key/type: ");
    }

    private static SyntheticJar pack(String configuration, String input, String answer) {
        return jar().kind("pack").extension("synthetic.Schemed", """
            package synthetic;
            import dev.agentos.spi.*;
            import java.util.List;
            @AgentOsExtension
            public final class Schemed implements AgentPack {
                public String title() { return "Schemed"; }
                public String description() { return "Asks."; }
                public JsonObject configurationSchema() { return JsonObject.of("type", "%s"); }
                public List<AgentDefinition> agents() {
                    return List.of(new AgentDefinition("asks", "Asks.", JsonObject.of("type", "%s"),
                            JsonObject.EMPTY, GraphDefinition.named("asks")
                                    .channel("x", "any", "last")
                                    .node("ask", "human", JsonObject.of("prompt", "?", "output", "x",
                                            "schema", JsonObject.of("type", "%s")))
                                    .edge("START", "ask").build()));
                }
            }
            """.formatted(configuration, input, answer));
    }

    @Test
    void ofAPackAndItsAgents() {
        assertThat(refused(pack("obj", "object", "string"))).contains("the configuration schema of its pack");
        assertThat(refused(pack("object", "obj", "string"))).contains("the input schema of its agent 'asks'");
        assertThat(refused(pack("object", "object", "text")))
                .contains("the schema of node 'ask' of its agent 'asks' cannot be used at /type");
    }

    @Test
    void ofANodeTypeAndAReducer() {
        assertThat(refused(jar().extension("synthetic.Schemed", """
            package synthetic;
            import dev.agentos.spi.*;
            @AgentOsExtension
            public final class Schemed implements NodeType {
                public String type() { return "schemed.node"; }
                public String description() { return "Is."; }
                public JsonObject configurationSchema() { return JsonObject.of("$ref", "#/$defs/none"); }
                public Effect effect() { return Effect.PURE; }
                public NodeOutput run(NodeInput input, CallContext call) { return new NodeOutput(JsonObject.EMPTY); }
            }
            """)))
                .contains("the configuration schema of its node type 'schemed.node' cannot be used at /$ref");
    }

    @Test
    void whatHasBeenInForceMayComeBack() {
        SyntheticJar strange = tool("JsonObject.of(\"type\", \"objct\")")
                .header("AgentOS-Settings", "settings.json")
                .entry("settings.json", "{\"properties\": {\"key\": {\"type\": \"text\"}}}");
        Path jar = strange.writeTo(folder, "before.jar");
        PluginVersion before = PluginFile.read(jar).plugin();
        assertThat(host.failed(host.service.install(upload(jar))).code()).isEqualTo("plugin:INVALID_PLUGIN");
        // As an older server has installed it, which did not look.
        host.plugins.commit(
                host.plugins.generation(),
                new PluginStore.Change(
                        List.of(InstalledPlugin.installed(before, List.of(), Optional.empty(), "op_1")),
                        List.of(),
                        List.of(),
                        Map.of(before.sha512(), jar),
                        List.of()));
        host.service.follow();
        assertThat(host.service.require("schemed").state()).isEqualTo(PluginState.STARTED);

        for (String next : List.of("1.1.0", "1.2.0")) {
            host.done(host.service.swap(
                    "schemed",
                    upload(SyntheticJar.toolPlugin("schemed", next, "schemed.do", next)
                            .writeTo(folder, next + ".jar"))));
        }
        host.done(host.service.swap("schemed", upload(jar)));
        assertThat(host.service.require("schemed").plugin()).isEqualTo(before);
        host.done(host.service.rollback("schemed"));
        host.releases.offer(jar);
        host.done(host.service.swap(
                "schemed", new InstallRequest(new InstallRequest.Release("schemed", "1.0.0"), Consent.ALL)));
        assertThat(host.service.require("schemed").plugin()).isEqualTo(before);
    }
}
