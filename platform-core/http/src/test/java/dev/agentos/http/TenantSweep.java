package dev.agentos.http;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Calls every route of the API's description that takes ids with the ids of one tenant and the key of another, and
 * compares the answers with those to ids that nobody has. A new route joins by itself.
 */
public final class TenantSweep {

    private final URI server;
    private final String key;
    private final HttpClient client = HttpClient.newHttpClient();

    /**
     * A sweep of a server.
     *
     * @param server its address
     * @param foreignKey a key of the tenant that owns none of the ids
     */
    public TenantSweep(URI server, String foreignKey) {
        this.server = server;
        this.key = foreignKey;
    }

    /**
     * What a route answered.
     *
     * @param route method and path of the description
     * @param foreign status and code for another tenant's id
     * @param random status and code for an id that nobody has
     */
    public record Finding(String route, String foreign, String random) {
        /** Whether the route tells nothing of another tenant. */
        public boolean tight() {
            return foreign.equals(random) && !foreign.startsWith("2") && !foreign.startsWith("5");
        }
    }

    /**
     * Calls all routes.
     *
     * @param owned ids of the other tenant by the path's part before them, as in {@code executions} to {@code exe_…}
     */
    public List<Finding> run(Map<String, String> owned) throws IOException, InterruptedException {
        JsonObject document = Json.parseObject(client.send(
                        HttpRequest.newBuilder(server.resolve("/openapi.json")).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body());
        List<Finding> findings = new ArrayList<>();
        for (Map.Entry<String, JsonValue> path :
                document.object("paths").orElseThrow().members().entrySet()) {
            String foreign = filled(path.getKey(), owned);
            if (foreign.equals(path.getKey()) || foreign.contains("{")) {
                continue;
            }
            String random = filled(path.getKey(), Map.copyOf(withLastCharacterChanged(owned)));
            for (Map.Entry<String, JsonValue> operation :
                    ((JsonObject) path.getValue()).members().entrySet()) {
                String method = operation.getKey().toUpperCase(Locale.ROOT);
                JsonObject described = (JsonObject) operation.getValue();
                findings.add(new Finding(
                        method + " " + path.getKey(),
                        call(method, foreign, described),
                        call(method, random, described)));
            }
        }
        return findings;
    }

    private String call(String method, String path, JsonObject operation) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(path))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + key);
        if (operation.object("requestBody").isPresent()) {
            request.header("Content-Type", "application/json")
                    .method(method, HttpRequest.BodyPublishers.ofString("{}"));
        } else {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        }
        for (JsonValue parameter : operation.array("parameters").orElse(JsonArray.EMPTY)) {
            if (((JsonObject) parameter).text("name").filter("If-Match"::equals).isPresent()) {
                request.header("If-Match", "*");
            }
        }
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        String type = response.headers().firstValue("Content-Type").orElse("");
        String code = type.endsWith("json")
                ? Json.parseObject(response.body()).text("code").orElse("")
                : "";
        return response.statusCode() + " " + code;
    }

    private static String filled(String path, Map<String, String> ids) {
        String filled = path;
        for (Map.Entry<String, String> id : ids.entrySet()) {
            filled = filled.replaceFirst("/" + id.getKey() + "/\\{[^}]+}", "/" + id.getKey() + "/" + id.getValue());
        }
        return filled.replace("{number}", "0").replace("{pack}", "no-pack").replace("{agent}", "no-agent");
    }

    private static Map<String, String> withLastCharacterChanged(Map<String, String> ids) {
        Map<String, String> changed = new java.util.HashMap<>();
        ids.forEach((name, id) -> changed.put(name, id.substring(0, id.length() - 1) + (id.endsWith("z") ? "y" : "z")));
        return changed;
    }
}
