package dev.agentos.faultlab.harness;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;

/** The public API of one server, with one credential and, for an administrator, the tenant it acts for. */
public record Api(URI address, String key, Optional<String> tenant) {

    static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private static final List<String> ENDS = List.of("SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT");

    /** An answer: its status, its headers and its body. */
    public record Answer(int status, HttpHeaders headers, String text) {

        /** The body, which is JSON. */
        public JsonObject json() {
            return Json.parseObject(text);
        }

        /** The body, if the status is that one. */
        public JsonObject expect(int expected) {
            if (status != expected) {
                throw new AssertionError("Expected " + expected + " but got " + status + ": " + text);
            }
            return text.isEmpty() ? JsonObject.EMPTY : json();
        }

        /** The first header of that name. */
        public Optional<String> header(String name) {
            return headers.firstValue(name);
        }
    }

    /** Reads. */
    public Answer get(String path) {
        return send(request(path).GET());
    }

    /** Sends a body. */
    public Answer post(String path, JsonObject body, String... headers) {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Json.write(body)));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    /** Puts JSON there. */
    public Answer put(String path, JsonObject body, String... headers) {
        HttpRequest.Builder request =
                request(path).header("Content-Type", "application/json").PUT(BodyPublishers.ofString(Json.write(body)));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    /** Installs a plugin from a file with all that it asks for. */
    public void install(Path jar) {
        succeeded(offer("/api/v1/plugins", jar).expect(202));
    }

    /** Sends a plugin's file and consents to all that it asks for. */
    public Answer offer(String path, Path jar) {
        try {
            return send(request(path + "?acceptAll=true&acceptCritical=true")
                    .header("Content-Type", "application/java-archive")
                    .POST(BodyPublishers.ofFile(jar)));
        } catch (FileNotFoundException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks for something to be removed. */
    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    void configure(String plugin, JsonObject configuration) {
        Answer found = get("/api/v1/plugins/" + plugin);
        found.expect(200);
        succeeded(put(
                        "/api/v1/plugins/" + plugin + "/configuration",
                        configuration,
                        "If-Match",
                        found.header("ETag").orElseThrow())
                .expect(202));
    }

    /** Waits for the end of an operation and returns it. */
    public JsonObject finished(JsonObject operation) {
        String path = "/api/v1/operations/" + operation.text("id").orElseThrow();
        return Awaitility.await("operation " + operation)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> get(path).expect(200),
                        found -> !found.text("state").orElseThrow().equals("RUNNING"));
    }

    /** Waits for an operation that has to succeed. */
    public void succeeded(JsonObject operation) {
        JsonObject finished = finished(operation);
        if (!finished.text("state").orElseThrow().equals("SUCCEEDED")) {
            throw new AssertionError("The operation failed: " + finished);
        }
    }

    /** Stores a graph and returns its id. */
    public String deploy(JsonObject graph) {
        return post("/api/v1/graphs", graph).expect(201).text("id").orElseThrow();
    }

    /** The execution as it is now. */
    public JsonObject execution(String id) {
        return get("/api/v1/executions/" + id).expect(200);
    }

    /** Where an execution stands. */
    public String state(String id) {
        return execution(id).text("state").orElseThrow();
    }

    /** Whether a state is one of the ends. */
    public static boolean ended(String state) {
        return ENDS.contains(state);
    }

    /** Waits until an execution has ended and returns it; faults on the way are waited out. */
    public JsonObject end(String id) {
        return until(id, Api::ended);
    }

    /** Waits until an execution has ended or waits for something, and returns it. */
    public JsonObject untilItRests(String id) {
        return until(id, state -> ended(state) || state.equals("WAITING"));
    }

    /** Waits until an execution is in that state and returns it. */
    public JsonObject until(String id, String state) {
        return until(id, state::equals);
    }

    private JsonObject until(String id, java.util.function.Predicate<String> wanted) {
        return Awaitility.await("execution " + id)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptionsMatching(Api::isPassing)
                .until(
                        () -> execution(id),
                        found -> wanted.test(found.text("state").orElseThrow()));
    }

    /** Whether a request failed because a server is down, starting or stopping. */
    static boolean isPassing(Throwable thrown) {
        return thrown instanceof UncheckedIOException
                || (thrown instanceof AssertionError
                        && String.valueOf(thrown.getMessage()).contains("got 503"));
    }

    /** All stored events of an execution. */
    public List<JsonObject> events(String id) {
        List<JsonObject> events = new ArrayList<>();
        long after = 0;
        while (true) {
            JsonArray page = send(request("/api/v1/executions/" + id + "/events?after=" + after)
                            .header("Accept", "application/json")
                            .GET())
                    .expect(200)
                    .array("items")
                    .orElseThrow();
            if (page.size() == 0) {
                return events;
            }
            for (JsonValue event : page) {
                events.add((JsonObject) event);
            }
            after = Events.sequence(events.getLast());
        }
    }

    /** Sends a request; {@link UncheckedIOException} when the connection fails. */
    public Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A request with the credential. */
    public HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + key);
        return tenant.map(name -> request.header("AgentOS-Tenant", name)).orElse(request);
    }
}
