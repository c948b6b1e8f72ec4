package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarFile;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real server of an installation, as a child process with a database and a folder of its own, in which the plugin's
 * finished JAR is installed with exactly the permissions that it declares. For a static field with
 * {@code @RegisterExtension}: it starts before the first test of the class and ends behind the last.
 *
 * <p>The installation is the one that the system property {@code agentos.home} names, else the environment variable
 * {@code AGENTOS_HOME}. The JAR is the one that {@code plugin.jar} names; the plugins' parent sets both for tests named
 * {@code …IT}. A method fails the test when the server refuses something, with what it said.
 */
public final class PluginServer implements BeforeAllCallback, AfterAllCallback {

    /** The model that answers from a script. */
    public static final String MODEL = "scripted/" + ScriptedModel.MODEL;

    private final Path jar;
    private final Map<String, String> secrets = new LinkedHashMap<>();
    private final List<Path> others = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private Optional<JsonObject> configuration = Optional.empty();
    private Optional<ServerChild> server = Optional.empty();
    private String plugin = "";
    private int graphs;

    private PluginServer(Path jar) {
        this.jar = jar;
    }

    /** A server with the JAR that the build made. */
    public static PluginServer ofBuild() {
        String file = System.getProperty("plugin.jar");
        if (file == null) {
            throw new IllegalStateException(
                    "The system property plugin.jar names the plugin's JAR; the parent of plugins"
                            + " sets it for tests named …IT");
        }
        return new PluginServer(Path.of(file));
    }

    /** A server with that plugin. */
    public static PluginServer of(Path jar) {
        return new PluginServer(jar);
    }

    /** Sets a secret of the server's. */
    public PluginServer withSecret(String name, String value) {
        secrets.put(name, value);
        return this;
    }

    /** Configures the plugin. */
    public PluginServer configured(JsonObject settings) {
        configuration = Optional.of(settings);
        return this;
    }

    /** Installs another plugin before, one that this one needs for example. */
    public PluginServer beside(Path otherJar) {
        others.add(otherJar);
        return this;
    }

    /** Adds the model {@value #MODEL}, which gives these answers, one for each call, in order. */
    public PluginServer withModelThatAnswers(String... texts) {
        answers.addAll(List.of(texts));
        return this;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        try (JarFile file = new JarFile(jar.toFile())) {
            plugin = file.getManifest().getMainAttributes().getValue("Plugin-Id");
        }
        ServerChild started = ServerChild.start(secrets);
        server = Optional.of(started);
        try {
            for (Path other : others) {
                started.install(other);
            }
            if (!answers.isEmpty()) {
                started.install(ScriptedProvider.jar(started.folder(), answers));
            }
            started.install(jar);
            configuration.ifPresent(settings -> started.configure(plugin, settings));
        } catch (RuntimeException | Error e) {
            afterAll(context);
            throw e;
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (server.isPresent()) {
            server.get().close();
            server = Optional.empty();
        }
    }

    /** Calls a tool through the server and returns what it answers. */
    public JsonValue runTool(String tool, JsonObject arguments) {
        Map<String, JsonValue> expressions = new LinkedHashMap<>();
        arguments
                .members()
                .keySet()
                .forEach(name -> expressions.put(name, JsonValue.of("arguments[\"" + name + "\"]")));
        JsonObject config = JsonObject.of("tool", tool, "arguments", new JsonObject(expressions), "output", "answer");
        return only("tool", config, JsonObject.of("arguments", arguments));
    }

    /** Asks a model, {@code provider/model}, and returns its text. */
    public String ask(String model, String text) {
        JsonObject config = JsonObject.of("model", model, "prompt", "{{text}}", "output", "answer");
        if (only("llm", config, JsonObject.of("text", text)) instanceof JsonString(String answer)) {
            return answer;
        }
        throw new AssertionError("The model " + model + " answered with no text");
    }

    /** Executes a graph to its end, which must be a good one, and returns the values of its channels. */
    public JsonObject execute(GraphDefinition graph, JsonObject input) {
        return execute(GraphJson.of(graph), input);
    }

    /** Executes a graph in its JSON form; see {@link #execute(GraphDefinition, JsonObject)}. */
    public JsonObject execute(JsonObject graph, JsonObject input) {
        return running().executed(JsonObject.of("graph", running().deployed(graph), "input", input));
    }

    /** Enables the plugin's pack for the server's tenant. */
    public void enablePack(JsonObject settings) {
        running()
                .send(
                        "PUT",
                        "/api/v1/tenants/default/packs/" + plugin,
                        JsonObject.of("configuration", settings),
                        200,
                        201);
    }

    /** Runs an agent, {@code pack/agent}, of a pack that is enabled; returns the values of its channels. */
    public JsonObject runAgent(String agent, JsonObject input) {
        return running().executed(JsonObject.of("agent", agent, "input", input));
    }

    /**
     * Sends a request to the server, as to a protocol of the plugin, and returns the body of the answer, whose status
     * must be that. The credential is one of the server's only tenant.
     *
     * @param path from the root, as in {@code /protocols/acme/hello}
     * @param body empty for none
     */
    public String send(String method, String path, Optional<JsonObject> body, int status) {
        return running().sent(method, path, body, status);
    }

    /** What the plugin tried without a permission for it, as in {@code fs.read /etc/passwd}. */
    public List<String> denials() {
        return running()
                .send("GET", "/api/v1/plugins/" + plugin, JsonObject.EMPTY, 200)
                .array("denials")
                .orElse(JsonArray.EMPTY)
                .items()
                .stream()
                .map(denied -> ((JsonObject) denied).text("permission").orElse("?"))
                .toList();
    }

    /**
     * Uninstalls the plugin and makes sure that nothing of it stays: no call, no thread, no class in memory. To be the
     * last that a class of tests does.
     */
    public void assertUninstallsCleanly() {
        JsonObject result = running().uninstall(plugin);
        assertThat(result.array("leftBehind").orElse(JsonArray.EMPTY).items())
                .as("what plugin %s left behind", plugin)
                .isEmpty();
        assertThat(running().collected(plugin))
                .as("that no class of plugin %s is in memory any more", plugin)
                .isTrue();
    }

    /** The plugin's metrics and the server's, in the text format of Prometheus. */
    public String metrics() {
        return running().metrics();
    }

    /** The value that a graph of one node writes. */
    private JsonValue only(String type, JsonObject config, JsonObject input) {
        graphs++;
        Map<String, JsonValue> channels = new LinkedHashMap<>();
        input.members().keySet().forEach(name -> channels.put(name, JsonObject.of("type", "any", "reducer", "last")));
        channels.put("answer", JsonObject.of("type", "any", "reducer", "last"));
        JsonObject graph = JsonObject.of(
                "metadata",
                JsonObject.of("name", "test-" + graphs),
                "channels",
                new JsonObject(channels),
                "nodes",
                List.of(JsonObject.of("id", "only", "type", type, "config", config)),
                "edges",
                List.of(
                        JsonObject.of("source", "START", "target", "only"),
                        JsonObject.of("source", "only", "target", "END")));
        return execute(graph, input).member("answer").orElseThrow(() -> new AssertionError("There is no answer"));
    }

    private ServerChild running() {
        return server.orElseThrow(() ->
                new IllegalStateException("The server is not started: the field needs static and @RegisterExtension"));
    }
}
