package dev.agentos.pluginruntime;

import static dev.agentos.pluginruntime.PluginHost.upload;
import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Failure;
import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.testkit.SyntheticJar;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pack whose graphs are files of its JAR. */
class PackFilesTest extends HostedTest {

    private static final String YAML = """
        metadata: {name: greet}
        channels:
          name: {type: string, reducer: last}
          greeting: {type: string, reducer: last}
        nodes:
          - {id: greet, type: synthetic.polite, config: {}}
          - id: tidy
            type: transform
            config: {set: {greeting: "greeting + '!'"}}
        edges:
          - {source: START, target: greet}
          - {source: greet, target: tidy, condition: "name != ''"}
          - {source: greet, target: END, condition: "name == ''"}
          - {source: tidy, target: END}
        """;

    private static SyntheticJar pack(String... files) {
        String named = Arrays.stream(files)
                .map(file -> """
                    new AgentFile("%s", "Greets.", JsonObject.of("type", "object"), JsonObject.EMPTY, "%s")
                    """.formatted(named(file), file))
                .collect(Collectors.joining(", "));
        return SyntheticJar.plugin("filed", "1.0.0").kind("pack").extension("synthetic.Filed", """
                                    package synthetic;
                                    import dev.agentos.spi.*;
                                    import java.util.Arrays;
                        import java.util.List;
            import java.util.Random;
                        import java.util.stream.Collectors;
                                    @AgentOsExtension
                                    public final class Filed implements AgentPack {
                                        public String title() { return "Filed"; }
                                        public String description() { return "Greets."; }
                                        public JsonObject configurationSchema() { return JsonObject.of("type", "object"); }
                                        public List<AgentDefinition> agents() {
                                            return List.of(new AgentDefinition("built", "Builds.", JsonObject.of("type", "object"),
                                                    JsonObject.EMPTY, GraphDefinition.named("built")
                                                            .channel("x", "integer", "last")
                                                            .node("one", "transform", JsonObject.of("set", JsonObject.of("x", "1")))
                                                            .edge("START", "one").build()));
                                        }
                                        public List<AgentFile> agentFiles() { return List.of(%s); }
                                    }
            """.formatted(named));
    }

    private static String named(String file) {
        String letters = file.replaceAll(".*/|[.].*", "");
        return letters.isEmpty() ? "none" : letters;
    }

    private String refused(SyntheticJar jar) {
        Failure failure = host.failed(host.service.install(upload(jar.writeTo(folder))));
        assertThat(failure.code()).as(failure.message()).isEqualTo("plugin:INVALID_PLUGIN");
        assertThat(failure.message())
                .startsWith("Plugin filed 1.0.0 cannot be started: ")
                .endsWith(".");
        assertThat(host.service.find("filed")).isEmpty();
        return failure.message();
    }

    @Test
    void theAgentsOfFilesAreOfferedBehindThoseThatAreBuilt() {
        host.done(host.service.install(upload(pack("/agents/greet.yaml", "flow.json")
                .entry("agents/greet.yaml", YAML)
                .entry("flow.json", """
                    {"name": "flow", "steps": [{"id": "only", "tool": "demo.tool", "input": {}}]}
                    """)
                .writeTo(folder))));

        List<AgentDefinition> agents = ((ExtensionListing.OfPack) host.service
                        .extensions()
                        .find(AgentPack.class, "filed")
                        .orElseThrow()
                        .description())
                .agents();
        assertThat(agents).extracting(AgentDefinition::name).containsExactly("built", "greet", "flow");
        assertThat(agents.get(1).graph().nodes())
                .extracting(NodeDefinition::type)
                .containsExactly("synthetic.polite", "transform");
        assertThat(agents.get(1).graph().edges().get(1).condition()).contains("name != ''");
        assertThat(agents.get(2).graph().nodes()).extracting(NodeDefinition::id).contains("only");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        target: tidy, condition: "name | target: tidi, condition: "name | agents/greet.yaml at /edges/1/target: | tidi
        name != ''                     | name + 1                       | agents/greet.yaml at /edges/1/condition: | condition
        reducer: last}                 | reducer: lost}                 | agents/greet.yaml at /channels/name/reducer: | lost
        metadata: {name: greet}        | metadata: {name: greet, x: 1}  | agents/greet.yaml at /metadata/x: | x
        type: transform                | typ: transform                 | agents/greet.yaml at /nodes/1/ | more faults)
        nodes:                         | nodes: [                       | agents/greet.yaml: The document is not YAML | line
        metadata: {name: greet}        | - 1                            | agents/greet.yaml: | YAML
        """)
    void aMistakeIsToldWithItsFileAndPlace(String right, String wrong, String place, String what) {
        assertThat(YAML).contains(right);
        assertThat(refused(pack("agents/greet.yaml").entry("agents/greet.yaml", YAML.replace(right, wrong))))
                .contains(place, what);
    }

    @Test
    void aFileThatIsNotThereOrIsNoTextIsRefused() {
        assertThat(refused(pack("agents/gone.yaml"))).contains("its JAR has no file agents/gone.yaml");
        assertThat(refused(pack("agents/greet.yaml").entry("agents/greet.yaml", new byte[] {'a', (byte) 0xFF, 'b'})))
                .contains("agents/greet.yaml is not UTF-8");
        assertThat(refused(pack("agents/greet.json").entry("agents/greet.json", "[1]")))
                .contains("agents/greet.json");
        byte[] large = new byte[(3 << 20) + 1];
        new Random(1).nextBytes(large);
        assertThat(refused(pack("agents/large.yaml").entry("agents/large.yaml", large)))
                .contains("agents/large.yaml has more than 3145728 bytes");
    }

    @Test
    void aNameThatIsTakenIsRefused() {
        assertThat(refused(pack("agents/greet.yaml", "agents/greet.yaml").entry("agents/greet.yaml", YAML)))
                .contains("two agents 'greet'");
    }

    @Test
    void whatIsNoPathOfAGraphDoesNotStart() {
        for (String path : List.of("../greet.yaml", "agents/greet.txt", "agents//greet.yaml", "", "/.yaml")) {
            Failure failure = host.failed(host.service.install(upload(pack(path).writeTo(folder))));
            assertThat(failure.code()).isEqualTo("plugin:START_FAILED");
            assertThat(failure.message()).contains("is a file that ends in .yaml, .yml or .json");
        }
    }
}
