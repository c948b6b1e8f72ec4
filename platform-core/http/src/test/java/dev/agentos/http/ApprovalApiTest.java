package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.policy.Approval;
import dev.agentos.policy.ApprovalTerms;
import dev.agentos.policy.Decision;
import dev.agentos.policy.Policies;
import dev.agentos.policy.Policy;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.ApiKey;
import dev.agentos.tenancy.Group;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.User;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

    @Test
    void anEscalationAndWhatWasEditedAreShownAndRecorded() {
        try (TestServer app = new TestServer()) {
            Approval asked = ask(app);
            String path = "/api/v1/approvals/" + asked.id();
            ApiTest.assertProblem(post(app, path + "/escalate", "{\"nonce\":\"x\"}"), 409, "policy:APPROVAL_CHANGED");
            ApiTest.assertProblem(
                    app.post(app.umbrellaKey, path + "/escalate", "{\"nonce\":\"x\"}"), 404, "policy:UNKNOWN_APPROVAL");
            JsonObject up = TestServer.json(post(
                    app,
                    path + "/escalate",
                    Json.write(JsonObject.of("nonce", asked.standing().nonce()))));
            assertThat(up.text("deciders")).contains("role:owner");
            assertThat(up.text("escalatedTo")).contains("role:owner");
            assertThat(up.text("expiresAt"))
                    .isEqualTo(TestServer.json(app.get(app.acmeKey, path)).text("expiresAt"));
            String nonce = up.text("nonce").orElseThrow();
            ApiTest.assertProblem(
                    post(app, path + "/escalate", Json.write(JsonObject.of("nonce", nonce))),
                    409,
                    "policy:ALREADY_ESCALATED");
            String edit = Json.write(JsonObject.of("nonce", nonce, "arguments", JsonObject.of("amount", 7)));
            ApiTest.assertProblem(post(app, path + "/approve", edit), 403, "policy:NOT_ASSIGNED");
            HttpResponse<String> edited = app.post(app.adminKey, path + "/approve", edit, "AgentOS-Tenant", "acme");
            assertThat(edited.statusCode()).as(edited.body()).isEqualTo(200);
            assertThat(edited.body()).contains("\"changes\":[{\"op\":\"add\",\"pointer\":\"/amount\",\"after\":7}]");
            String records = app.get(app.acmeKey, "/api/v1/audit").body();
            assertThat(records)
                    .contains("\"escalatedTo\":\"role:owner\"", "\"changed\":\"add /amount\"", "askedDigest");
        }
    }

    @Test
    void aDecisionIsLeftToAGroupInWhichSomebodyCanTakeIt() {
        try (TestServer app = new TestServer()) {
            Approval asked = ask(app);
            Principal root = new Principal("key_0", "root", Optional.empty(), EnumSet.allOf(Scope.class));
            TenantId acme = app.acme.id();
            User viewer = app.users.addService(root, Optional.of(acme), "v", Set.of("viewer"));
            Group group = new Group(acme, "finance", "", Set.of(), Set.of(viewer.id()));
            long seen = app.users.groups().put(root, group).revision();
            for (String nobody : List.of("group:finance", "group:none", "group:", "role:approver")) {
                ApiTest.assertProblem(delegate(app, asked, nobody), 400, "server:INVALID_FIELD");
            }
            Set<String> roles = Set.of("approver");
            app.users.groups().put(root, new Group(acme, "finance", "", roles, Reach.ALL, Set.of(viewer.id()), seen));
            HttpResponse<String> left = delegate(app, asked, "group:finance");
            assertThat(left.statusCode()).as(left.body()).isEqualTo(200);
            assertThat(TestServer.json(left).text("deciders")).contains("group:finance");
            String nonce = TestServer.json(left).text("nonce").orElseThrow();
            String agree = Json.write(JsonObject.of("nonce", nonce));
            String path = "/api/v1/approvals/" + asked.id() + "/approve";
            ApiTest.assertProblem(post(app, path, agree), 403, "policy:NOT_ASSIGNED");
            String member = app.apiKeys
                    .create(
                            Optional.of(acme),
                            "m",
                            EnumSet.of(Scope.APPROVALS_DECIDE),
                            Optional.empty(),
                            Optional.of(viewer.id()))
                    .secret();
            HttpResponse<String> agreed = app.post(member, path, agree);
            assertThat(agreed.statusCode()).as(agreed.body()).isEqualTo(200);
            assertThat(TestServer.json(agreed).text("state")).contains("APPROVED");
        }
    }

    @Test
    void aKeyThatSomebodyMadeIsNoOtherPerson() {
        try (TestServer app = new TestServer()) {
            String starter = made(app, app.acmeKey, "");
            String own = id(app, app.acmeKey);
            Approval ofKey = ask(app, "exe_k", id(app, starter));
            refusedAsOwn(approve(app, app.acmeKey, ofKey));
            refusedAsOwn(approve(app, made(app, app.acmeKey, ""), ofKey));
            refusedAsOwn(approve(app, made(app, made(app, starter, ""), ""), ofKey));
            Approval ofMaker = ask(app, "exe_m", own);
            refusedAsOwn(approve(app, starter, ofMaker));
            User robot = app.users.addService(
                    new Principal("key_0", "root", Optional.empty(), EnumSet.allOf(Scope.class)),
                    Optional.of(app.acme.id()),
                    "robot",
                    Set.of("admin"));
            String ofRobot = made(app, app.acmeKey, robot.id());
            refusedAsOwn(approve(app, ofRobot, ofMaker));
            Approval ofAccount = ask(app, "exe_a", robot.id());
            refusedAsOwn(approve(app, app.acmeKey, ofAccount));
            app.users.remove(
                    new Principal("key_0", "root", Optional.empty(), EnumSet.allOf(Scope.class)),
                    Optional.of(app.acme.id()),
                    robot.id());
            refusedAsOwn(approve(app, app.acmeKey, ofAccount));
            String other = app.key(Optional.of(app.acme.id()), "other", TestServer.TENANT_SCOPES);
            String rotated = secret(
                    app.post(other, "/api/v1/api-keys/" + id(app, starter) + "/rotate", "{\"overlap\": \"PT1H\"}"));
            refusedAsOwn(approve(app, rotated, ofKey));
            refusedAsOwn(approve(app, other, ofKey));
            assertThat(approve(app, other, ofAccount).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void twoKeysOfOneMakerAreOneVote() {
        try (TestServer app = new TestServer()) {
            JsonObject rule = ask(app).rule();
            Approval.Asked asked = new Approval.Asked(
                    "exe_2", "effect", "tool", "bank.pay", JsonObject.EMPTY, Optional.of("key_starter"));
            ApprovalTerms two = new ApprovalTerms(
                    ApprovalTerms.USUAL.within(),
                    2,
                    ApprovalTerms.USUAL.risk(),
                    List.of(),
                    ApprovalTerms.USUAL.escalation());
            Approval before = app.approvals.ask(app.acme.id(), asked, rule, two);
            String maker = app.acmeKey;
            for (String key : List.of(made(app, maker, ""), made(app, maker, ""), maker)) {
                Approval now = app.approvals.require(Optional.of(app.acme.id()), before.id());
                assertThat(TestServer.json(approve(app, key, now)).text("state"))
                        .contains("PENDING");
            }
            Approval now = app.approvals.require(Optional.of(app.acme.id()), before.id());
            String other = app.key(Optional.of(app.acme.id()), "other", TestServer.TENANT_SCOPES);
            assertThat(TestServer.json(approve(app, other, now)).text("state")).contains("APPROVED");
        }
    }

    private static void refusedAsOwn(HttpResponse<String> answer) {
        ApiTest.assertProblem(answer, 403, "policy:SELF_APPROVAL");
    }

    private static String id(TestServer app, String key) {
        return app.apiKeys.authenticate(key).orElseThrow().id();
    }

    private static String made(TestServer app, String by, String user) {
        JsonObject body = JsonObject.of("name", "made", "scopes", List.of("approvals:decide", "api-keys:write"));
        return secret(app.post(by, "/api/v1/api-keys", Json.write(user.isEmpty() ? body : body.with("user", user))));
    }

    private static String secret(HttpResponse<String> made) {
        return TestServer.json(made).text("secret").orElseThrow(() -> new AssertionError(made.body()));
    }

    private static HttpResponse<String> approve(TestServer app, String key, Approval approval) {
        return app.post(
                key,
                "/api/v1/approvals/" + approval.id() + "/approve",
                Json.write(JsonObject.of("nonce", approval.standing().nonce())));
    }

    @Test
    void whatGoesBeyondABudgetIsAgreedToAsItWasAskedAndRecordedWithItsAmount() {
        try (TestServer app = new TestServer()) {
            JsonObject rule = ask(app).rule();
            JsonObject amount = JsonObject.of("bucket", "total", "amount", JsonObject.of("tokens", 67));
            Approval asked = app.approvals.ask(
                    app.acme.id(),
                    new Approval.Asked("exe_2", "effect", Approval.BUDGET, "small", amount, Optional.of("key_starter")),
                    rule,
                    ApprovalTerms.USUAL);
            String path = "/api/v1/approvals/" + asked.id();
            JsonObject ballot = JsonObject.of("nonce", asked.standing().nonce());
            ApiTest.assertProblem(
                    post(app, path + "/approve", Json.write(ballot.with("arguments", JsonObject.of("amount", 1)))),
                    400,
                    "server:INVALID_FIELD");
            HttpResponse<String> agreed = post(app, path + "/approve", Json.write(ballot));
            assertThat(agreed.statusCode()).as(agreed.body()).isEqualTo(200);
            assertThat(agreed.body()).contains("\"kind\":\"budget\"", "\"state\":\"APPROVED\"");
            assertThat(app.get(app.acmeKey, "/api/v1/audit").body())
                    .contains("\"budget\":\"small\"", "\"bucket\":\"total\"", "\"amount\":\"67 tokens\"");
        }
    }

    @Test
    void whoseIdsStandThereIsCalledByTheNameThatTheCallerMayKnow() {
        try (TestServer app = new TestServer()) {
            String foreign =
                    app.apiKeys.authenticate(app.umbrellaKey).orElseThrow().id();
            String platform =
                    app.apiKeys.authenticate(app.adminKey).orElseThrow().id();
            ApiKey asker = app.apiKeys
                    .create(Optional.of(app.acme.id()), "Nightly", EnumSet.of(Scope.EXECUTIONS_WRITE), Optional.empty())
                    .key();
            Approval ofAsker = ask(app, "exe_1", asker.id());
            JsonObject called = JsonObject.of(asker.id(), "Nightly");
            assertThat(names(app, app.acmeKey, ofAsker)).isEqualTo(called);
            app.apiKeys.revoke(Optional.of(app.acme.id()), asker.id());
            assertThat(names(app, app.acmeKey, ofAsker))
                    .as("who asked is called so for good")
                    .isEqualTo(called);
            for (String nobody : List.of(foreign, platform, "key_gone", "usr_gone", "sub_gone")) {
                assertThat(names(app, app.acmeKey, ask(app, "exe_of_" + nobody, nobody)))
                        .as("what the tenant does not have is not named to it")
                        .isEqualTo(JsonObject.EMPTY);
            }
            Approval ofPlatform = ask(app, "exe_p", platform);
            assertThat(names(app, app.adminKey, ofPlatform).text(platform)).isPresent();
            assertThat(names(app, app.acmeKey, ofPlatform)).isEqualTo(JsonObject.EMPTY);

            Principal root = new Principal("key_0", "root", Optional.empty(), EnumSet.allOf(Scope.class));
            User approver = app.users.addService(root, Optional.of(app.acme.id()), "Rita", Set.of("approver"));
            Approval asked = ask(app, "exe_r", "key_starter");
            JsonObject left = TestServer.json(delegate(app, asked, approver.id()));
            assertThat(left.object("names")).contains(JsonObject.of(approver.id(), "Rita"));
            assertThat(app.get(app.acmeKey, "/api/v1/approvals").body()).doesNotContain("\"names\"");
        }
    }

    private static JsonObject names(TestServer app, String key, Approval approval) {
        HttpRequest.Builder request = app.request(key, "/api/v1/approvals/" + approval.id());
        HttpResponse<String> answer =
                app.send(key.equals(app.adminKey) ? request.header("AgentOS-Tenant", "acme") : request);
        return TestServer.json(answer).object("names").orElseThrow();
    }

    private static HttpResponse<String> post(TestServer app, String path, String body) {
        return app.post(app.acmeKey, path, body);
    }

    private static HttpResponse<String> delegate(TestServer app, Approval asked, String to) {
        return app.post(
                app.acmeKey,
                "/api/v1/approvals/" + asked.id() + "/delegate",
                Json.write(JsonObject.of("nonce", asked.standing().nonce(), "to", to)));
    }

    private static Approval ask(TestServer app) {
        return ask(app, "exe_1");
    }

    /** Somebody is asked whether that execution may do something. */
    static Approval ask(TestServer app, String execution) {
        return ask(app, execution, "key_starter");
    }

    static Approval ask(TestServer app, String execution, String startedBy) {
        Policy policy = app.policies.put(
                Optional.of(app.acme.id()),
                "ask-" + execution.replaceAll("[^a-z0-9]", "-"),
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
                Optional.of(app.acme.id()),
                new Approval.Asked(execution, "effect", "tool", "bank.pay", JsonObject.EMPTY, Optional.of(startedBy)),
                match);
    }
}
