package dev.agentos.cli.client;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A server as its public API shows it, seen with one credential. */
public final class ServerClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration RECONNECT_FOR = Duration.ofMinutes(1);
    private static final Duration LONGEST_CLOSING = Duration.ofMillis(300);
    private static final long RECONNECT_PAUSE_MILLIS = 250;
    private static final int NOT_READY = 503;

    private static final Queue<HttpClient> OPEN = new ConcurrentLinkedQueue<>();

    private final HttpClient http;
    private final URI server;
    private final String key;
    private final Optional<String> tenant;
    private final Duration patience;

    public ServerClient(URI server, String key, Optional<String> tenant) {
        this(connections(CONNECT_TIMEOUT), server, key, tenant, REQUEST_TIMEOUT);
    }

    private static HttpClient connections(Duration longest) {
        var http = HttpClient.newBuilder().connectTimeout(longest).build();
        OPEN.add(http);
        return http;
    }

    /**
     * Ends the connections of every client, because this process ends. A virtual machine that exits beside a thread
     * that waits for the network gives it 0.3 s to come back.
     */
    public static void closeAll() {
        OPEN.forEach(HttpClient::shutdownNow);
        try {
            for (var http = OPEN.poll(); http != null; http = OPEN.poll()) {
                http.awaitTermination(LONGEST_CLOSING);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private ServerClient(HttpClient http, URI server, String key, Optional<String> tenant, Duration patience) {
        this.patience = patience;
        this.http = http;
        this.server = server;
        this.key = key;
        this.tenant = tenant;
    }

    public ServerClient withKey(String otherKey) {
        return new ServerClient(http, server, otherKey, Optional.empty(), patience);
    }

    public ServerClient withTenant(String name) {
        return new ServerClient(http, server, key, Optional.of(name), patience);
    }

    /** The same server for who cannot wait: each answer must come within that time. */
    public ServerClient within(Duration longest) {
        return new ServerClient(connections(longest), server, key, tenant, longest);
    }

    public JsonObject get(String path) {
        return body(send(request(path).GET()));
    }

    /** Reads every page of a list. */
    public List<JsonObject> list(String path) {
        var items = new ArrayList<JsonObject>();
        var cursor = Optional.<String>empty();
        do {
            var separator = path.contains("?") ? "&" : "?";
            var page = get(path
                    + cursor.map(value -> separator + "cursor=" + encode(value)).orElse(""));
            for (var item : page.array("items").orElse(JsonArray.EMPTY)) {
                if (item instanceof JsonObject object) {
                    items.add(object);
                }
            }
            cursor = page.text("next");
        } while (cursor.isPresent());
        return items;
    }

    public JsonObject post(String path, JsonValue body) {
        return body(send(json(path).POST(BodyPublishers.ofByteArray(Json.writeBytes(body)))));
    }

    public JsonObject put(String path, JsonValue body) {
        return body(send(json(path).PUT(BodyPublishers.ofByteArray(Json.writeBytes(body)))));
    }

    /** Replaces what has that ETag. */
    public JsonObject put(String path, JsonValue body, String etag) {
        return body(send(json(path).header("If-Match", etag).PUT(BodyPublishers.ofByteArray(Json.writeBytes(body)))));
    }

    /** Puts it in the place of what is there now, if anything is: when somebody changes that meanwhile, it stays. */
    public JsonObject replace(String path, JsonValue body) {
        try {
            return put(path, body, etag(path));
        } catch (ApiException refused) {
            if (refused.status() == 404) {
                return put(path, body);
            }
            throw refused;
        }
    }

    /** Removes what is there now; when somebody changes that meanwhile, it stays. */
    public void remove(String path) {
        delete(path, etag(path));
    }

    /** The ETag of what is there now. */
    public String etag(String path) {
        var response = send(request(path).GET());
        body(response);
        return response.headers().firstValue("ETag").orElse("*");
    }

    public JsonObject delete(String path) {
        return body(send(request(path).DELETE()));
    }

    /** Removes what has that ETag. */
    public JsonObject delete(String path, String etag) {
        return body(send(request(path).header("If-Match", etag).DELETE()));
    }

    /** One page of a list. */
    public List<JsonObject> page(String path) {
        var items = new ArrayList<JsonObject>();
        for (var item : get(path).array("items").orElse(JsonArray.EMPTY)) {
            if (item instanceof JsonObject object) {
                items.add(object);
            }
        }
        return items;
    }

    /** Reads an answer line by line, however long it is. */
    public void lines(String path, Consumer<String> line) {
        try {
            var response = http.send(request(path).GET().timeout(patience).build(), BodyHandlers.ofLines());
            try (var lines = response.body()) {
                if (response.statusCode() >= 400) {
                    throw ApiException.of(response.statusCode(), lines.collect(Collectors.joining("\n")));
                }
                lines.forEach(line);
            }
        } catch (HttpTimeoutException slow) {
            throw new CliException(CliException.TIMEOUT, "The server at " + server + " did not answer in time.");
        } catch (IOException | UncheckedIOException broken) {
            throw new CliException(
                    CliException.UNAVAILABLE,
                    "The server at " + server + " does not answer, or stopped before the end. Try it again.");
        } catch (InterruptedException interrupted) {
            throw interrupted();
        }
    }

    /** Writes an answer into a new file, however long it is; the file is whole or not there. */
    public void download(String path, Path file, String sha256) {
        var part = Optional.<Path>empty();
        try {
            // For its owner alone to read.
            part = Optional.of(Files.createTempFile(file.toAbsolutePath().getParent(), ".agentos", ".part"));
            var response = http.send(request(path).GET().timeout(patience).build(), BodyHandlers.ofInputStream());
            try (var in = response.body()) {
                if (response.statusCode() >= 400) {
                    throw ApiException.of(response.statusCode(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
                }
                var digest = Digests.sha256();
                try (var out = Files.newOutputStream(part.get())) {
                    new DigestInputStream(in, digest).transferTo(out);
                }
                if (!Digests.hex(digest).equals(sha256)) {
                    throw new IOException("it was changed on the way");
                }
            }
            Files.move(part.get(), file);
        } catch (HttpTimeoutException slow) {
            throw new CliException(CliException.TIMEOUT, "The server at " + server + " did not answer in time.");
        } catch (IOException broken) {
            throw new CliException(
                    CliException.UNAVAILABLE,
                    "The file could not be written to " + file + ": " + broken.getMessage() + ". Try it again.");
        } catch (InterruptedException interrupted) {
            throw interrupted();
        } finally {
            part.ifPresent(left -> left.toFile().delete());
        }
    }

    /** Publishes a plugin's JAR in a registry, and returns the release that it became, or the approval it waits for. */
    public static JsonObject publish(URI registry, String token, Path jar) {
        try {
            return ofRegistry(atRegistry(
                    registry,
                    token,
                    "/releases",
                    request -> request.header("Content-Type", "application/java-archive")
                            .POST(BodyPublishers.ofFile(jar))));
        } catch (FileNotFoundException missing) {
            throw new CliException(CliException.USAGE, "There is no file " + jar + ".");
        }
    }

    /** Asks a registry; with something to say, tells it that. */
    public static JsonObject registry(URI registry, String token, String path, Optional<JsonObject> said) {
        try {
            return ofRegistry(atRegistry(
                    registry,
                    token,
                    path,
                    request -> said.isPresent()
                            ? request.POST(BodyPublishers.ofString(Json.write(said.get())))
                            : request.GET()));
        } catch (FileNotFoundException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Saves a file of a registry. */
    public static void download(URI registry, String token, String path, Path target) {
        try {
            Files.write(target, succeeded(atRegistry(registry, token, path, HttpRequest.Builder::GET)));
        } catch (IOException unwritable) {
            throw new CliException(CliException.FAILED, "The file cannot be written: " + unwritable.getMessage() + ".");
        }
    }

    /** What is asked of a registry. */
    private interface Asked {
        HttpRequest.Builder of(HttpRequest.Builder request) throws FileNotFoundException;
    }

    private static JsonObject ofRegistry(HttpResponse<byte[]> answer) {
        return Json.parseObject(new String(succeeded(answer), StandardCharsets.UTF_8));
    }

    private static byte[] succeeded(HttpResponse<byte[]> answer) {
        if (answer.statusCode() >= 400) {
            throw ApiException.ofRegistry(answer.statusCode(), new String(answer.body(), StandardCharsets.UTF_8));
        }
        return answer.body();
    }

    private static HttpResponse<byte[]> atRegistry(URI registry, String token, String path, Asked asked)
            throws FileNotFoundException {
        var address = registry.toString().replaceFirst("/+$", "");
        try (var http = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build()) {
            var request = HttpRequest.newBuilder(URI.create(address + "/v1" + path))
                    .timeout(REQUEST_TIMEOUT)
                    .header("Authorization", "Bearer " + token);
            return http.send(asked.of(request).build(), BodyHandlers.ofByteArray());
        } catch (FileNotFoundException missing) {
            throw missing;
        } catch (IOException unreachable) {
            throw new CliException(
                    CliException.UNAVAILABLE,
                    "No registry answers at " + address + ". Start one with 'agentos registry --publish-token-file'.");
        } catch (InterruptedException interrupted) {
            throw interrupted();
        }
    }

    /** Uploads a plugin's JAR. */
    public JsonObject upload(String path, Path jar) {
        try {
            return body(send(request(path)
                    .header("Content-Type", "application/java-archive")
                    .POST(BodyPublishers.ofFile(jar))));
        } catch (FileNotFoundException missing) {
            throw new CliException(CliException.USAGE, "There is no file " + jar + ".");
        }
    }

    /** Asks whether the server answers a path outside the API with 200. */
    public boolean answers(String path) {
        try {
            var request = HttpRequest.newBuilder(server.resolve(path))
                    .timeout(CONNECT_TIMEOUT)
                    .build();
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException unreachable) {
            return false;
        } catch (InterruptedException interrupted) {
            throw interrupted();
        }
    }

    /**
     * Follows a stream of events until the consumer returns false or the server has closed the stream after a last
     * event. A connection that breaks, or that finds a server which still starts, is made again behind the last event
     * seen, for at most a minute without progress.
     *
     * @param last recognises the event after which the stream ends
     * @return the id of the last event seen
     */
    public String follow(String path, String after, Predicate<ServerEvent> last, Predicate<ServerEvent> consumer) {
        var lastId = after;
        var giveUp = System.nanoTime() + RECONNECT_FOR.toNanos();
        while (true) {
            try {
                var request =
                        request(path).header("Accept", "text/event-stream").GET();
                if (!lastId.isEmpty()) {
                    request.setHeader("Last-Event-ID", lastId);
                }
                var response = http.send(request.build(), BodyHandlers.ofLines());
                try (var lines = response.body()) {
                    if (response.statusCode() == NOT_READY) {
                        throw new IOException("the server is not ready");
                    }
                    if (response.statusCode() != 200) {
                        throw ApiException.of(response.statusCode(), String.join("\n", lines.toList()));
                    }
                    var opened = System.nanoTime();
                    try {
                        var events = new EventReader(lines.iterator(), lastId);
                        while (events.hasNext()) {
                            var event = events.next();
                            lastId = event.id();
                            giveUp = System.nanoTime() + RECONNECT_FOR.toNanos();
                            if (!consumer.test(event) || last.test(event)) {
                                return lastId;
                            }
                        }
                    } finally {
                        giveUp = later(giveUp, opened);
                    }
                }
            } catch (IOException | UncheckedIOException broken) {
                if (System.nanoTime() > giveUp) {
                    throw new CliException(
                            CliException.UNAVAILABLE, "The stream of events broke: " + broken.getMessage());
                }
            } catch (InterruptedException interrupted) {
                throw interrupted();
            }
            if (System.nanoTime() > giveUp) {
                throw new CliException(CliException.TIMEOUT, "No event came for " + RECONNECT_FOR.toSeconds() + " s.");
            }
            pause();
        }
    }

    /** A connection on which nothing happened for long, and that was there all the time, is progress. */
    private static long later(long giveUp, long opened) {
        var now = System.nanoTime();
        return now - opened > RECONNECT_FOR.toNanos() ? now + RECONNECT_FOR.toNanos() : giveUp;
    }

    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HttpRequest.Builder json(String path) {
        return request(path).header("Content-Type", "application/json");
    }

    private HttpRequest.Builder request(String path) {
        var request = HttpRequest.newBuilder(server.resolve("/api/v1" + path)).header("Authorization", "Bearer " + key);
        tenant.ifPresent(name -> request.header("AgentOS-Tenant", name));
        return request;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(patience).build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (HttpTimeoutException slow) {
            throw new CliException(CliException.TIMEOUT, "The server at " + server + " did not answer in time.");
        } catch (IOException unreachable) {
            throw new CliException(
                    CliException.UNAVAILABLE,
                    "No server answers at " + server + ". Start one with 'agentos up', or name another with --server.");
        } catch (InterruptedException interrupted) {
            throw interrupted();
        }
    }

    private static JsonObject body(HttpResponse<String> response) {
        if (response.statusCode() >= 400) {
            throw ApiException.of(response.statusCode(), response.body());
        }
        return response.body().isBlank() ? JsonObject.EMPTY : Json.parseObject(response.body());
    }

    /** Waits a moment before asking again. */
    public static void pause() {
        try {
            Thread.sleep(RECONNECT_PAUSE_MILLIS);
        } catch (InterruptedException interrupted) {
            throw interrupted();
        }
    }

    private static CliException interrupted() {
        Thread.currentThread().interrupt();
        return new CliException(CliException.FAILED, "Interrupted.");
    }
}
