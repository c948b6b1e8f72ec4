package dev.agentos.smoketests;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
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

/** The public API as an application sees it, with one credential and, for an administrator, the tenant it acts for. */
record Api(URI address, String key, Optional<String> tenant) {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    /** An answer: its status, its headers, and its body, which is JSON unless empty. */
    record Answer(int status, HttpHeaders headers, String text) {
        JsonObject json() {
            return Json.parseObject(text);
        }

        JsonObject expect(int expected) {
            if (status != expected) {
                throw new AssertionError("Expected " + expected + " but got " + status + ": " + text);
            }
            return text.isEmpty() ? JsonObject.EMPTY : json();
        }
    }

    /** The same credential acting for another tenant. */
    Api forTenant(String name) {
        return new Api(address, key, Optional.of(name));
    }

    Answer get(String path) {
        return send(request(path).GET());
    }

    Answer post(String path, JsonObject body) {
        return send(json(path).POST(BodyPublishers.ofString(Json.write(body))));
    }

    Answer put(String path, JsonObject body, String... headers) {
        HttpRequest.Builder request = json(path).PUT(BodyPublishers.ofString(Json.write(body)));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    Answer delete(String path, String... headers) {
        HttpRequest.Builder request = request(path).DELETE();
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    Answer upload(String path, Path jar) throws IOException {
        return send(
                request(path).header("Content-Type", "application/java-archive").POST(BodyPublishers.ofFile(jar)));
    }

    /** Waits until an operation has ended and returns it. */
    JsonObject finished(JsonObject operation) {
        String path = "/api/v1/operations/" + operation.text("id").orElseThrow();
        return Awaitility.await()
                .atMost(Duration.ofSeconds(180))
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> get(path).expect(200),
                        found -> !found.text("state").orElseThrow().equals("RUNNING"));
    }

    /** Waits until an operation has succeeded. */
    JsonObject succeeded(JsonObject operation) {
        JsonObject finished = finished(operation);
        if (!finished.text("state").orElseThrow().equals("SUCCEEDED")) {
            throw new AssertionError("The operation failed: " + finished);
        }
        return finished;
    }

    /** Installs the latest release of a listing with all it asks for. */
    void install(String listing) {
        succeeded(post("/api/v1/plugins", JsonObject.of("listing", listing, "acceptAll", true, "acceptCritical", true))
                .expect(202));
    }

    /** Waits until an execution is in a terminal state and returns it. */
    JsonObject execution(String id, Duration longest) {
        return Awaitility.await()
                .atMost(longest)
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () -> get("/api/v1/executions/" + id).expect(200),
                        found -> List.of("SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT")
                                .contains(found.text("state").orElseThrow()));
    }

    /** Starts an execution of a graph, and waits for its end. */
    JsonObject executed(String graph, JsonObject input) {
        String id = post("/api/v1/executions", JsonObject.of("graph", graph, "input", input))
                .expect(202)
                .text("id")
                .orElseThrow();
        return execution(id, Duration.ofSeconds(180));
    }

    /** All stored events of an execution. */
    List<JsonObject> events(String id) {
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
            after = events.getLast().number("sequence").orElseThrow().value().longValueExact();
        }
    }

    Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + key);
        return tenant.map(name -> request.header("AgentOS-Tenant", name)).orElse(request);
    }

    private HttpRequest.Builder json(String path) {
        return request(path).header("Content-Type", "application/json");
    }
}
