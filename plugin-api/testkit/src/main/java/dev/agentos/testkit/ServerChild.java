package dev.agentos.testkit;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The server of an installation as a child process on loopback, seen by its public API as its administrator. */
final class ServerChild implements AutoCloseable {

    /** On a machine that builds other things at the same time it takes minutes; who died is not waited for. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final String PLUGINS = "/api/v1/plugins/";

    private final Process process;
    private final Path folder;
    private final URI address;
    private final String key;
    private final HttpClient client = HttpClient.newHttpClient();

    private ServerChild(Process process, Path folder, URI address, String key) {
        this.process = process;
        this.folder = folder;
        this.address = address;
        this.key = key;
    }

    /** Starts a server and waits until it is ready. */
    static ServerChild start(Map<String, String> secrets) throws IOException, InterruptedException {
        Path home = home();
        Path folder = Files.createTempDirectory("agentos-testkit-");
        Path data = folder.resolve("data");
        for (Map.Entry<String, String> secret : secrets.entrySet()) {
            Files.writeString(
                    Files.createDirectories(data.resolve("secrets")).resolve(secret.getKey()), secret.getValue());
        }
        Path output = folder.resolve("server.log");
        ProcessBuilder builder = new ProcessBuilder(command(home, data))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("AGENTOS_"));
        builder.environment().put("AGENTOS_HOME", home.toString());
        Process process = builder.start();
        try {
            URI address = ready(process, output);
            String key = Files.readString(data.resolve("admin.key")).strip();
            return new ServerChild(process, folder, address, key);
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            stop(process);
            throw e;
        }
    }

    private static Path home() {
        String property = System.getProperty("agentos.home", "");
        String named = property.isBlank() || property.startsWith("${") ? System.getenv("AGENTOS_HOME") : property;
        if (named == null || !Files.isDirectory(Path.of(named, "lib"))) {
            throw new IllegalStateException("There is no installation of AgentOS at '" + named
                    + "'. Name one with the environment variable AGENTOS_HOME or the system property agentos.home.");
        }
        return Path.of(named).toAbsolutePath();
    }

    private static List<String> command(Path home, Path data) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(java("java"));
        for (String line : Files.readAllLines(home.resolve("etc/server.jvmargs"))) {
            if (!line.isBlank() && !line.startsWith("#")) {
                command.add(line.strip().replace("${home}", home.toString()));
            }
        }
        command.addAll(List.of(
                "-cp",
                home.resolve("lib") + "/*",
                "dev.agentos.server.ServerMain",
                "--http-port=0",
                "--allow-unsigned=true",
                "--data-dir=" + data));
        return command;
    }

    private static String java(String tool) {
        return Path.of(System.getProperty("java.home"), "bin", tool).toString();
    }

    private static URI ready(Process process, Path output) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            for (String line : Files.readAllLines(output)) {
                if (line.startsWith("READY ")) {
                    return URI.create(line.substring(6).strip());
                }
            }
            if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                break;
            }
        }
        throw new IllegalStateException("The server did not become ready:\n" + Files.readString(output));
    }

    /** A folder of the server's that goes with it. */
    Path folder() {
        return folder;
    }

    /** Installs a plugin with all that it declares. */
    void install(Path jar) {
        try {
            finished(parsed(
                    exchange(
                            "POST",
                            PLUGINS.substring(0, PLUGINS.length() - 1) + "?acceptAll=true&acceptCritical=true",
                            "application/java-archive",
                            BodyPublishers.ofFile(jar)),
                    202));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void configure(String plugin, JsonObject configuration) {
        HttpResponse<String> found = exchange("GET", PLUGINS + plugin, "", BodyPublishers.noBody());
        HttpRequest.Builder request = request(PLUGINS + plugin + "/configuration")
                .header("Content-Type", "application/json")
                .header("If-Match", found.headers().firstValue("ETag").orElse("*"))
                .PUT(BodyPublishers.ofString(configuration.toString()));
        finished(parsed(sent(request), 202));
    }

    JsonObject uninstall(String plugin) {
        JsonObject operation = finished(send("DELETE", PLUGINS + plugin + "?force=true", JsonObject.EMPTY, 202));
        return operation.object("result").orElse(JsonObject.EMPTY);
    }

    /** Whether the collector finds that no version of the plugin is held in memory. */
    boolean collected(String plugin) {
        String none = "agentos_plugins_gone_loaders{plugin=\"" + plugin + "\"} 0.0";
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() < end) {
            collectGarbage();
            if (metrics().lines().anyMatch(none::equals)) {
                return true;
            }
            pause();
        }
        return false;
    }

    private void collectGarbage() {
        try {
            Process collection = new ProcessBuilder(java("jcmd"), Long.toString(process.pid()), "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("jcmd.log").toFile())
                    .start();
            collection.waitFor(30, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    String metrics() {
        HttpResponse<String> response = exchange("GET", "/metrics", "", BodyPublishers.noBody());
        return response.statusCode() == 200 ? response.body() : "";
    }

    /** Deploys a graph and returns its name. */
    String deployed(JsonObject graph) {
        send("POST", "/api/v1/graphs", graph, 200, 201);
        return graph.object("metadata")
                .flatMap(metadata -> metadata.text("name"))
                .orElseThrow();
    }

    /** Starts an execution, waits for its good end and returns its output. */
    JsonObject executed(JsonObject start) {
        JsonObject execution = send("POST", "/api/v1/executions", start, 200, 201, 202);
        String path = "/api/v1/executions/" + execution.text("id").orElseThrow();
        JsonObject ended = awaited(path, List.of("QUEUED", "RUNNING"));
        if (!ended.text("state").orElse("").equals("SUCCEEDED")) {
            throw new AssertionError("The execution did not succeed: " + ended);
        }
        return ended.object("output").orElse(JsonObject.EMPTY);
    }

    private JsonObject finished(JsonObject operation) {
        JsonObject ended = awaited("/api/v1/operations/" + operation.text("id").orElseThrow(), List.of("RUNNING"));
        if (!ended.text("state").orElse("").equals("SUCCEEDED")) {
            throw new AssertionError("The server refused: " + ended);
        }
        return ended;
    }

    private JsonObject awaited(String path, List<String> underway) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            JsonObject found = send("GET", path, JsonObject.EMPTY, 200);
            if (!underway.contains(found.text("state").orElse(""))) {
                return found;
            }
            pause();
        }
        throw new AssertionError(path + " had not ended after " + PATIENCE.toSeconds() + " s");
    }

    private static void pause() {
        try {
            Thread.sleep(30);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends a request that must be answered with one of these statuses. */
    JsonObject send(String method, String path, JsonObject body, int... expected) {
        BodyPublisher publisher =
                body.members().isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString());
        return parsed(exchange(method, path, "application/json", publisher), expected);
    }

    /** Sends a request that must be answered with that status, and returns the body as text. */
    String sent(String method, String path, Optional<JsonObject> body, int status) {
        HttpResponse<String> response = exchange(
                method,
                path,
                "application/json",
                body.map(json -> BodyPublishers.ofString(json.toString())).orElseGet(BodyPublishers::noBody));
        if (response.statusCode() != status) {
            throw new AssertionError("The server answered " + response.statusCode() + ": " + response.body());
        }
        return response.body();
    }

    private static JsonObject parsed(HttpResponse<String> response, int... expected) {
        if (IntStream.of(expected).noneMatch(status -> status == response.statusCode())) {
            throw new AssertionError("The server answered " + response.statusCode() + ": " + response.body());
        }
        return response.body().isEmpty() ? JsonObject.EMPTY : (JsonObject) JsonValue.parse(response.body());
    }

    private HttpResponse<String> exchange(String method, String path, String type, BodyPublisher body) {
        HttpRequest.Builder request = request(path).method(method, body);
        return sent(type.isEmpty() ? request : request.header("Content-Type", type));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address.resolve(path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + key)
                .header("AgentOS-Tenant", "default");
    }

    private HttpResponse<String> sent(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        client.close();
        stop(process);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void stop(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
