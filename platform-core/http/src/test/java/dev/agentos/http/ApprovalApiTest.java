package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Decision;
import dev.agentos.policy.Policies;
import dev.agentos.policy.Policy;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.ApiKey;
import dev.agentos.tenancy.Scope;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** To whom a decision can be left. */
@Timeout(60)
class ApprovalApiTest {

    @Test
    void aDecisionIsLeftToSomebodyWhoCanTakeIt() {
        try (TestServer app = new TestServer()) {
            Approval asked = ask(app);
            ApiKey reader = app.apiKeys
                    .create(Optional.of(app.acme.id()), "reader", EnumSet.of(Scope.APPROVALS_READ), Optional.empty())
                    .key();
            ApiKey decider = app.apiKeys
                    .create(Optional.of(app.acme.id()), "decider", EnumSet.of(Scope.APPROVALS_DECIDE), Optional.empty())
                    .key();
            String foreign =
                    app.apiKeys.authenticate(app.umbrellaKey).orElseThrow().id();
            for (String nobody : new String[] {"key_nobody", reader.id(), foreign}) {
                ApiTest.assertProblem(delegate(app, asked, nobody), 400, "server:INVALID_FIELD");
            }
            app.apiKeys.revoke(Optional.of(app.acme.id()), reader.id());
            ApiTest.assertProblem(delegate(app, asked, "key_starter"), 400, "server:INVALID_FIELD");
            HttpResponse<String> left = delegate(app, asked, decider.id());
            assertThat(left.statusCode()).as(left.body()).isEqualTo(200);
            assertThat(TestServer.json(left).text("assignee")).contains(decider.id());
        }
    }

    private static HttpResponse<String> delegate(TestServer app, Approval asked, String to) {
        return app.post(
                app.acmeKey,
                "/api/v1/approvals/" + asked.id() + "/delegate",
                Json.write(JsonObject.of("nonce", asked.standing().nonce(), "to", to)));
    }

    private static Approval ask(TestServer app) {
        Policy policy = app.policies.put(
                Optional.of(app.acme.id()),
                "ask",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "pay", "point": "tool", "effect": "REQUIRE_APPROVAL", "reason": "Money."}]}\
                    """)),
                0,
                new Policies.Author("key_admin", Optional.empty()),
                false);
        Decision.Match match = new Decision.Match(
                policy.owner(),
                policy.name(),
                policy.version(),
                policy.document().orElseThrow().rules().getFirst(),
                JsonObject.EMPTY,
                Optional.empty());
        return app.approvals.ask(
                app.acme.id(),
                new Approval.Asked("exe_1", "effect", "tool", "bank.pay", JsonObject.EMPTY, Optional.of("key_starter")),
                match);
    }
}
