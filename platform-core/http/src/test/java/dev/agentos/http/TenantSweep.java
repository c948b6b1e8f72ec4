package dev.agentos.http;

import dev.agentos.http.GeneratedRequests.Made;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.Scope;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Calls every route of the API's description that takes ids with the ids of one tenant and the key of another, and
 * compares the answers with those to ids that nobody has. Bodies fit the description, so that it is the id that is
 * answered. A new route joins by itself.
 */
final class TenantSweep {

    /** Places of words that there are, and not of names: nothing is told by another one. */
    private static final Set<String> WORDS = Set.of(
            "/api/v1/kill-switches",
            "/api/v1/rate-limits",
            "/api/v1/concurrency-limits",
            "/api/v1/retention",
            "/api/v1/executions/{id}/checkpoints");

    private final URI server;
    private final String key;
    private final Map<String, String> owned;
    private final HttpClient client = HttpClient.newHttpClient();
    private final JsonObject document;
    private final GeneratedRequests requests;

    /**
     * A sweep of a server.
     *
     * @param server its address
     * @param foreignKey a key of the tenant that owns none of the ids
     * @param owned ids of the other tenant by the path before them, as in {@code /api/v1/executions} to {@code exe_…}
     */
    TenantSweep(URI server, String foreignKey, Map<String, String> owned) throws IOException, InterruptedException {
        this.server = server;
        this.key = foreignKey;
        this.owned = owned;
        this.document = Json.parseObject(client.send(
                        HttpRequest.newBuilder(server.resolve("/openapi.json")).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body());
        this.requests = new GeneratedRequests(document, new Random(1));
    }

    /**
     * What a route answered.
     *
     * @param route method and path of the description
     * @param foreign status and code for another tenant's id
     * @param random status and code for an id that nobody has
     * @param platform whether only administrators of the platform may use it
     */
    record Finding(String route, String foreign, String random, boolean platform) {
        /** Whether the route tells nothing of another tenant. */
        boolean tight() {
            return foreign.equals(random) && (foreign.startsWith("4") || ownName());
        }

        /**
         * Whether it was the id that was answered, and not the body: nobody of the tenant has it, or has the right to
         * look, or it is a name, under which each tenant puts its own.
         */
        boolean reached() {
            return foreign.startsWith("404 ") || foreign.equals("403 tenancy:SCOPE_MISSING") && platform || ownName();
        }

        private boolean ownName() {
            return route.startsWith("PUT ") && foreign.startsWith("200 ");
        }
    }

    private record Route(String method, String path, JsonObject described) {
        boolean platform() {
            return described.array("x-scopes").orElse(JsonArray.EMPTY).items().stream()
                    .map(scope -> Scope.ofWord(((JsonString) scope).value()).orElseThrow())
                    .anyMatch(Scope::platform);
        }
    }

    private List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        document.object("paths")
                .orElseThrow()
                .members()
                .forEach((path, item) -> ((JsonObject) item)
                        .members()
                        .forEach((method, described) ->
                                routes.add(new Route(method.toUpperCase(Locale.ROOT), path, (JsonObject) described))));
        return routes;
    }

    /** Paths for which no ids were given, of those that tenants may use. */
    List<String> unfilled() {
        return routes().stream()
                .filter(route -> !route.platform())
                .map(Route::path)
                .distinct()
                .filter(path -> !GeneratedRequests.places(path).stream().allMatch(owned::containsKey))
                .toList();
    }

    /** Calls all routes that can be filled. */
    List<Finding> run() throws IOException, InterruptedException {
        List<String> unfilled = unfilled();
        List<Finding> findings = new ArrayList<>();
        List<Route> putLast = routes().stream()
                .filter(route -> route.path().contains("{") && !unfilled.contains(route.path()))
                .sorted(Comparator.comparing(route -> route.method().equals("PUT")))
                .toList();
        for (Route route : putLast) {
            Made made = requests.next(route.method(), route.path(), route.described(), true);
            String query = made.path().replaceFirst("^[^?]*", "");
            findings.add(new Finding(
                    route.method() + " " + route.path(),
                    call(made, filled(route, owned) + query),
                    call(made, filled(route, changed()) + query),
                    route.platform()));
        }
        return findings;
    }

    /** What the owner sees of its things and of lists of them, by path. */
    Map<String, String> seenBy(String ownersKey) throws IOException, InterruptedException {
        List<String> unfilled = unfilled();
        Map<String, String> seen = new TreeMap<>();
        for (Route route : routes()) {
            boolean shown = route.path().contains("{") || owned.containsKey(route.path());
            if (route.method().equals("GET") && shown && !route.platform() && !unfilled.contains(route.path())) {
                HttpResponse<String> answer = send(HttpRequest.newBuilder(server.resolve(filled(route, owned)))
                        .header("Authorization", "Bearer " + ownersKey));
                seen.put(route.path(), answer.statusCode() + " " + answer.body());
            }
        }
        return seen;
    }

    private String call(Made made, String path) throws IOException, InterruptedException {
        HttpResponse<String> response = send(made.request(server.resolve(path), key));
        List<String> missing = GuardingHeaders.missing(response);
        if (!missing.isEmpty()) {
            return response.statusCode() + " without " + missing;
        }
        String type = response.headers().firstValue("Content-Type").orElse("");
        String code = type.endsWith("json")
                ? Json.parseObject(response.body()).text("code").orElse("")
                : "";
        return response.statusCode() + " " + code;
    }

    /** The path with ids; those of the platform's own things matter to nobody, since no tenant gets so far. */
    private static String filled(Route route, Map<String, String> ids) {
        Map<String, String> segments = new LinkedHashMap<>(ids);
        GeneratedRequests.places(route.path()).forEach(place -> segments.putIfAbsent(place, "any"));
        return GeneratedRequests.filled(route.path(), segments);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private Map<String, String> changed() {
        Map<String, String> changed = new LinkedHashMap<>();
        owned.forEach((place, id) -> changed.put(
                place, WORDS.contains(place) ? id : id.substring(0, id.length() - 1) + (id.endsWith("z") ? "y" : "z")));
        return changed;
    }
}
