package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TenantSweepTest {

    @Test
    void noRouteTellsOfAnotherTenant() throws Exception {
        try (TestServer app = new TestServer()) {
            String graph = TestServer.json(app.post(app.acmeKey, "/api/v1/graphs", ExecutionApiTest.GREET))
                    .text("id")
                    .orElseThrow();
            String execution = TestServer.json(app.post(
                            app.acmeKey,
                            "/api/v1/executions",
                            "{\"graph\":\"greet\",\"session\":\"ours\",\"input\":{\"name\":\"x\"}}",
                            "Prefer",
                            "wait=20"))
                    .text("id")
                    .orElseThrow();
            String key = app.apiKeys.authenticate(app.acmeKey).orElseThrow().id();
            String user = TestServer.json(app.post(
                            app.acmeKey,
                            "/api/v1/users",
                            "{\"name\":\"r\",\"kind\":\"SERVICE\",\"roles\":[\"viewer\"]}"))
                    .text("id")
                    .orElseThrow();
            app.put(app.acmeKey, "/api/v1/roles/ours", "{\"scopes\":[\"graphs:read\"]}");
            app.put(app.acmeKey, "/api/v1/groups/ours", "{\"roles\":[\"ours\"],\"members\":[\"" + user + "\"]}");
            List<TenantSweep.Finding> findings = new TenantSweep(app.server.address(), app.umbrellaKey)
                    .run(Map.of(
                            "graphs",
                            graph,
                            "executions",
                            execution,
                            "sessions",
                            "ours",
                            "users",
                            user,
                            "roles",
                            "ours",
                            "groups",
                            "ours",
                            "api-keys",
                            key,
                            "tenants",
                            app.acme.id().value()));
            assertThat(findings)
                    .extracting(TenantSweep.Finding::route)
                    .contains(
                            "GET /api/v1/groups/{name}",
                            "DELETE /api/v1/groups/{name}",
                            "GET /api/v1/sessions/{id}",
                            "DELETE /api/v1/sessions/{id}");
            assertThat(findings).hasSizeGreaterThan(15).allMatch(TenantSweep.Finding::tight);
            assertThat(app.get(app.acmeKey, "/api/v1/graphs/" + graph).statusCode())
                    .isEqualTo(200);
        }
    }
}
