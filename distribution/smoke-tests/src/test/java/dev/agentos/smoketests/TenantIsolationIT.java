package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.smoketests.Api.Answer;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tenant B calls every route of the API's own description with every id of tenant A, and gets what it gets for an id
 * that does not exist. A route that is added joins by itself.
 */
class TenantIsolationIT {

    private static final List<String> SCOPES = List.of(
            "executions:read",
            "executions:write",
            "agents:read",
            "graphs:read",
            "graphs:write",
            "packs:read",
            "packs:write",
            "api-keys:read",
            "api-keys:write",
            "marketplace:read");

    @TempDir
    private Path directory;

    @Test
    void oneTenantSeesNothingOfAnother() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory)) {
            Api administrator = server.administrator();
            administrator.install("hello-tool");
            Api a = tenant(server, administrator, "alpha");
            Api b = tenant(server, administrator, "beta");

            String graph = a.post("/api/v1/graphs", Greeting.graph())
                    .expect(201)
                    .text("id")
                    .orElseThrow();
            String execution = a.post(
                            "/api/v1/executions",
                            JsonObject.of("graph", "greet", "input", JsonObject.of("name", "secret-of-alpha")))
                    .expect(202)
                    .text("id")
                    .orElseThrow();
            a.execution(execution, Duration.ofSeconds(20));
            String key = first(a.get("/api/v1/api-keys"), "id");
            String tenant = administrator
                    .get("/api/v1/tenants/alpha")
                    .expect(200)
                    .text("id")
                    .orElseThrow();

            for (String list : List.of("/api/v1/graphs", "/api/v1/executions", "/api/v1/agents")) {
                assertThat(b.get(list).expect(200).array("items").orElseThrow().size())
                        .as(list)
                        .isZero();
            }
            assertThat(b.get("/api/v1/api-keys").text()).doesNotContain(key);

            int swept = sweep(b, List.of(graph, execution, key, tenant, "alpha", "greet"));
            assertThat(swept).isGreaterThan(60);

            // Nothing that B tried has touched what is A's.
            assertThat(a.get("/api/v1/executions/" + execution).expect(200).text("state"))
                    .contains("SUCCEEDED");
            a.get("/api/v1/graphs/" + graph).expect(200);
            assertThat(administrator.get("/api/v1/tenants/alpha").status()).isEqualTo(200);
        }
    }

    /** Calls each route with each id and with one that does not exist; returns how many calls were compared. */
    private static int sweep(Api b, List<String> foreign) {
        JsonObject paths = b.get("/openapi.json").expect(200).object("paths").orElseThrow();
        int swept = 0;
        List<String> leaks = new ArrayList<>();
        for (Map.Entry<String, JsonValue> path : paths.members().entrySet()) {
            if (!path.getKey().contains("{")) {
                continue;
            }
            for (String method : ((JsonObject) path.getValue()).members().keySet()) {
                for (String id : foreign) {
                    Answer theirs = call(b, method, path.getKey().replaceAll("\\{[^}]+}", id));
                    String unknown = id.contains("_") ? id.substring(0, 4) + "0".repeat(26) : "nobody";
                    Answer nobodys = call(b, method, path.getKey().replaceAll("\\{[^}]+}", unknown));
                    swept++;
                    if (theirs.status() != nobodys.status()
                            || theirs.status() / 100 == 2
                            || theirs.text().contains("secret-of-alpha")) {
                        leaks.add(method + " " + path.getKey() + " with " + id + ": " + theirs.status() + " against "
                                + nobodys.status() + " " + theirs.text());
                    }
                }
            }
        }
        assertThat(leaks).isEmpty();
        return swept;
    }

    private static Answer call(Api api, String method, String path) {
        return api.send(api.request(path)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .method(
                        method.toUpperCase(java.util.Locale.ROOT),
                        method.equals("get") || method.equals("delete")
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofString("{}")));
    }

    private static Api tenant(ServerProcess server, Api administrator, String name) {
        administrator.post("/api/v1/tenants", JsonObject.of("name", name)).expect(201);
        JsonArray scopes = new JsonArray(
                SCOPES.stream().map(scope -> (JsonValue) new JsonString(scope)).toList());
        Answer created =
                administrator.forTenant(name).post("/api/v1/api-keys", JsonObject.of("name", "app", "scopes", scopes));
        return server.as(created.expect(201).text("secret").orElseThrow());
    }

    private static String first(Answer list, String member) {
        return ((JsonObject)
                        list.expect(200).array("items").orElseThrow().items().getFirst())
                .text(member)
                .orElseThrow();
    }
}
