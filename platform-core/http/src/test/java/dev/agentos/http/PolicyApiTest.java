package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class PolicyApiTest {

    private static final TestServer APP = new TestServer();
    private static final String PATH = "/api/v1/policies/";
    private static final String NO_MAIL = """
        {"rules": [{"id": "no-mail", "point": "tool", "scope": {"tool": "mail.*"}, "effect": "DENY",
                    "reason": "No mail from here.", "when": "tool.arguments.to.endsWith('.example')"}]}\
        """;

    @AfterAll
    static void close() {
        APP.close();
    }

    private static HttpResponse<String> put(String key, String name, String body, String... headers) {
        return APP.send(APP.request(key, PATH + name)
                .header("Content-Type", "application/json")
                .headers(headers.length == 0 ? new String[] {"Accept", "application/json"} : headers)
                .PUT(java.net.http.HttpRequest.BodyPublishers.ofString(body)));
    }

    private static JsonObject evaluated(String key, String to) {
        HttpResponse<String> answer = APP.post(key, PATH + "evaluate", """
            {"point": "tool", "values": {"tool": {"name": "mail.send", "arguments": {"to": "%s"}}}}\
            """.formatted(to));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer);
    }

    @Test
    void aPolicyIsWrittenReadEvaluatedChangedRolledBackAndRemoved() {
        HttpResponse<String> written = put(APP.acmeKey, "mail", NO_MAIL);
        assertThat(written.statusCode()).as(written.body()).isEqualTo(200);
        assertThat(written.headers().firstValue("ETag")).contains("\"1\"");
        assertThat(TestServer.json(written).text("changedByName")).contains("acme");
        assertThat(evaluated(APP.acmeKey, "a@b.example").text("effect")).contains("DENY");
        assertThat(evaluated(APP.acmeKey, "a@b.example")
                        .object("deciding")
                        .orElseThrow()
                        .object("values"))
                .contains(JsonObject.of("tool.arguments.to", "a@b.example"));
        assertThat(evaluated(APP.acmeKey, "a@b.org").text("effect")).contains("ALLOW");
        assertThat(evaluated(APP.umbrellaKey, "a@b.example").text("effect")).contains("ALLOW");
        assertThat(APP.get(APP.umbrellaKey, PATH + "mail").statusCode()).isEqualTo(404);

        assertThat(put(APP.acmeKey, "mail", "{\"rules\": []}").statusCode()).isEqualTo(428);
        assertThat(put(APP.acmeKey, "mail", "{\"rules\": []}", "If-Match", "\"7\"")
                        .statusCode())
                .isEqualTo(412);
        assertThat(put(APP.acmeKey, "mail", "{\"rules\": [], \"dryRun\": true}").statusCode())
                .isEqualTo(200);
        assertThat(evaluated(APP.acmeKey, "a@b.example").text("effect")).contains("DENY");
        assertThat(put(APP.acmeKey, "mail", "{\"rules\": [], \"note\": \"too strict\"}", "If-Match", "\"1\"")
                        .statusCode())
                .isEqualTo(200);
        assertThat(evaluated(APP.acmeKey, "a@b.example").text("effect")).contains("ALLOW");

        HttpResponse<String> back = APP.post(APP.acmeKey, PATH + "mail/rollback", "{\"version\": 1}");
        assertThat(back.body()).contains("\"version\":3");
        assertThat(evaluated(APP.acmeKey, "a@b.example").text("effect")).contains("DENY");
        assertThat(TestServer.json(APP.get(APP.acmeKey, PATH + "mail/versions"))
                        .array("items")
                        .orElseThrow()
                        .size())
                .isEqualTo(3);
        assertThat(APP.send(APP.request(APP.acmeKey, PATH + "mail").DELETE()).statusCode())
                .isEqualTo(428);
        assertThat(APP.send(APP.request(APP.acmeKey, PATH + "mail")
                                .header("If-Match", "\"3\"")
                                .DELETE())
                        .statusCode())
                .isEqualTo(204);
        assertThat(APP.get(APP.acmeKey, PATH + "mail").statusCode()).isEqualTo(404);
        assertThat(put(APP.acmeKey, "mail", NO_MAIL).headers().firstValue("ETag"))
                .contains("\"5\"");
    }

    @Test
    void thePlatformsRulesBindAllAndATenantCannotSeeOrChangeThem() {
        String rules = NO_MAIL.replace("mail.*", "fax.send").replace("tool.arguments.to.endsWith('.example')", "true");
        assertThat(put(APP.adminKey, "fax", rules).statusCode()).isEqualTo(200);
        HttpResponse<String> answer = APP.post(
                APP.umbrellaKey,
                PATH + "evaluate",
                "{\"point\": \"tool\", \"values\": {\"tool\": {\"name\": \"fax.send\"}}}");
        assertThat(TestServer.json(answer).object("deciding").orElseThrow().text("owner"))
                .contains("platform");
        assertThat(APP.get(APP.umbrellaKey, PATH + "fax").statusCode()).isEqualTo(404);
        assertThat(put(APP.umbrellaKey, "fax", "{\"rules\": []}").statusCode())
                .as("that is the tenant's own policy of the name")
                .isEqualTo(200);
        assertThat(TestServer.json(APP.post(
                                APP.umbrellaKey,
                                PATH + "evaluate",
                                "{\"point\": \"tool\", \"values\": {\"tool\": {\"name\": \"fax.send\"}}}"))
                        .text("effect"))
                .contains("DENY");
    }

    @Test
    void executionsBeyondWhatARuleAllowsAreToldWhenToComeAgain() {
        assertThat(APP.post(APP.umbrellaKey, "/api/v1/graphs", ExecutionApiTest.GREET)
                        .statusCode())
                .isEqualTo(201);
        assertThat(put(APP.umbrellaKey, "starts", """
            {"rules": [{"id": "starts", "point": "admission", "effect": "LIMIT", "reason": "One is enough.",
             "limit": {"requests": 1, "per": "PT1H", "by": "principal"}}]}\
            """).statusCode()).isEqualTo(200);
        String start = "{\"graph\": \"greet\", \"input\": {\"name\": \"Ada\"}}";
        assertThat(APP.post(APP.umbrellaKey, "/api/v1/executions", start).statusCode())
                .isLessThan(300);
        HttpResponse<String> refused = APP.post(APP.umbrellaKey, "/api/v1/executions", start);
        ApiTest.assertProblem(refused, 429, "limits:RATE_LIMITED");
        assertThat(refused.body()).contains("One is enough.");
        assertThat(refused.headers().firstValue("Retry-After").orElse("")).matches("3[56]\\d\\d");
        assertThat(refused.headers().firstValue("RateLimit-Policy")).contains("\"starts\";q=1;w=3600");
        assertThat(refused.headers().firstValue("RateLimit").orElse("")).startsWith("\"starts\";r=0;t=3");
        assertThat(APP.send(APP.request(APP.umbrellaKey, PATH + "starts")
                                .header("If-Match", "\"1\"")
                                .DELETE())
                        .statusCode())
                .isEqualTo(204);
    }

    @Test
    void aCandidateIsTriedWithoutBeingKept() {
        HttpResponse<String> answer = APP.post(APP.acmeKey, PATH + "evaluate", """
            {"point": "model", "values": {"model": {"name": "x/y", "provider": "x"}}, "policy": {"rules": [
             {"id": "no-x", "point": "model", "effect": "DENY", "reason": "r", "when": "model.provider == 'x'"}]}}\
            """);
        assertThat(TestServer.json(answer).text("effect")).contains("DENY");
        assertThat(APP.get(APP.acmeKey, PATH + "candidate").statusCode()).isEqualTo(404);
    }

    @Test
    void checksOfACandidateAreMadeOfWhatIsGiven() {
        String question = """
            {"point": "output", "values": {"output": {"kind": "model", "text": "%s"}}, "runJudges": %s,
             "policy": {"rules": [{"id": "short", "point": "output", "effect": "DENY", "reason": "Be short.",
              "check": {"expression": "output.text.size() < 5", "judge": {"model": "no/body", "question": "Good?"}}}]}}\
            """;
        JsonObject failed =
                TestServer.json(APP.post(APP.acmeKey, PATH + "evaluate", question.formatted("too long", false)));
        assertThat(failed.toString()).contains("\"outcome\":\"FAILED\",\"detail\":\"the expression does not hold\"");
        JsonObject open = TestServer.json(APP.post(APP.acmeKey, PATH + "evaluate", question.formatted("yes", false)));
        assertThat(open.text("effect")).contains("DENY");
        assertThat(open.toString()).contains("\"outcome\":\"NOT_MADE\"");
        JsonObject asked = TestServer.json(APP.post(APP.acmeKey, PATH + "evaluate", question.formatted("yes", true)));
        assertThat(asked.toString()).contains("the judge no/body could not be asked: model:UNKNOWN_MODEL");

        String reader = APP.key(Optional.of(APP.acme.id()), "reader", Set.of(Scope.POLICIES_READ));
        assertThat(APP.post(reader, PATH + "evaluate", question.formatted("yes", false))
                        .statusCode())
                .isEqualTo(200);
        ApiTest.assertProblem(
                APP.post(reader, PATH + "evaluate", question.formatted("yes", true)), 403, "tenancy:SCOPE_MISSING");
        HttpResponse<String> nobody = APP.post(APP.adminKey, PATH + "evaluate", question.formatted("yes", true));
        assertThat(nobody.statusCode()).isEqualTo(400);
        assertThat(nobody.body()).contains("/runJudges");
    }

    @Test
    void aRuleThatOnlyARegistryAsksIsRefusedAndCanBeTried() {
        String rules = "{\"rules\": [{\"id\": \"look\", \"point\": \"publish\", \"effect\": \"DENY\","
                + " \"reason\": \"Look twice.\"}]}";
        for (String key : new String[] {APP.adminKey, APP.acmeKey}) {
            HttpResponse<String> refused = put(key, "release", rules);
            ApiTest.assertProblem(refused, 400, "policy:INVALID_POLICY");
            assertThat(refused.body()).contains("/rules/0/point", "Rule 'look'", "registry --policy FILE");
            assertThat(APP.get(key, PATH + "release").statusCode()).isEqualTo(404);
            HttpResponse<String> tried = APP.post(
                    key, PATH + "evaluate", "{\"point\": \"publish\", \"values\": {}, \"policy\": " + rules + "}");
            assertThat(TestServer.json(tried).text("effect")).contains("DENY");
        }
    }

    @Test
    void whatIsWrongIsNamedWithItsPlace() {
        HttpResponse<String> answer = put(APP.acmeKey, "bad", NO_MAIL.replace("tool.arguments", "tool.argments"));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("/rules/0/when", "argments", "policy:INVALID_POLICY");
        assertThat(put(APP.acmeKey, "Bad", "{\"rules\": []}").statusCode()).isEqualTo(400);
        assertThat(APP.post(APP.acmeKey, PATH + "evaluate", "{\"point\": \"moon\"}")
                        .statusCode())
                .isEqualTo(400);
        HttpResponse<String> values = APP.post(
                APP.acmeKey, PATH + "evaluate", "{\"point\": \"tool\", \"values\": {\"tol\": 3, \"agent\": 3}}");
        assertThat(values.body()).contains("/values/tol", "/values/agent");
    }
}
