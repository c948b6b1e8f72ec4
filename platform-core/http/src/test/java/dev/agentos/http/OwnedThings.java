package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Json;
import dev.agentos.policy.Approval;
import dev.agentos.spi.JsonObject;
import dev.agentos.webhooks.Delivery;
import dev.agentos.webhooks.DeliveryState;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One of everything that a tenant can have, made through the API wherever it has a route for that. A sweep fills the
 * paths of the description with them; a route for whose ids there is nothing here is found by the sweep's test.
 */
final class OwnedThings {

    private static final String API = "/api/v1/";

    private final TestServer app;
    private final Map<String, String> ids = new LinkedHashMap<>();

    private OwnedThings(TestServer app) {
        this.app = app;
    }

    /**
     * Makes them for the tenant {@code acme}.
     *
     * @return ids by the part of a path before them, as in {@code /api/v1/tenants/{tenant}/packs}
     */
    static Map<String, String> make(TestServer app) {
        OwnedThings things = new OwnedThings(app);
        things.people();
        things.work();
        things.rules();
        things.plugins();
        things.kept();
        return Map.copyOf(things.ids);
    }

    private void people() {
        made("users", "{\"name\":\"robot\",\"kind\":\"SERVICE\",\"roles\":[\"viewer\"]}");
        made("api-keys", "{\"name\":\"ours\",\"scopes\":[\"graphs:read\"]}");
        put("roles", "ours", FittingBodies.of("RolePut").orElseThrow());
        put("groups", "ours", FittingBodies.of("GroupPut").orElseThrow());
        ids.put(API + "tenants", app.acme.id().value());
    }

    private void work() {
        made("graphs", SessionApiTest.CHAT);
        String execution = idOf(app.post(
                app.acmeKey,
                API + "sessions/ours/messages",
                Json.write(FittingBodies.of("SessionMessage").orElseThrow()),
                "Prefer",
                "wait=20"));
        ids.put(API + "executions", execution);
        ids.put(API + "executions/{id}/checkpoints", "0");
        ids.put(API + "sessions", "ours");
        Approval approval = ApprovalApiTest.ask(app, execution);
        ids.put(API + "approvals", approval.id());
        app.webhookStore.deliveries.put(
                "msg_ours",
                new Delivery(
                        "msg_ours",
                        app.acme.id(),
                        execution,
                        "https://example.org/hook",
                        DeliveryState.GIVEN_UP,
                        9,
                        Instant.EPOCH,
                        Optional.empty(),
                        Optional.empty()));
        ids.put(API + "webhooks/deliveries", "msg_ours");
    }

    private void rules() {
        put("policies", "ours", FittingBodies.of("PolicyPut").orElseThrow());
        put("budgets", "ours", FittingBodies.of("BudgetPut").orElseThrow());
        put("quotas", "ours", FittingBodies.of("QuotaPut").orElseThrow());
        put("rate-limits", "tenant", FittingBodies.of("RateLimitPut").orElseThrow());
        put(
                "concurrency-limits",
                "tenant",
                FittingBodies.of("ConcurrencyLimitPut").orElseThrow());
        put("retention", "executions", FittingBodies.of("RetentionPut").orElseThrow());
        ids.put(API + "kill-switches", "tool");
        put("kill-switches/{kind}", "bank.pay", JsonObject.of("reason", "A test."));
    }

    private void plugins() {
        app.install("probe-pack", ProbeProtocol.pack());
        ids.put(API + "plugins", "probe-pack");
        ids.put(API + "tenants/{tenant}/plugins", "probe-pack");
        put("tenants/{tenant}/packs", "probe-pack", JsonObject.EMPTY);
        ids.put(API + "agents", "probe-pack");
        ids.put(API + "agents/{pack}", "quick");
    }

    private void kept() {
        made("tenants/{tenant}/exports", "{}");
        awaits("exports", "\"READY\"");
        made("tenants/{tenant}/erasures", "{\"principal\":\"key_gone\"}");
        awaits("erasures", "\"DONE\"");
    }

    private void awaits(String kind, String state) {
        String list = "tenants/{tenant}/" + kind;
        await().atMost(Duration.ofSeconds(20))
                .until(() -> app.get(app.acmeKey, path(list) + "/" + ids.get(API + list))
                        .body()
                        .contains(state));
    }

    private void made(String list, String body) {
        ids.put(API + list, idOf(app.post(app.acmeKey, path(list), body)));
    }

    /** Puts it as the tenant, or where that may not, as an administrator for it. */
    private void put(String list, String name, JsonObject body) {
        String path = path(list) + "/" + name;
        HttpResponse<String> answer = app.put(app.acmeKey, path, Json.write(body));
        if (answer.statusCode() == 403) {
            answer = app.put(app.adminKey, path, Json.write(body), "AgentOS-Tenant", "acme");
        }
        assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isEqualTo(200);
        ids.put(API + list, name);
    }

    /** The list's own path, within what was made already. */
    private String path(String list) {
        return GeneratedRequests.filled(API + list, ids);
    }

    private static String idOf(HttpResponse<String> answer) {
        assertThat(answer.statusCode() / 100).as(answer.body()).isEqualTo(2);
        return TestServer.json(answer).text("id").orElseThrow();
    }
}
