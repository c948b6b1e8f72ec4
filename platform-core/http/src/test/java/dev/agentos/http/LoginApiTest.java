package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.identity.Logins;
import dev.agentos.spi.JsonObject;
import dev.agentos.web.login.SessionCookie;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logins of browsers: what they are given, what they may send, and when they end. */
@Timeout(60)
class LoginApiTest {

    private static final String MAIL = "ada@example.org";
    private static final String GOOD = "analytical engine";
    private static final String LOGIN = "/api/v1/login";

    private final TestServer app = new TestServer();

    @AfterEach
    void close() {
        app.close();
    }

    private record Browser(String cookie, String csrf) {}

    private HttpResponse<String> call(String method, String path, String body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(app.server.address() + path))
                .timeout(Duration.ofSeconds(20))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        headers.forEach(request::header);
        return app.send(request);
    }

    private HttpResponse<String> by(Browser browser, String method, String path, String body) {
        return call(
                method,
                path,
                body,
                Map.of("Cookie", "other=1; agentos_session=" + browser.cookie(), "AgentOS-CSRF", browser.csrf()));
    }

    private String invite(String key, String role) {
        HttpResponse<String> made = app.post(
                key, "/api/v1/users", "{\"name\":\"Ada\",\"email\":\"" + MAIL + "\",\"roles\":[\"" + role + "\"]}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return TestServer.json(made).text("invitation").orElseThrow();
    }

    private void accept(String token) {
        HttpResponse<String> accepted = call(
                "POST",
                LOGIN + "/invitation",
                JsonObject.of("token", token, "password", GOOD).toString(),
                Map.of());
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(200);
    }

    private HttpResponse<String> look(String token) {
        return call(
                "POST",
                LOGIN + "/invitation/look",
                JsonObject.of("token", token).toString(),
                Map.of());
    }

    @Test
    void anInvitationIsLookedAtUntilItWasUsed() {
        String token = invite(app.acmeKey, "viewer");
        for (int times = 0; times < 2; times++) {
            HttpResponse<String> open = look(token);
            assertThat(open.statusCode()).as(open.body()).isEqualTo(200);
            assertThat(TestServer.json(open).text("email")).contains(MAIL);
            assertThat(TestServer.json(open).text("endsAt")).isPresent();
        }
        accept(token);
        ApiTest.assertProblem(look(token), 400, "identity:INVITATION_INVALID");
        ApiTest.assertProblem(look("inv_never"), 400, "identity:INVITATION_INVALID");
        ApiTest.assertProblem(
                call(
                        "POST",
                        LOGIN + "/invitation/look",
                        JsonObject.of("token", token).toString(),
                        Map.of("Sec-Fetch-Site", "cross-site")),
                403,
                "identity:CROSS_SITE");
    }

    private static Browser browser(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie).matches("agentos_session=[0-9a-z]{32}; Path=/; Max-Age=\\d+; HttpOnly; SameSite=Strict");
        String secret = cookie.substring("agentos_session=".length(), cookie.indexOf(';'));
        assertThat(answer.body()).doesNotContain(secret);
        return new Browser(secret, TestServer.json(answer).text("csrf").orElseThrow());
    }

    private HttpResponse<String> tryLogin(String password, Map<String, String> headers) {
        return call(
                "POST",
                LOGIN,
                JsonObject.of("email", MAIL, "password", password).toString(),
                headers);
    }

    private Browser login(String role) {
        accept(invite(app.acmeKey, role));
        return browser(tryLogin(GOOD, Map.of()));
    }

    @Test
    void anInvitedPersonLogsInLooksAroundAndLogsOut() {
        Browser ada = login("builder");
        JsonObject shown = TestServer.json(by(ada, "GET", LOGIN, ""));
        assertThat(shown.text("email")).contains(MAIL);
        assertThat(shown.text("csrf")).contains(ada.csrf());
        assertThat(shown.object("tenant").flatMap(tenant -> tenant.text("name")))
                .contains("acme");
        assertThat(by(ada, "POST", "/api/v1/graphs", ExecutionApiTest.GREET).statusCode())
                .isEqualTo(201);
        ApiTest.assertProblem(by(ada, "GET", "/api/v1/users", ""), 403, "tenancy:SCOPE_MISSING");
        HttpResponse<String> out = by(ada, "POST", "/api/v1/logout", "");
        assertThat(out.statusCode()).isEqualTo(204);
        assertThat(out.headers().firstValue("Set-Cookie").orElseThrow()).startsWith("agentos_session=; ");
        ApiTest.assertProblem(by(ada, "GET", LOGIN, ""), 401, "tenancy:UNAUTHENTICATED");
    }

    @Test
    void whatChangesSomethingNeedsTheTokenOfThisLogin() {
        Browser ada = login("builder");
        Browser again = browser(tryLogin(GOOD, Map.of()));
        for (String token : List.of("", "x", again.csrf(), Logins.token("guess"))) {
            Browser forged = new Browser(ada.cookie(), token);
            ApiTest.assertProblem(
                    by(forged, "POST", "/api/v1/graphs", ExecutionApiTest.GREET), 403, "identity:CROSS_SITE");
            ApiTest.assertProblem(by(forged, "DELETE", "/api/v1/graphs/x", ""), 403, "identity:CROSS_SITE");
            ApiTest.assertProblem(by(forged, "PUT", LOGIN + "/tenant", "{}"), 403, "identity:CROSS_SITE");
            ApiTest.assertProblem(by(forged, "POST", "/api/v1/logout", ""), 403, "identity:CROSS_SITE");
        }
        assertThat(call("GET", LOGIN, "", Map.of("Cookie", "agentos_session=" + ada.cookie()))
                        .statusCode())
                .as("a look needs none")
                .isEqualTo(200);
    }

    @Test
    void anotherSitesPageIsRefusedWhateverItSends() {
        Browser ada = login("builder");
        String host = app.server.address().getAuthority();
        for (Map<String, String> headers : List.of(
                Map.of("Origin", "https://evil.example"),
                Map.of("Origin", "null"),
                Map.of("Origin", "http://" + host + ".evil.example"),
                Map.of("Origin", "http://127.0.0.1:1"),
                Map.of("Sec-Fetch-Site", "cross-site"),
                Map.of("Sec-Fetch-Site", "same-site"))) {
            Map<String, String> all = new HashMap<>(headers);
            all.put("Cookie", "agentos_session=" + ada.cookie());
            all.put("AgentOS-CSRF", ada.csrf());
            ApiTest.assertProblem(
                    call("POST", "/api/v1/graphs", ExecutionApiTest.GREET, all), 403, "identity:CROSS_SITE");
            ApiTest.assertProblem(call("GET", "/api/v1/graphs", "", all), 403, "identity:CROSS_SITE");
            ApiTest.assertProblem(tryLogin(GOOD, headers), 403, "identity:CROSS_SITE");
        }
        Map<String, String> own = Map.of(
                "Origin",
                "http://" + host,
                "Sec-Fetch-Site",
                "same-origin",
                "Cookie",
                "agentos_session=" + ada.cookie(),
                "AgentOS-CSRF",
                ada.csrf());
        assertThat(call("POST", "/api/v1/graphs", ExecutionApiTest.GREET, own).statusCode())
                .isEqualTo(201);
    }

    @Test
    void aLoginGetsANewSecretAndTheOneBeforeEnds() {
        Browser before = login("viewer");
        Browser after = browser(tryLogin(GOOD, Map.of("Cookie", "agentos_session=" + before.cookie())));
        assertThat(after.cookie()).isNotEqualTo(before.cookie());
        ApiTest.assertProblem(by(before, "GET", LOGIN, ""), 401, "tenancy:UNAUTHENTICATED");
        String chosen = "0123456789abcdefghjkmnpqrstvwxyz";
        Browser other = browser(tryLogin(GOOD, Map.of("Cookie", "agentos_session=" + chosen)));
        assertThat(other.cookie()).as("never one that the browser brought").isNotEqualTo(chosen);
    }

    @Test
    void theCookieOpensNothingButTheApi() {
        Browser ada = login("owner");
        assertThat(by(ada, "GET", "/metrics", "").statusCode()).isEqualTo(401);
        ApiTest.assertProblem(by(ada, "GET", "/protocols/nobody/x", ""), 401, "tenancy:UNAUTHENTICATED");
        ApiTest.assertProblem(by(ada, "POST", "/protocols/nobody/x", "{}"), 401, "tenancy:UNAUTHENTICATED");
        ApiTest.assertProblem(
                call(
                        "GET",
                        LOGIN,
                        "",
                        Map.of("Cookie", "agentos_session=" + ada.cookie() + "; agentos_session=" + ada.cookie())),
                401,
                "tenancy:UNAUTHENTICATED");
        ApiTest.assertProblem(
                call(
                        "GET",
                        LOGIN,
                        "",
                        Map.of("Cookie", "agentos_session=" + ada.cookie(), "Authorization", "Bearer aos_none")),
                401,
                "tenancy:UNAUTHENTICATED");
    }

    @Test
    void aPersonOfTwoTenantsSeesOneAtATime() {
        Browser ada = login("builder");
        accept(invite(app.umbrellaKey, "viewer"));
        by(ada, "POST", "/api/v1/graphs", ExecutionApiTest.GREET);
        assertThat(by(ada, "GET", "/api/v1/graphs", "").body()).contains("greet");
        ApiTest.assertProblem(
                call(
                        "GET",
                        "/api/v1/graphs",
                        "",
                        Map.of("Cookie", "agentos_session=" + ada.cookie(), "AgentOS-Tenant", "umbrella")),
                404,
                "tenancy:UNKNOWN_TENANT");
        ApiTest.assertProblem(by(ada, "PUT", LOGIN + "/tenant", "{}"), 404, "identity:UNKNOWN_LOGIN");
        Browser there = browser(by(ada, "PUT", LOGIN + "/tenant", "{\"tenant\":\"umbrella\"}"));
        ApiTest.assertProblem(by(ada, "GET", LOGIN, ""), 401, "tenancy:UNAUTHENTICATED");
        assertThat(by(there, "GET", "/api/v1/graphs", "").body()).doesNotContain("greet");
        ApiTest.assertProblem(
                by(there, "POST", "/api/v1/graphs", ExecutionApiTest.GREET), 403, "tenancy:SCOPE_MISSING");
    }

    @Test
    void anotherPasswordIsSetByWhoKnowsThePresentOne() {
        Browser ada = login("viewer");
        ApiTest.assertProblem(
                by(ada, "PUT", LOGIN + "/password", "{\"present\":\"wrong\",\"password\":\"difference engine\"}"),
                401,
                "identity:LOGIN_FAILED");
        Browser next = browser(by(
                ada, "PUT", LOGIN + "/password", "{\"present\":\"" + GOOD + "\",\"password\":\"difference engine\"}"));
        ApiTest.assertProblem(by(ada, "GET", LOGIN, ""), 401, "tenancy:UNAUTHENTICATED");
        assertThat(by(next, "GET", LOGIN, "").statusCode()).isEqualTo(200);
        ApiTest.assertProblem(tryLogin(GOOD, Map.of()), 401, "identity:LOGIN_FAILED");
    }

    @Test
    void failedLoginsAreRecordedAndThenHaveToWait() {
        login("viewer");
        for (int i = 0; i < 5; i++) {
            ApiTest.assertProblem(tryLogin("wrong password", Map.of()), 401, "identity:LOGIN_FAILED");
        }
        HttpResponse<String> locked = tryLogin(GOOD, Map.of());
        ApiTest.assertProblem(locked, 429, "identity:LOGIN_RATE_LIMITED");
        assertThat(locked.headers().firstValueAsLong("Retry-After").orElseThrow())
                .isBetween(20L, 30L);
        await().untilAsserted(() -> assertThat(app.get(app.adminKey, "/api/v1/audit?action=createLogin")
                        .body())
                .contains("identity:LOGIN_FAILED", "127.0.0.1")
                .doesNotContain("wrong password", MAIL));
        assertThat(app.get(app.acmeKey, "/api/v1/audit?action=createLogin").body())
                .contains("DONE");
    }

    @Test
    void whoIsDisabledIsRefusedAndTheirStreamsEnd() throws Exception {
        Browser ada = login("operator");
        String id = TestServer.json(by(ada, "GET", LOGIN, "")).text("id").orElseThrow();
        app.post(
                app.acmeKey,
                "/api/v1/graphs",
                "{\"metadata\":{\"name\":\"long\"},\"nodes\":[{\"id\":\"a\",\"type\":\"slow\"}],"
                        + "\"edges\":[{\"source\":\"START\",\"target\":\"a\"},{\"source\":\"a\",\"target\":\"END\"}]}");
        HttpResponse<String> started = by(ada, "POST", "/api/v1/executions", "{\"graph\":\"long\",\"input\":{}}");
        assertThat(started.statusCode()).as(started.body()).isEqualTo(202);
        String execution = TestServer.json(started).text("id").orElseThrow();
        HttpRequest follow = HttpRequest.newBuilder(
                        URI.create(app.server.address() + "/api/v1/executions/" + execution + "/events"))
                .header("Accept", "text/event-stream")
                .header("Cookie", "agentos_session=" + ada.cookie())
                .build();
        HttpResponse<InputStream> stream = app.client.send(follow, HttpResponse.BodyHandlers.ofInputStream());
        assertThat(stream.statusCode()).isEqualTo(200);
        CompletableFuture<String> rest = CompletableFuture.supplyAsync(() -> {
            try {
                return new String(stream.body().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        Thread.sleep(2_500);
        assertThat(rest).as("a stream of a valid login goes on").isNotDone();
        assertThat(app.post(app.acmeKey, "/api/v1/users/" + id + "/disable", "").statusCode())
                .isEqualTo(200);
        assertThat(by(ada, "GET", LOGIN, "").statusCode()).isEqualTo(401);
        assertThat(rest.get(5, TimeUnit.SECONDS)).contains("no longer valid");
        assertThat(app.post(app.acmeKey, "/api/v1/users/" + id + "/enable", "").statusCode())
                .isEqualTo(200);
        assertThat(by(ada, "GET", LOGIN, "").statusCode())
                .as("what somebody has taken does not come back")
                .isEqualTo(401);
        app.post(app.acmeKey, "/api/v1/executions/" + execution + "/cancel", "{}");
    }

    @Test
    void approvalsKnowAPersonByTheirId() {
        Browser ada = login("owner");
        JsonObject me = TestServer.json(by(ada, "GET", LOGIN, ""));
        assertThat(TestServer.json(by(ada, "GET", "/api/v1", ""))
                        .object("principal")
                        .flatMap(principal -> principal.text("id")))
                .isEqualTo(me.text("id"))
                .get()
                .asString()
                .startsWith("usr_");
    }

    @Test
    void onTheOpenNetTheCookieNeedsTls() {
        assertThat(SessionCookie.set("s", Duration.ofHours(1), "agents.example.org"))
                .endsWith("; Secure");
        assertThat(SessionCookie.set("s", Duration.ofHours(1), "127.0.0.1.evil.example"))
                .endsWith("; Secure");
        assertThat(SessionCookie.set("s", Duration.ofHours(1), "[::1]:7777")).doesNotContain("Secure");
    }

    @Test
    void badRequestsAreRefused() {
        for (String body : List.of("{}", "{\"email\":\"a@b\"}", "{\"email\":1,\"password\":\"x\"}")) {
            ApiTest.assertProblem(call("POST", LOGIN, body, Map.of()), 400, "server:INVALID_FIELD");
        }
        ApiTest.assertProblem(
                call("POST", LOGIN + "/invitation", "{\"token\":\"inv_x\",\"password\":\"" + GOOD + "\"}", Map.of()),
                400,
                "identity:INVITATION_INVALID");
        ApiTest.assertProblem(app.get(app.acmeKey, LOGIN), 404, "identity:UNKNOWN_LOGIN");
        ApiTest.assertProblem(app.post(app.acmeKey, "/api/v1/logout", ""), 404, "identity:UNKNOWN_LOGIN");
    }
}
