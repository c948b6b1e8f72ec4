package dev.agentos.http;

import dev.agentos.http.GeneratedRequests.Made;
import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Sends made-up requests to every operation of a server's own description, and finds answers that the description does
 * not allow: a fault of the server, a status that is not documented, a body that does not fit its schema, a problem
 * that is none, the inside of the server shown to a client. What was put is deleted again, and is gone then. A new
 * operation joins by itself.
 */
public final class RequestSweep {

    /** Where something is shown after a deletion: the past of what is gone, or what is installed for all tenants. */
    private static final Set<String> KEPT = Set.of(
            "/api/v1/prices/{model}",
            "/api/v1/policies/{name}",
            "/api/v1/tenants/{tenant}/packs/{pack}",
            "/api/v1/tenants/{tenant}/plugins/{plugin}");

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final URI server;
    private final String key;
    private final Optional<String> tenant;
    private final HttpClient client = HttpClient.newHttpClient();
    private final JsonObject document;
    private final JsonObject definitions;
    private final GeneratedRequests requests;
    private final Random random;
    private final List<String> findings = new ArrayList<>();
    private final Map<Integer, Integer> statuses = new TreeMap<>();
    private final Set<String> succeeded = new HashSet<>();
    private String before = "nothing";

    /**
     * A sweep of a server.
     *
     * @param server its address
     * @param key a key that may do everything
     * @param tenant for whom an administrator's key is used
     * @param seed of the choices
     */
    public RequestSweep(URI server, String key, Optional<String> tenant, long seed)
            throws IOException, InterruptedException {
        this.server = server;
        this.key = key;
        this.tenant = tenant;
        this.random = new Random(seed);
        String text = client.send(
                        HttpRequest.newBuilder(server.resolve("/openapi.json")).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        this.document = Json.parseObject(text);
        this.definitions = Json.parseObject(text.replace("#/components/schemas/", "#/$defs/"))
                .object("components")
                .flatMap(components -> components.object("schemas"))
                .orElseThrow();
        this.requests = new GeneratedRequests(document, random);
    }

    /**
     * What came of a sweep.
     *
     * @param findings answers that the description does not allow, with the request; empty when all is well
     * @param statuses how many answers had which status
     * @param succeeded operations that succeeded at least once
     */
    public record Outcome(List<String> findings, Map<Integer, Integer> statuses, Set<String> succeeded) {}

    private record Operation(String method, String path, JsonObject described) {
        String id() {
            return described.text("operationId").orElseThrow();
        }
    }

    /** Lets bodies name something that there is: the value of a member. */
    public RequestSweep knowing(String member, String value) {
        requests.learn(member, value);
        return this;
    }

    /** Fills paths with things that there are. */
    RequestSweep knowing(Map<String, String> places) {
        places.forEach(requests::learn);
        return this;
    }

    /** Sends that many rounds of one request to each operation. */
    public Outcome run(int rounds) throws InterruptedException {
        List<Operation> operations = new ArrayList<>();
        document.object("paths")
                .orElseThrow()
                .members()
                .forEach((path, item) -> ((JsonObject) item)
                        .members()
                        .forEach((verb, described) -> operations.add(
                                new Operation(verb.toUpperCase(Locale.ROOT), path, (JsonObject) described))));
        operations.sort(Comparator.comparing(operation -> operation.method().equals("DELETE")));
        for (int round = 0; round < rounds; round++) {
            for (Operation operation : operations) {
                Made made = requests.next(operation.method(), operation.path(), operation.described(), round == 0);
                Optional<HttpResponse<String>> answer = send(made);
                if (answer.isPresent()) {
                    check(operation, made, answer.get());
                    follow(operation, made, answer.get(), operations);
                }
            }
        }
        return new Outcome(List.copyOf(findings), Map.copyOf(statuses), Set.copyOf(succeeded));
    }

    private Optional<HttpResponse<String>> send(Made made) throws InterruptedException {
        HttpRequest.Builder request =
                made.request(server.resolve(made.path()), key).timeout(PATIENCE);
        if (!made.headers().containsKey("AgentOS-Tenant")) {
            tenant.ifPresent(name -> request.header("AgentOS-Tenant", name));
        }
        try {
            return Optional.of(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
        } catch (HttpTimeoutException e) {
            find(made, "no answer within " + PATIENCE);
            return Optional.empty();
        } catch (IOException e) {
            find(made, "the connection was closed without an answer (" + e.getMessage() + "), behind " + before);
            return Optional.empty();
        } finally {
            before = made.method() + " " + made.path() + " (" + made.about() + ")";
        }
    }

    private void check(Operation operation, Made made, HttpResponse<String> answer) {
        int status = answer.statusCode();
        statuses.merge(status, 1, Integer::sum);
        JsonObject responses = operation.described().object("responses").orElseThrow();
        String type = answer.headers().firstValue("Content-Type").orElse("");
        if (answer.headers().firstValue("X-Injected").isPresent()) {
            find(made, "a header was injected");
        }
        List<String> missing = GuardingHeaders.missing(answer);
        if (!missing.isEmpty()) {
            find(made, status + " without " + missing);
        }
        if (status >= 500) {
            find(made, status + " " + answer.body());
        } else if (status >= 400) {
            checkProblem(made, answer, type);
        } else if (responses.object(String.valueOf(status)).isEmpty()) {
            find(made, "the status " + status + " is not documented");
        } else {
            succeeded.add(operation.id());
            checkContent(made, answer, responses.object(String.valueOf(status)).orElseThrow());
        }
    }

    private void checkContent(Made made, HttpResponse<String> answer, JsonObject described) {
        String type = answer.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
        Optional<JsonObject> media = described.object("content").flatMap(content -> content.object(type));
        if (!answer.body().isEmpty() && media.isEmpty()) {
            find(made, "an answer of the type '" + type + "' is not documented");
        }
        if (type.equals("application/json")) {
            media.flatMap(one -> one.object("schema"))
                    .flatMap(schema -> schema.text("$ref"))
                    .ifPresent(reference -> checkFits(made, reference, answer.body()));
        }
    }

    private void checkProblem(Made made, HttpResponse<String> answer, String type) {
        if (!type.startsWith("application/problem+json")) {
            find(made, answer.statusCode() + " of the type '" + type + "': " + answer.body());
            return;
        }
        checkFits(made, "Problem", answer.body());
        JsonObject problem = Json.parseObject(answer.body());
        if (problem.number("status").map(number -> number.value().intValue()).orElse(0) != answer.statusCode()) {
            find(made, "a problem of another status: " + answer.body());
        }
        if (!problem.text("code").orElse("").matches("[a-z][a-z-]*:[A-Z][A-Z_]*")
                || problem.text("detail").orElse("").isBlank()
                || problem.text("action").orElse("").isBlank()) {
            find(made, "a problem that does not say what to do: " + answer.body());
        }
        if (answer.body()
                .matches("(?s).*(java\\.|Exception|dev\\.agentos|org\\.postgresql|SQLSTATE|\\bat"
                        + " [a-z]+\\.[a-z]+\\.).*")) {
            find(made, "the inside of the server is shown: " + answer.body());
        }
    }

    private void checkFits(Made made, String reference, String body) {
        String name = reference.substring(reference.lastIndexOf('/') + 1);
        JsonObject schema = JsonObject.of("$ref", "#/$defs/" + name, "$defs", definitions);
        try {
            List<?> faults = Schemas.check(schema, Json.parse(body), "");
            if (!faults.isEmpty()) {
                find(made, "the answer does not fit " + name + ": " + faults + " in " + body);
            }
        } catch (AgentOsException e) {
            find(made, "the answer is no JSON: " + e.getMessage() + " in " + body);
        }
    }

    /** Learns ids, and takes away again what was put: what is deleted must be gone. */
    private void follow(Operation operation, Made made, HttpResponse<String> answer, List<Operation> operations)
            throws InterruptedException {
        if (answer.statusCode() / 100 != 2 || operation.method().equals("GET")) {
            return;
        }
        String place = made.path().replaceAll("\\?.*", "");
        if (operation.method().equals("POST")
                && !answer.body().isEmpty()
                && answer.body().startsWith("{")) {
            JsonObject body = Json.parseObject(answer.body());
            body.text("id").ifPresent(id -> requests.learn(operation.path(), id));
        } else if (operation.method().equals("PUT") && !dry(made)) {
            Optional<Operation> deletion = find(operations, "DELETE", operation.path());
            if (deletion.isEmpty()) {
                return;
            }
            boolean why = Json.write(deletion.get().described()).contains("\"reason\"");
            Made undo = new Made(
                    "DELETE",
                    place + (why ? "?reason=over" : ""),
                    Map.of("If-Match", "*"),
                    Optional.empty(),
                    "undo of a PUT");
            Optional<HttpResponse<String>> undone = send(undo);
            if (undone.isPresent() && undone.get().statusCode() >= 300) {
                find(
                        undo,
                        "what was put cannot be deleted: " + undone.get().statusCode() + " "
                                + undone.get().body());
            }
            if (find(operations, "GET", operation.path()).isPresent() && !KEPT.contains(operation.path())) {
                Made look = new Made("GET", place, Map.of(), Optional.empty(), "use after delete");
                send(look)
                        .filter(seen -> seen.statusCode() != 404)
                        .ifPresent(seen -> find(look, "it is still there: " + seen.statusCode()));
            }
        }
    }

    private static boolean dry(Made made) {
        return made.path().contains("dryRun=true")
                || made.body()
                        .map(body -> new String(body, StandardCharsets.UTF_8))
                        .filter(body -> body.contains("\"dryRun\":true"))
                        .isPresent();
    }

    private static Optional<Operation> find(List<Operation> operations, String method, String path) {
        return operations.stream()
                .filter(one -> one.method().equals(method) && one.path().equals(path))
                .findFirst();
    }

    private static String start(String text, int most) {
        return text.substring(0, Math.min(most, text.length()));
    }

    private void find(Made made, String what) {
        String body = made.body()
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElse("");
        findings.add(start(made.method() + " " + made.path(), 200) + " "
                + start(made.headers().toString(), 200) + " " + start(body, 300) + " (" + start(made.about(), 100)
                + "): " + start(what, 600));
    }
}
