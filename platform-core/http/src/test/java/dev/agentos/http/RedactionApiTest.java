package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.redaction.RedactionMode;
import dev.agentos.redaction.RedactionTerms;
import dev.agentos.redaction.Redactor;
import dev.agentos.tenancy.Scope;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class RedactionApiTest {

    private static final TestServer APP = new TestServer();
    private static final String REVEAL = "/api/v1/redactions/reveal";

    @AfterAll
    static void close() {
        APP.close();
    }

    private static String token() {
        String acme = APP.acme.id().value();
        RedactionTerms terms = new RedactionTerms(List.of("email"), Map.of(), RedactionMode.TOKENISE);
        Redactor redactor = APP.redactions.redactor(acme, List.of(terms)).orElseThrow();
        String text = redactor.text("ann@example.com");
        APP.redactions.keep(acme, redactor);
        return text.substring("[email:".length(), text.length() - 1);
    }

    @Test
    void tellsWhatATokenStandsForToItsTenantOnly() {
        String token = token();
        String body = "{\"tokens\": [\"" + token + "\", \"tok_other\", \"" + token + "\"]}";
        assertThat(APP.post(APP.acmeKey, REVEAL, body).body())
                .isEqualTo("{\"items\":[{\"token\":\"" + token
                        + "\",\"detector\":\"email\",\"value\":\"ann@example.com\"}],\"unknown\":[\"tok_other\"]}");
        assertThat(APP.post(APP.umbrellaKey, REVEAL, body).body())
                .contains("\"items\":[]", token)
                .doesNotContain("ann@");
    }

    @Test
    void whatWasToldIsNotKeptForARequestThatIsSentAgain() {
        String body = "{\"tokens\": [\"" + token() + "\"]}";
        HttpResponse<String> first = keyed(body);
        HttpResponse<String> again = keyed(body);
        assertThat(first.body()).contains("ann@example.com");
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("Idempotency-Replayed")).isEmpty();
        assertThat(APP.idempotency.kept()).isNotEmpty();
        assertThat(APP.idempotency.kept().toString()).doesNotContain("ann@");
        assertThat(keyed("{\"tokens\": [\"tok_other\"]}").body()).contains("server:IDEMPOTENCY_KEY_REUSED");
    }

    private static HttpResponse<String> keyed(String body) {
        return APP.send(APP.request(APP.acmeKey, REVEAL)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "the-same")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    @Test
    void needsAScopeOfItsOwnAndLeavesARecordWithoutTheValue() {
        String body = "{\"tokens\": [\"" + token() + "\"]}";
        EnumSet<Scope> others = EnumSet.copyOf(TestServer.TENANT_SCOPES);
        others.remove(Scope.REDACTIONS_REVEAL);
        String key = APP.apiKeys
                .create(Optional.of(APP.acme.id()), "others", others, Optional.empty())
                .secret();
        assertThat(APP.post(key, REVEAL, body).statusCode()).isEqualTo(403);
        assertThat(APP.post(APP.acmeKey, REVEAL, body).statusCode()).isEqualTo(200);
        assertThat(APP.get(APP.acmeKey, "/api/v1/audit?action=revealRedactions").body())
                .contains("\"revealRedactions\"", "\"DONE\"", "\"REFUSED\"")
                .doesNotContain("ann@");
    }

    @Test
    void refusesWhatIsNoListOfTokens() {
        for (String body :
                List.of("{}", "{\"tokens\": []}", "{\"tokens\": \"a\"}", "{\"tokens\": [1]}", "{\"a\": 1}")) {
            HttpResponse<String> answer = APP.post(APP.acmeKey, REVEAL, body);
            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(answer.body()).contains("\"pointer\":", "\"action\":");
        }
    }

    @Test
    void explainsWhatARuleReplaces() {
        String answer = APP.post(APP.acmeKey, "/api/v1/policies/evaluate", """
            {"point": "output", "values": {"output": {"kind": "tool"}, "tool": {"name": "a.b"}},
             "policy": {"rules": [{"id": "r", "point": "output", "effect": "REDACT", "reason": "private",
               "redact": {"detectors": ["personal"], "mode": "HASH"}}]}}\
            """).body();
        assertThat(answer).contains("\"effect\":\"REDACT\"", "{\"detectors\":[\"personal\"],\"mode\":\"HASH\"}");
    }
}
