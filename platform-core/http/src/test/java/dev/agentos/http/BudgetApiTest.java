package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.limits.Budgets;
import dev.agentos.limits.Spender;
import dev.agentos.spi.Usage;
import dev.agentos.tenancy.Tenant;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class BudgetApiTest {

    private static final TestServer APP = new TestServer();
    private static final String TOKENS = "{\"scope\": \"tenant\", \"limit\": {\"tokens\": 1000}, \"period\": \"day\"}";

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

    private static void use(Tenant tenant, String model, String execution, int input, int output) {
        Budgets budgets = APP.limits.budgets();
        Spender spender = new Spender(tenant.id(), Optional.of("key_1"), Optional.of("p/a"), Optional.of(execution));
        budgets.settle(
                budgets.reserve(spender, model, () -> input, Optional.of(output)), new Usage(input, output), false);
    }

    @Test
    void aBudgetIsSetShownChangedAndRemovedByItsTenantOnly() {
        HttpResponse<String> set = put(APP.acmeKey, "/budgets/tokens", TOKENS);
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
        String seen = TestServer.tag(set);
        assertThat(TestServer.json(set).text("changedByName")).contains("acme");
        use(APP.acme, "local/x", "exe_x", 300, 550);
        assertThat(get(APP.acmeKey, "/budgets/tokens").body())
                .contains("\"spent\":{\"tokens\":850}", "\"remaining\":{\"tokens\":150}", "\"warned\":true");
        assertThat(get(APP.umbrellaKey, "/budgets/tokens").statusCode()).isEqualTo(404);
        assertThat(get(APP.umbrellaKey, "/budgets").body()).contains("\"items\":[]");
        assertThat(get(APP.acmeKey, "/budgets").body()).contains("\"name\":\"tokens\"");

        String more = TOKENS.replace("1000", "5000");
        assertThat(put(APP.acmeKey, "/budgets/tokens", more).statusCode()).isEqualTo(428);
        assertThat(put(APP.acmeKey, "/budgets/tokens", more, "If-Match", "\"7\"")
                        .statusCode())
                .isEqualTo(412);
        assertThat(put(APP.acmeKey, "/budgets/tokens", more.replace("\"day\"", "\"month\""), "If-Match", seen)
                        .body())
                .as("what it has counted would mean something else")
                .contains("limits:INVALID_BUDGET");
        HttpResponse<String> raised = put(APP.acmeKey, "/budgets/tokens", more, "If-Match", seen);
        assertThat(raised.body()).contains("\"remaining\":{\"tokens\":4150}", "\"warned\":false");
        assertThat(delete(APP.umbrellaKey, "/budgets/tokens", "If-Match", "*").statusCode())
                .isEqualTo(404);
        assertThat(delete(APP.acmeKey, "/budgets/tokens").statusCode()).isEqualTo(428);
        assertThat(delete(APP.acmeKey, "/budgets/tokens", "If-Match", TestServer.tag(raised))
                        .statusCode())
                .isEqualTo(204);
        put(APP.acmeKey, "/budgets/tokens", TOKENS);
        assertThat(delete(APP.acmeKey, "/budgets/tokens", "If-Match", seen).statusCode())
                .as("another one of the same name")
                .isEqualTo(412);
        assertThat(delete(APP.acmeKey, "/budgets/tokens", "If-Match", "*").statusCode())
                .isEqualTo(204);
        assertThat(get(APP.acmeKey, "/budgets/tokens").body()).contains("limits:UNKNOWN_BUDGET");
    }

    @Test
    void whatAnAdministratorOfThePlatformHasSetATenantLeavesAsItIs() {
        assertThat(put(APP.adminKey, "/budgets/cap", TOKENS).body()).contains("tenancy:TENANT_REQUIRED");
        assertThat(put(APP.adminKey, "/budgets/cap", TOKENS, "AgentOS-Tenant", "umbrella")
                        .body())
                .contains("\"setByPlatform\":true");
        HttpResponse<String> refused = put(APP.umbrellaKey, "/budgets/cap", TOKENS, "If-Match", "*");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("limits:SET_BY_PLATFORM");
        assertThat(delete(APP.umbrellaKey, "/budgets/cap", "If-Match", "*").statusCode())
                .isEqualTo(403);
        assertThat(delete(APP.adminKey, "/budgets/cap", "If-Match", "*", "AgentOS-Tenant", "umbrella")
                        .statusCode())
                .isEqualTo(204);
    }

    @Test
    void aBudgetMayLetPeopleDecideUntilItIsSetAnew() {
        String asking = TOKENS.replace("\"day\"", "\"day\", \"override\": \"approval\"");
        assertThat(put(APP.acmeKey, "/budgets/asking", asking).body()).contains("\"override\":\"approval\"");
        use(APP.acme, "local/x", "exe_y", 1, 1);
        assertThat(get(APP.acmeKey, "/budgets/asking").body())
                .contains("\"override\":\"approval\"", "\"granted\":{\"tokens\":0}");
        assertThat(put(APP.acmeKey, "/budgets/asking", TOKENS, "If-Match", "*").body())
                .doesNotContain("override");
        delete(APP.acmeKey, "/budgets/asking", "If-Match", "*");
    }

    @Test
    void whatCannotBeABudgetIsRefused() {
        for (String wrong : List.of(
                "{}",
                TOKENS.replace("1000", "0"),
                TOKENS.replace("1000", "1.5"),
                TOKENS.replace("1000", "1e999999999"),
                TOKENS.replace("1000", "\"1000\""),
                TOKENS.replace("\"tokens\": 1000", "\"amount\": \"5\""),
                TOKENS.replace("\"tokens\": 1000", "\"tokens\": 1, \"amount\": \"5\", \"currency\": \"USD\""),
                TOKENS.replace("\"tokens\": 1000", "\"amount\": \"-5\", \"currency\": \"USD\""),
                TOKENS.replace("\"tokens\": 1000", "\"amount\": \"5\", \"currency\": \"usd\""),
                TOKENS.replace("day", "week"),
                TOKENS.replace("day", "execution"),
                TOKENS.replace("\"day\"", "\"day\", \"subject\": \"x\""),
                TOKENS.replace("\"day\"", "\"day\", \"warnAt\": 2"),
                TOKENS.replace("\"day\"", "\"day\", \"warnAt\": 1e-999999999"),
                TOKENS.replace("\"day\"", "\"day\", \"override\": \"always\""),
                TOKENS.replace("\"day\"", "\"day\", \"override\": \"approval\", \"enforced\": false"),
                TOKENS.replace("\"day\"", "\"day\", \"surprise\": 2"))) {
            HttpResponse<String> answer = put(APP.acmeKey, "/budgets/wrong", wrong);
            assertThat(answer.statusCode()).as(wrong + " " + answer.body()).isEqualTo(400);
        }
        assertThat(put(APP.acmeKey, "/budgets/Wrong%20name", TOKENS).statusCode())
                .isEqualTo(400);
    }

    @Test
    void pricesAreThePlatformsAndKeepTheirHistory() {
        String price = "{\"input\": \"1.5\", \"output\": \"3\", \"currency\": \"EUR\", \"maxOutputTokens\": 500}";
        assertThat(put(APP.acmeKey, "/prices/shop/large", price).statusCode()).isEqualTo(403);
        assertThat(put(APP.adminKey, "/prices/shop/large", price).body())
                .contains("\"input\":\"1.5\"", "\"removed\":false");
        assertThat(put(APP.adminKey, "/prices/shop/*", price.replace("1.5", "1"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(get(APP.adminKey, "/prices").body())
                .contains("\"model\":\"shop/large\"", "\"model\":\"shop/*\"", "\"model\":\"local/*\"");
        assertThat(get(APP.adminKey, "/prices/shop/large").body()).contains("\"output\":\"3\"");
        assertThat(delete(APP.adminKey, "/prices/shop/large", "If-Match", "\"1\"")
                        .statusCode())
                .isEqualTo(204);
        assertThat(get(APP.adminKey, "/prices").body()).doesNotContain("\"model\":\"shop/large\"");
        assertThat(get(APP.adminKey, "/prices/shop/large").body()).contains("\"removed\":true", "\"removed\":false");
        assertThat(get(APP.adminKey, "/prices/shop/none").statusCode()).isEqualTo(404);
        for (String wrong : List.of("1,5", "-1", "1e5", "", "9999999999", "0.00000001")) {
            assertThat(put(APP.adminKey, "/prices/shop/x", price.replace("1.5", wrong))
                            .statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(put(APP.adminKey, "/prices/shop", price).statusCode()).isEqualTo(400);
    }

    @Test
    void usageIsSummedByWhatIsAskedFor() {
        APP.post(APP.acmeKey, "/api/v1/graphs", ExecutionApiTest.GREET);
        String execution = TestServer.json(APP.post(
                        APP.acmeKey,
                        "/api/v1/executions",
                        "{\"graph\":\"greet\",\"input\":{\"name\":\"x\"}}",
                        "Prefer",
                        "wait=20"))
                .text("id")
                .orElseThrow();
        use(APP.acme, "openai/gpt-4o", execution, 1_000_000, 1000);
        use(APP.acme, "strange/m", execution, 1, 2);
        assertThat(get(APP.acmeKey, "/executions/" + execution + "/cost").body())
                .contains(
                        "\"calls\":2",
                        "\"unpricedCalls\":1",
                        "{\"amount\":\"2.51\",\"currency\":\"USD\"}",
                        "\"model\":\"strange/m\"");
        assertThat(get(APP.umbrellaKey, "/executions/" + execution + "/cost").statusCode())
                .isEqualTo(404);
        assertThat(get(APP.acmeKey, "/usage?by=key,agent").body()).contains("\"key\":\"key_1\"", "\"agent\":\"p/a\"");
        assertThat(get(APP.acmeKey, "/usage").body()).contains("\"model\":\"openai/gpt-4o\"");
        assertThat(get(APP.umbrellaKey, "/usage").body()).contains("\"items\":[]");
        for (String wrong : List.of("by=color", "from=yesterday", "from=2020-01-01", "from=2030-01-02&to=2030-01-01")) {
            assertThat(get(APP.acmeKey, "/usage?" + wrong).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
    }
}
