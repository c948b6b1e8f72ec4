package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class AllowanceApiTest {

    private static final TestServer APP = new TestServer();
    private static final String DAILY = "{\"scope\": \"tenant\", \"executions\": 100, \"period\": \"day\"}";

    @AfterAll
    static void close() {
        APP.close();
    }

    private static HttpResponse<String> put(String key, String path, String body, String... headers) {
        return APP.put(key, "/api/v1" + path, body, headers);
    }

    private static HttpResponse<String> delete(String key, String path, String... headers) {
        return APP.delete(key, "/api/v1" + path, headers);
    }

    private static HttpResponse<String> get(String key, String path) {
        return APP.get(key, "/api/v1" + path);
    }

    @Test
    void aQuotaIsSetShownChangedAndRemovedByItsTenantOnly() {
        HttpResponse<String> set = put(APP.acmeKey, "/quotas/daily", DAILY);
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
        String seen = TestServer.tag(set);
        assertThat(set.body())
                .contains("\"executions\":100", "\"resetsAt\":\"", "T00:00:00.000000Z\"", "\"windows\":[]");
        assertThat(get(APP.umbrellaKey, "/quotas/daily").body()).contains("quotas:UNKNOWN_QUOTA");
        assertThat(get(APP.umbrellaKey, "/quotas").body()).contains("\"items\":[]");
        assertThat(get(APP.acmeKey, "/quotas").body()).contains("\"name\":\"daily\"");
        String more = DAILY.replace("100", "500");
        assertThat(put(APP.acmeKey, "/quotas/daily", more).statusCode()).isEqualTo(428);
        assertThat(put(APP.acmeKey, "/quotas/daily", more, "If-Match", "\"7\"").statusCode())
                .isEqualTo(412);
        assertThat(put(APP.acmeKey, "/quotas/daily", more.replace("\"day\"", "\"month\""), "If-Match", seen)
                        .body())
                .as("what it has counted would mean something else")
                .contains("quotas:INVALID_QUOTA");
        HttpResponse<String> raised = put(APP.acmeKey, "/quotas/daily", more, "If-Match", seen);
        assertThat(raised.body()).contains("\"executions\":500");
        assertThat(delete(APP.umbrellaKey, "/quotas/daily", "If-Match", "*").statusCode())
                .isEqualTo(404);
        assertThat(delete(APP.acmeKey, "/quotas/daily").statusCode()).isEqualTo(428);
        assertThat(delete(APP.acmeKey, "/quotas/daily", "If-Match", TestServer.tag(raised))
                        .statusCode())
                .isEqualTo(204);
        put(APP.acmeKey, "/quotas/daily", DAILY);
        assertThat(delete(APP.acmeKey, "/quotas/daily", "If-Match", seen).statusCode())
                .as("another one of the same name")
                .isEqualTo(412);
        put(APP.adminKey, "/quotas/cap", DAILY, "AgentOS-Tenant", "umbrella");
        HttpResponse<String> refused = put(APP.umbrellaKey, "/quotas/cap", more, "If-Match", "*");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("quotas:SET_BY_PLATFORM");
    }

    @Test
    void whatCannotBeAQuotaIsRefused() {
        for (String wrong : List.of(
                "{}",
                DAILY.replace("100", "0"),
                DAILY.replace("100", "1.5"),
                DAILY.replace("100", "\"5\""),
                DAILY.replace("100", "2000000000"),
                DAILY.replace("\"day\"", "\"total\""),
                DAILY.replace("\"tenant\"", "\"execution\""),
                DAILY.replace("\"day\"", "\"day\", \"subject\": \"x\""),
                DAILY.replace("\"day\"", "\"day\", \"warnAt\": 2"),
                DAILY.replace("\"day\"", "\"day\", \"surprise\": 2"))) {
            HttpResponse<String> answer = put(APP.acmeKey, "/quotas/wrong", wrong);
            assertThat(answer.statusCode()).as(wrong + " " + answer.body()).isEqualTo(400);
        }
        assertThat(put(APP.acmeKey, "/quotas/Wrong%20name", DAILY).statusCode()).isEqualTo(400);
    }

    @Test
    void whatRunsAtOnceIsThePlatformsToSay() {
        String five = "{\"running\": 5, \"queued\": 10}";
        assertThat(put(APP.acmeKey, "/concurrency-limits/tenant", five).statusCode())
                .isEqualTo(403);
        assertThat(put(APP.adminKey, "/concurrency-limits/tenant", five, "AgentOS-Tenant", "umbrella")
                        .body())
                .contains("\"running\":5", "\"queued\":10");
        assertThat(get(APP.umbrellaKey, "/concurrency-limits").body()).contains("\"scope\":\"tenant\"");
        assertThat(get(APP.acmeKey, "/concurrency-limits").body()).contains("\"items\":[]");
        assertThat(put(APP.adminKey, "/concurrency-limits/agent", five, "AgentOS-Tenant", "umbrella")
                        .body())
                .as("the queue is the tenant's")
                .contains("quotas:INVALID_CONCURRENCY_LIMIT");
        for (String wrong :
                List.of("{}", "{\"running\": 0}", "{\"running\": 1, \"queued\": -1}", "{\"running\": 1e9}")) {
            assertThat(put(APP.adminKey, "/concurrency-limits/agent", wrong, "AgentOS-Tenant", "umbrella")
                            .statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(delete(APP.adminKey, "/concurrency-limits/tenant", "AgentOS-Tenant", "umbrella", "If-Match", "*")
                        .statusCode())
                .isEqualTo(204);
        assertThat(delete(APP.adminKey, "/concurrency-limits/tenant", "AgentOS-Tenant", "umbrella")
                        .body())
                .contains("quotas:UNKNOWN_CONCURRENCY_LIMIT");
    }

    @Test
    void aWeightIsThePlatformsToSay() {
        assertThat(get(APP.acmeKey, "/fair-share").body()).contains("\"weight\":10");
        assertThat(put(APP.acmeKey, "/fair-share", "{\"weight\": 90}").statusCode())
                .isEqualTo(403);
        HttpResponse<String> set =
                put(APP.adminKey, "/fair-share", "{\"weight\": 90}", "AgentOS-Tenant", "acme", "If-Match", "\"0\"");
        assertThat(set.body()).contains("\"weight\":90", "\"changedBy\":");
        assertThat(TestServer.tag(get(APP.acmeKey, "/fair-share"))).isEqualTo(TestServer.tag(set));
        assertThat(put(APP.adminKey, "/fair-share", "{\"weight\": 80}", "AgentOS-Tenant", "acme")
                        .statusCode())
                .isEqualTo(428);
        assertThat(put(APP.adminKey, "/fair-share", "{\"weight\": 80}", "AgentOS-Tenant", "acme", "If-Match", "\"0\"")
                        .body())
                .contains("server:PRECONDITION_FAILED", TestServer.tag(set).replace("\"", "\\\""));
        assertThat(delete(APP.adminKey, "/fair-share/weight", "AgentOS-Tenant", "acme")
                        .statusCode())
                .isEqualTo(428);
        assertThat(get(APP.umbrellaKey, "/fair-share").body()).contains("\"weight\":10");
        assertThat(put(APP.adminKey, "/fair-share", "{\"weight\": 101}", "AgentOS-Tenant", "acme")
                        .statusCode())
                .isEqualTo(400);
        assertThat(delete(APP.adminKey, "/fair-share/weight", "AgentOS-Tenant", "acme", "If-Match", TestServer.tag(set))
                        .statusCode())
                .isEqualTo(204);
        assertThat(get(APP.acmeKey, "/fair-share").body()).contains("\"weight\":10");
    }

    @Test
    void aPlanIsOfferedByThePlatformAndHoldsForItsTenantAtOnce() {
        String free = "{\"features\": [\"graphs\"], \"limits\": {\"executionsPerDay\": 100, \"running\": 2}}";
        assertThat(put(APP.acmeKey, "/plans/free", free).statusCode()).isEqualTo(403);
        assertThat(put(APP.adminKey, "/plans/free", free).body())
                .contains("\"features\":[\"graphs\"]", "\"executionsPerDay\":100", "\"running\":2");
        assertThat(put(APP.adminKey, "/plans/free", free).statusCode()).isEqualTo(428);
        assertThat(get(APP.acmeKey, "/plan").body()).contains("quotas:UNKNOWN_SUBSCRIPTION");
        String reveal = "{\"tokens\": [\"tok_x\"]}";
        assertThat(APP.post(APP.umbrellaKey, "/api/v1/redactions/reveal", reveal)
                        .statusCode())
                .isEqualTo(200);
        assertThat(put(APP.umbrellaKey, "/plan", "{\"plan\": \"free\"}").statusCode())
                .isEqualTo(403);
        assertThat(put(APP.adminKey, "/plan", "{\"plan\": \"free\"}", "AgentOS-Tenant", "umbrella")
                        .body())
                .contains("\"plan\":\"free\"", "\"features\":[\"graphs\"]", "\"own\":{}");
        assertThat(get(APP.acmeKey, "/plan").statusCode()).isEqualTo(404);
        HttpResponse<String> refused = APP.post(APP.umbrellaKey, "/api/v1/redactions/reveal", reveal);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("quotas:NOT_IN_PLAN", "'free'");
        APP.post(APP.umbrellaKey, "/api/v1/graphs", ExecutionApiTest.GREET);
        String start = "{\"graph\": \"greet\", \"input\": {\"name\": \"x\"}, \"session\": \"chat\"}";
        assertThat(APP.post(APP.umbrellaKey, "/api/v1/executions", start).body())
                .contains("quotas:NOT_IN_PLAN", "(sessions)");
        assertThat(delete(APP.adminKey, "/plans/free", "If-Match", "*").body()).contains("quotas:PLAN_IN_USE");
        assertThat(put(
                                APP.adminKey,
                                "/plan",
                                "{\"plan\": \"free\", \"features\": {\"sessions\": true}}",
                                "AgentOS-Tenant",
                                "umbrella",
                                "If-Match",
                                "*")
                        .body())
                .contains("\"features\":[\"sessions\",\"graphs\"]", "\"own\":{\"sessions\":true}");
        assertThat(APP.post(APP.umbrellaKey, "/api/v1/executions", start).statusCode())
                .isEqualTo(202);
        assertThat(delete(APP.adminKey, "/plan", "AgentOS-Tenant", "umbrella", "If-Match", "*")
                        .statusCode())
                .isEqualTo(204);
        assertThat(delete(APP.adminKey, "/plans/free", "If-Match", "*").statusCode())
                .isEqualTo(204);
        for (String wrong : List.of(
                "{}",
                "{\"features\": [\"everything\"]}",
                "{\"features\": [], \"limits\": {\"queued\": 1}}",
                "{\"features\": [], \"limits\": {\"requests\": 1}}",
                "{\"features\": [], \"limits\": {\"weight\": 0}}",
                "{\"features\": [], \"limits\": {\"executionsPerDay\": 0}}",
                "{\"features\": [], \"limits\": {\"surprise\": 1}}")) {
            assertThat(put(APP.adminKey, "/plans/wrong", wrong).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
    }

    @Test
    void aPlanHasBudgetsWhichAreShownAsTheyAreSet() {
        String budget = "{\"limit\":{\"amount\":\"12.5\",\"currency\":\"USD\"},\"period\":\"month\",\"warnAt\":0.8,"
                + "\"enforced\":true,\"override\":\"approval\"}";
        String each = "{\"limit\":{\"tokens\":500},\"period\":\"execution\",\"warnAt\":0.5,\"enforced\":true}";
        String plan = "{\"features\":[],\"limits\":{\"budgets\":[" + budget + "," + each + "]}}";
        HttpResponse<String> set = put(APP.adminKey, "/plans/metered", plan);
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
        assertThat(set.body()).contains("\"budgets\":[" + budget + "," + each + "]");
        for (String wrong : List.of(
                "5",
                "[5]",
                "[{}]",
                "[" + each + "," + each + "]",
                "[" + each.replace("500", "0") + "]",
                "[" + each.replace("execution", "year") + "]",
                "[" + each.replace("\"period\"", "\"scope\":\"agent\",\"period\"") + "]")) {
            HttpResponse<String> answer = put(
                    APP.adminKey,
                    "/plans/metered",
                    "{\"features\":[],\"limits\":{\"budgets\":" + wrong + "}}",
                    "If-Match",
                    "*");
            assertThat(answer.statusCode()).as(wrong + " " + answer.body()).isEqualTo(400);
        }
        assertThat(delete(APP.adminKey, "/plans/metered", "If-Match", "*").statusCode())
                .isEqualTo(204);
    }
}
