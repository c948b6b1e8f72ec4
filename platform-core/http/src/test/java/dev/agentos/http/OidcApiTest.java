package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.identity.OidcConfig;
import dev.agentos.identity.OidcLogin;
import dev.agentos.identity.TestProvider;
import dev.agentos.kernel.Ids;
import dev.agentos.policy.Approval;
import dev.agentos.spi.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** People and programs from an identity provider, at a server. */
@Timeout(60)
class OidcApiTest {

    private static final String CALLBACK = "/api/v1/login/oidc/callback";

    private final TestProvider provider = new TestProvider();
    private final TestServer app = new TestServer(new OidcLogin(
            provider.config(
                    Optional.of(URI.create("http://127.0.0.1:1" + CALLBACK)),
                    Optional.of(new OidcConfig.Join("acme", "viewer", Set.of("joins.example")))),
            TestProvider.http(),
            Ids.system(),
            InstantSource.system()));

    @AfterEach
    void close() {
        app.close();
        provider.close();
    }

    private HttpResponse<String> get(URI address, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address);
        headers.forEach(request::header);
        return app.send(request);
    }

    private URI at(String path) {
        return URI.create(app.server.address() + path);
    }

    private static String cookie(HttpResponse<String> answer, String name) {
        return answer.headers().allValues("Set-Cookie").stream()
                .filter(cookie -> cookie.startsWith(name + "="))
                .findFirst()
                .orElseThrow()
                .replaceFirst(";.*", "");
    }

    /** Goes to the provider and to where it sends the browser. */
    private HttpResponse<String> roundTrip() {
        return roundTrip("application/json");
    }

    private HttpResponse<String> roundTrip(String accepted) {
        return roundTrip(accepted, "");
    }

    private HttpResponse<String> roundTrip(String accepted, String more) {
        HttpResponse<String> away = get(at("/api/v1/login/oidc"), Map.of());
        assertThat(away.statusCode()).as(away.body()).isEqualTo(303);
        assertThat(away.headers().firstValue("Set-Cookie").orElseThrow())
                .contains("HttpOnly", "SameSite=Lax", "Path=/api/v1/login/oidc");
        HttpResponse<String> back =
                get(URI.create(away.headers().firstValue("Location").orElseThrow()), Map.of());
        String query =
                URI.create(back.headers().firstValue("Location").orElseThrow()).getRawQuery();
        return get(
                at(CALLBACK + "?" + query + more),
                Map.of("Cookie", cookie(away, "agentos_away"), "Sec-Fetch-Site", "cross-site", "Accept", accepted));
    }

    @Test
    void aTokenIsNotSaidToBeWrongWhileNobodyKnowsTheKeys() {
        String token = provider.sign(provider.good("agentos-api", Instant.now()).build());
        provider.close();
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> answer = app.get(token, "/api/v1");
            ApiTest.assertProblem(answer, 503, "identity:PROVIDER_UNAVAILABLE");
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        }
        assertThat(app.get(app.acmeKey, "/api/v1").statusCode()).isEqualTo(200);
    }

    @Test
    void anInvitedPersonComesInByTheProvider() {
        app.post(
                app.acmeKey,
                "/api/v1/users",
                "{\"name\":\"Ada\",\"email\":\"ada@example.org\",\"roles\":[\"viewer\"]}");
        provider.claims.putAll(Map.of("email", "Ada@example.org", "email_verified", true));
        HttpResponse<String> in = roundTrip();
        assertThat(in.statusCode()).as(in.body()).isEqualTo(303);
        assertThat(in.headers().firstValue("Location")).contains("/");
        HttpResponse<String> login = get(at("/api/v1/login"), Map.of("Cookie", cookie(in, "agentos_session")));
        assertThat(login.body()).contains("\"email\":\"ada@example.org\"", "\"acme\"");
        assertThat(app.get(app.acmeKey, "/api/v1/audit?action=finishOidcLogin").statusCode())
                .isEqualTo(200);
    }

    /** RFC 9207: an answer that says that it is another provider's is not taken to ours. */
    @Test
    void anAnswerOfAnotherProviderIsRefused() {
        app.post(
                app.acmeKey,
                "/api/v1/users",
                "{\"name\":\"Mix\",\"email\":\"mix@example.org\",\"roles\":[\"viewer\"]}");
        provider.claims.putAll(Map.of("email", "mix@example.org", "email_verified", true));
        ApiTest.assertProblem(
                roundTrip("application/json", "&iss=https://evil.example"), 403, "identity:PROVIDER_REFUSED");
        assertThat(roundTrip("application/json", "&iss=" + provider.issuer()).statusCode())
                .isEqualTo(303);
    }

    @Test
    void whoWasNotInvitedIsRefused() {
        provider.claims.putAll(Map.of("email", "eve@example.org", "email_verified", true));
        ApiTest.assertProblem(roundTrip(), 401, "identity:LOGIN_FAILED");
    }

    @Test
    void aBrowserIsSentToTheConsoleWhichSaysWhy() {
        provider.claims.putAll(Map.of("email", "eve@example.org", "email_verified", true));
        HttpResponse<String> back = roundTrip("text/html,application/xhtml+xml,*/*;q=0.8");
        assertThat(back.statusCode()).isEqualTo(303);
        assertThat(back.headers().firstValue("Location").orElseThrow())
                .matches("/console/\\?refused=identity:LOGIN_FAILED&trace=[0-9a-f]{32}");
        assertThat(back.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    void whoeverIsOfTheDomainJoinsOnceAndStaysOutWhenDisabled() {
        provider.claims.putAll(Map.of("email", "Eve@joins.example", "email_verified", false));
        ApiTest.assertProblem(roundTrip(), 403, "identity:PROVIDER_REFUSED");
        for (String other : List.of("eve@sub.joins.example", "eve@xjoins.example", "eve@joins.example.org")) {
            provider.claims.putAll(Map.of("email", other, "email_verified", true));
            ApiTest.assertProblem(roundTrip(), 401, "identity:LOGIN_FAILED");
        }
        provider.claims.putAll(Map.of("email", "Eve@Joins.Example", "email_verified", true));
        HttpResponse<String> in = roundTrip();
        assertThat(in.statusCode()).as(in.body()).isEqualTo(303);
        String login = get(at("/api/v1/login"), Map.of("Cookie", cookie(in, "agentos_session")))
                .body();
        assertThat(login).contains("\"email\":\"eve@joins.example\"", "\"acme\"", "\"roles\":[\"viewer\"]");
        assertThat(roundTrip().statusCode()).isEqualTo(303);
        assertThat(app.get(app.acmeKey, "/api/v1/audit?action=finishOidcLogin").body())
                .containsOnlyOnce("\"joined\":\"" + app.acme.id() + "\"");
        String id = TestServer.json(get(at("/api/v1/login"), Map.of("Cookie", cookie(in, "agentos_session"))))
                .text("id")
                .orElseThrow();
        app.post(app.acmeKey, "/api/v1/users/" + id + "/disable", "");
        ApiTest.assertProblem(roundTrip(), 401, "identity:LOGIN_FAILED");
    }

    @Test
    void aCallbackThatNobodyBeganIsRefused() {
        ApiTest.assertProblem(get(at(CALLBACK + "?code=x&state=y"), Map.of()), 403, "identity:PROVIDER_REFUSED");
        ApiTest.assertProblem(
                get(at(CALLBACK + "?code=x&state=y"), Map.of("Cookie", "agentos_away=guess")),
                403,
                "identity:PROVIDER_REFUSED");
        ApiTest.assertProblem(get(at(CALLBACK + "?error=access_denied"), Map.of()), 403, "identity:PROVIDER_REFUSED");
    }

    @Test
    void aTokenOpensWhatItsRolesOpenOfItsTenant() {
        String token = provider.sign(provider.good("agentos-api", Instant.now())
                .claim("tenant", "acme")
                .claim("roles", List.of("builder"))
                .build());
        assertThat(app.post(token, "/api/v1/graphs", ExecutionApiTest.GREET).statusCode())
                .isEqualTo(201);
        ApiTest.assertProblem(app.get(token, "/api/v1/users"), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(app.get(token, "/api/v1/tenants"), 403, "tenancy:SCOPE_MISSING");
        assertThat(app.get(token, "/api/v1").body())
                .contains("\"sub_", app.acme.id().value());
        ApiTest.assertProblem(
                app.get(token.substring(0, token.length() - 8) + "AAAAAAAA", "/api/v1"),
                401,
                "tenancy:UNAUTHENTICATED");
        String expired =
                provider.sign(provider.good("agentos-api", Instant.now().minusSeconds(600))
                        .claim("tenant", "acme")
                        .build());
        ApiTest.assertProblem(app.get(expired, "/api/v1"), 401, "tenancy:UNAUTHENTICATED");
    }

    @Test
    void aLoginAndATokenOfOneSubjectAreOnePerson() {
        String invited = TestServer.json(app.post(
                        app.acmeKey,
                        "/api/v1/users",
                        "{\"name\":\"Ada\",\"email\":\"ada@example.org\",\"roles\":[\"operator\",\"approver\"]}"))
                .text("id")
                .orElseThrow();
        String token = provider.sign(provider.good("agentos-api", Instant.now())
                .claim("tenant", "acme")
                .claim("roles", List.of("operator", "approver", "auditor"))
                .build());
        String before = principal(token);
        assertThat(before).startsWith("sub_");
        Approval early = ApprovalApiTest.ask(app, "exe_1", before);
        provider.claims.putAll(Map.of("email", "ada@example.org", "email_verified", true));
        HttpResponse<String> in = roundTrip();
        await().atMost(Duration.ofSeconds(5)).until(() -> principal(token).equals(invited));
        ApiTest.assertProblem(app.get(token, "/api/v1/audit"), 403, "tenancy:SCOPE_MISSING");
        Approval late = ApprovalApiTest.ask(app, "exe_2", invited);
        for (Approval own : List.of(early, late)) {
            ApiTest.assertProblem(agree(own, Map.of("Authorization", "Bearer " + token)), 403, "policy:SELF_APPROVAL");
            ApiTest.assertProblem(agree(own, browser(in)), 403, "policy:SELF_APPROVAL");
        }
        assertThat(agree(ApprovalApiTest.ask(app, "exe_3", "key_other"), browser(in))
                        .statusCode())
                .isEqualTo(200);
        app.post(app.acmeKey, "/api/v1/users/" + invited + "/disable", "");
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> ApiTest.assertProblem(app.get(token, "/api/v1"), 401, "tenancy:UNAUTHENTICATED"));
    }

    @Test
    void aTokenWithTheAddressOfAUserIsTheUsers() {
        String invited = TestServer.json(app.post(
                        app.acmeKey,
                        "/api/v1/users",
                        "{\"name\":\"Ada\",\"email\":\"ada@example.org\",\"roles\":[\"viewer\"]}"))
                .text("id")
                .orElseThrow();
        app.users.activate(Optional.of(app.acme.id()), invited);
        for (boolean verified : List.of(false, true)) {
            String token = provider.sign(provider.good("agentos-api", Instant.now())
                    .subject("of-" + verified)
                    .claim("tenant", "acme")
                    .claim("email", "Ada@Example.org")
                    .claim("email_verified", verified)
                    .claim("roles", List.of("viewer"))
                    .build());
            assertThat(principal(token).equals(invited)).isEqualTo(verified);
        }
    }

    @Test
    void whoComesWithATokenIsCalledAsItSays() {
        String token = provider.sign(provider.good("agentos-api", Instant.now())
                .claim("tenant", "acme")
                .claim("name", "Grace H.")
                .claim("email", "grace@example.org")
                .claim("roles", List.of("auditor", "builder"))
                .build());
        String subject = principal(token);
        assertThat(app.post(token, "/api/v1/graphs", ExecutionApiTest.GREET).statusCode())
                .isEqualTo(201);
        String path = "/api/v1/audit?actor=" + subject;
        JsonObject record = (JsonObject) TestServer.json(app.get(token, path))
                .array("items")
                .orElseThrow()
                .items()
                .getFirst();
        assertThat(record.text("actor")).contains(subject);
        assertThat(record.text("actorName")).contains("Grace H. <grace@example.org>");
        assertThat(app.get(token, "/api/v1/audit/export").body())
                .as("a record cannot be changed, and names none")
                .contains(subject)
                .doesNotContain("Grace");
        Approval asked = ApprovalApiTest.ask(app, "exe_9", subject);
        assertThat(TestServer.json(app.get(app.acmeKey, "/api/v1/approvals/" + asked.id()))
                        .object("names")
                        .flatMap(names -> names.text(subject)))
                .contains("Grace H. <grace@example.org>");
        assertThat(app.get(app.umbrellaKey, path).body()).doesNotContain("Grace");
    }

    private String principal(String token) {
        return TestServer.json(app.get(token, "/api/v1"))
                .object("principal")
                .flatMap(one -> one.text("id"))
                .orElseThrow();
    }

    private Map<String, String> browser(HttpResponse<String> in) {
        String cookie = cookie(in, "agentos_session");
        String csrf = TestServer.json(get(at("/api/v1/login"), Map.of("Cookie", cookie)))
                .text("csrf")
                .orElseThrow();
        return Map.of("Cookie", cookie, "AgentOS-CSRF", csrf);
    }

    private HttpResponse<String> agree(Approval approval, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(at("/api/v1/approvals/" + approval.id() + "/approve"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"nonce\":\"" + approval.standing().nonce() + "\"}"));
        headers.forEach(request::header);
        return app.send(request);
    }

    @Test
    void withoutAProviderThereIsNone() {
        try (TestServer plain = new TestServer()) {
            ApiTest.assertProblem(
                    plain.send(HttpRequest.newBuilder(URI.create(plain.server.address() + "/api/v1/login/oidc"))),
                    404,
                    "identity:UNKNOWN_PROVIDER");
            ApiTest.assertProblem(plain.get("a.b.c", "/api/v1"), 401, "tenancy:UNAUTHENTICATED");
        }
    }
}
