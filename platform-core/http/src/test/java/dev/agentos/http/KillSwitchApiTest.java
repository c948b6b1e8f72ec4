package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class KillSwitchApiTest {

    private static final TestServer APP = new TestServer();
    private static final String PATH = "/api/v1/kill-switches";
    private static final String GRAPH = """
        {"metadata":{"name":"nothing"},"channels":{"n":{"type":"integer","reducer":"last"}},
         "nodes":[{"id":"one","type":"transform","config":{"set":{"n":"1"}}}],
         "edges":[{"source":"START","target":"one"},{"source":"one","target":"END"}]}\
        """;

    @AfterAll
    static void close() {
        APP.close();
    }

    private static HttpResponse<String> engage(String key, String target, String... headers) {
        return APP.send(APP.request(key, PATH + "/" + target)
                .header("Content-Type", "application/json")
                .headers(headers.length == 0 ? new String[] {"Accept", "application/json"} : headers)
                .PUT(HttpRequest.BodyPublishers.ofString("{\"reason\": \"Test\"}")));
    }

    private static HttpResponse<String> lift(String key, String target) {
        return APP.delete(key, PATH + "/" + target + "?reason=over");
    }

    private static void code(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(TestServer.json(answer).text("code")).contains(code);
    }

    private static int start(String key, String graph) {
        return APP.post(key, "/api/v1/executions", "{\"graph\":\"" + graph + "\",\"input\":{}}")
                .statusCode();
    }

    private static String graph(String key) {
        return TestServer.json(APP.post(key, "/api/v1/graphs", GRAPH))
                .text("id")
                .orElseThrow();
    }

    @Test
    void aTenantThatIsStoppedIsAnswered423AndOthersAreNotConcerned() {
        String acme = graph(APP.acmeKey);
        String umbrella = graph(APP.umbrellaKey);
        assertThat(start(APP.acmeKey, acme)).isLessThan(300);

        assertThat(engage(APP.acmeKey, "tenant/self").statusCode()).isEqualTo(200);
        assertThat(start(APP.acmeKey, acme)).isEqualTo(423);
        assertThat(start(APP.umbrellaKey, umbrella)).isLessThan(300);
        assertThat(APP.get(APP.umbrellaKey, PATH).body())
                .doesNotContain(APP.acme.id().value());
        code(lift(APP.umbrellaKey, "tenant/" + APP.acme.id()), 404, "tenancy:UNKNOWN_TENANT");
        code(engage(APP.umbrellaKey, "tenant/acme"), 404, "tenancy:UNKNOWN_TENANT");
        code(lift(APP.umbrellaKey, "tenant/self"), 404, "policy:UNKNOWN_KILL_SWITCH");

        assertThat(engage(APP.adminKey, "tenant/acme").statusCode()).isEqualTo(200);
        assertThat(APP.get(APP.acmeKey, PATH).body())
                .as("who it was, unless that is the platform's business")
                .contains("\"byName\":\"acme\"")
                .doesNotContain("\"byName\":\"admin\"");
        assertThat(APP.get(APP.adminKey, PATH).body()).contains("\"byName\":\"admin\"");
        assertThat(lift(APP.acmeKey, "tenant/self").statusCode()).isEqualTo(200);
        assertThat(start(APP.acmeKey, acme)).isEqualTo(423);
        code(lift(APP.acmeKey, "tenant/self"), 403, "policy:KILL_SWITCH_OUT_OF_REACH");
        assertThat(lift(APP.adminKey, "tenant/acme").statusCode()).isEqualTo(200);
        assertThat(start(APP.acmeKey, acme)).isLessThan(300);
        assertThat(
                        TestServer.json(APP.get(APP.acmeKey, PATH + "?state=lifted"))
                                .array("items")
                                .orElseThrow()
                                .items()
                                .stream()
                                .map(JsonObject.class::cast)
                                .filter(one -> one.text("kind").orElseThrow().equals("tenant"))
                                .map(one -> one.text("state").orElseThrow()))
                .containsExactly("LIFTED", "LIFTED");
    }

    @Test
    void thePlatformIsTheAdministratorsAndToolsAreStoppedForWhomTheyAreNamedFor() {
        code(engage(APP.acmeKey, "platform/all"), 403, "policy:KILL_SWITCH_OUT_OF_REACH");
        code(engage(APP.adminKey, "platform/some"), 400, "policy:INVALID_KILL_SWITCH");
        code(engage(APP.adminKey, "platform/all", "AgentOS-Tenant", "acme"), 400, "policy:INVALID_KILL_SWITCH");
        code(engage(APP.adminKey, "graph/one"), 400, "policy:INVALID_KILL_SWITCH");
        code(engage(APP.adminKey, "agent/one"), 400, "policy:INVALID_KILL_SWITCH");
        code(APP.delete(APP.adminKey, PATH + "/tool/mail.send"), 400, "policy:REASON_REQUIRED");
        code(lift(APP.adminKey, "tool/mail.send"), 404, "policy:UNKNOWN_KILL_SWITCH");

        HttpResponse<String> dry = engage(APP.adminKey, "platform/all?dryRun=true");
        assertThat(TestServer.json(dry).text("state")).contains("DRY_RUN");
        assertThat(dry.body()).contains("\"calls\":0");
        assertThat(TestServer.json(APP.get(APP.adminKey, PATH)).array("items").orElseThrow())
                .isEmpty();

        JsonObject own = TestServer.json(engage(APP.acmeKey, "tool/mail.send"));
        assertThat(own.text("tenant")).contains(APP.acme.id().value());
        assertThat(own.text("owner")).contains("tenant");
        JsonObject agent = TestServer.json(engage(APP.adminKey, "agent/pack/agent"));
        assertThat(agent.text("target")).contains("pack/agent");
        assertThat(agent.member("tenant")).isEmpty();
        assertThat(TestServer.json(engage(APP.adminKey, "agent/pack/agent")).text("id"))
                .isEqualTo(agent.text("id"));
        assertThat(APP.get(APP.umbrellaKey, PATH).body()).contains("pack/agent").doesNotContain("mail.send");
        assertThat(lift(APP.adminKey, "agent/pack/agent").statusCode()).isEqualTo(200);
        assertThat(lift(APP.acmeKey, "tool/mail.send").statusCode()).isEqualTo(200);
        assertThat(APP.get(APP.acmeKey, PATH + "?state=some").statusCode()).isEqualTo(400);
    }
}
