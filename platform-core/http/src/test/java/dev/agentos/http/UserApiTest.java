package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Users, roles and the keys of service accounts. */
@Timeout(60)
class UserApiTest {

    private static final TestServer APP = new TestServer();
    private static final String USERS = "/api/v1/users";

    @AfterAll
    static void close() {
        APP.close();
    }

    private static String id(HttpResponse<String> made) {
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return TestServer.json(made).text("id").orElseThrow();
    }

    private static String service(String key, String... roles) {
        return id(APP.post(
                key,
                USERS,
                JsonObject.of("name", "robot", "kind", "SERVICE", "roles", List.of(roles))
                        .toString()));
    }

    private static String keyOf(String maker, String user, String scopes) {
        HttpResponse<String> made = APP.post(
                maker, "/api/v1/api-keys", "{\"name\":\"k\",\"user\":\"" + user + "\",\"scopes\":[" + scopes + "]}");
        id(made);
        return TestServer.json(made).text("secret").orElseThrow();
    }

    @Test
    void aServiceAccountWorksUntilItIsDisabledOrRemoved() {
        String user = service(APP.acmeKey, "viewer");
        String key = keyOf(APP.acmeKey, user, "\"graphs:read\",\"graphs:write\"");
        assertThat(APP.get(key, "/api/v1/graphs").statusCode()).isEqualTo(200);
        assertThat(APP.post(key, "/api/v1/graphs", ExecutionApiTest.GREET).body())
                .contains("tenancy:SCOPE_MISSING", "graphs:write");
        assertThat(TestServer.json(APP.get(key, "/api/v1"))
                        .object("principal")
                        .flatMap(principal -> principal.text("id")))
                .contains(user);
        assertThat(APP.post(APP.acmeKey, USERS + "/" + user + "/disable", "").statusCode())
                .isEqualTo(200);
        ApiTest.assertProblem(APP.get(key, "/api/v1/graphs"), 401, "tenancy:UNAUTHENTICATED");
        assertThat(APP.post(APP.acmeKey, USERS + "/" + user + "/enable", "").body())
                .contains("\"ACTIVE\"");
        assertThat(APP.get(key, "/api/v1/graphs").statusCode()).isEqualTo(200);
        assertThat(APP.delete(APP.acmeKey, USERS + "/" + user).statusCode()).isEqualTo(204);
        ApiTest.assertProblem(APP.get(key, "/api/v1/graphs"), 401, "tenancy:UNAUTHENTICATED");
        ApiTest.assertProblem(APP.get(APP.acmeKey, USERS + "/" + user), 404, "tenancy:UNKNOWN_USER");
    }

    @Test
    void theNumberOfAnAdministratorsRightsCannotGrow() {
        String user = service(APP.acmeKey, "admin");
        String admin = keyOf(
                APP.acmeKey,
                user,
                "\"users:write\",\"users:read\",\"api-keys:write\",\"api-keys:read\",\"graphs:read\"");
        ApiTest.assertProblem(
                APP.post(admin, USERS, "{\"name\":\"x\",\"kind\":\"SERVICE\",\"roles\":[\"owner\"]}"),
                403,
                "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(
                APP.put(admin, USERS + "/" + user + "/roles", "{\"roles\":[\"owner\"]}", "If-Match", "*"),
                403,
                "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(
                APP.post(admin, "/api/v1/api-keys", "{\"name\":\"k\",\"scopes\":[\"audit:read\"]}"),
                403,
                "tenancy:SCOPE_MISSING");
        String strong = APP.apiKeys
                .create(Optional.of(APP.acme.id()), "strong", Set.of(Scope.AUDIT_READ), Optional.empty())
                .key()
                .id();
        ApiTest.assertProblem(
                APP.post(admin, "/api/v1/api-keys/" + strong + "/rotate", "{}"), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(APP.delete(admin, "/api/v1/api-keys/" + strong), 403, "tenancy:SCOPE_MISSING");
        assertThat(APP.delete(APP.acmeKey, "/api/v1/api-keys/" + strong).statusCode())
                .isEqualTo(204);
        ApiTest.assertProblem(
                APP.put(admin, "/api/v1/roles/x", "{\"scopes\":[\"graphs:read\"]}"), 403, "tenancy:SCOPE_MISSING");
    }

    @Test
    void rolesAreMadeShownAndRemoved() {
        assertThat(APP.put(
                                APP.umbrellaKey,
                                "/api/v1/roles/deployer",
                                "{\"description\":\"d\",\"scopes\":[\"packs:write\"]}")
                        .body())
                .contains("\"builtIn\":false", "packs:write");
        assertThat(APP.get(APP.umbrellaKey, "/api/v1/roles").body()).contains("\"owner\"", "\"deployer\"");
        assertThat(APP.get(APP.acmeKey, "/api/v1/roles").body()).doesNotContain("deployer");
        String user = service(APP.umbrellaKey, "deployer");
        ApiTest.assertProblem(
                APP.delete(APP.umbrellaKey, "/api/v1/roles/deployer", "If-Match", "*"), 409, "tenancy:ROLE_IN_USE");
        assertThat(APP.put(APP.umbrellaKey, USERS + "/" + user + "/roles", "{\"roles\":[\"viewer\"]}", "If-Match", "*")
                        .statusCode())
                .isEqualTo(200);
        assertThat(APP.delete(APP.umbrellaKey, "/api/v1/roles/deployer", "If-Match", "*")
                        .statusCode())
                .isEqualTo(204);
        ApiTest.assertProblem(APP.get(APP.umbrellaKey, "/api/v1/roles/deployer"), 404, "tenancy:UNKNOWN_ROLE");
        ApiTest.assertProblem(
                APP.put(APP.umbrellaKey, "/api/v1/roles/owner", "{\"scopes\":[\"packs:write\"]}"),
                409,
                "tenancy:BUILT_IN_ROLE");
        ApiTest.assertProblem(
                APP.put(APP.umbrellaKey, "/api/v1/roles/x", "{\"scopes\":[\"plugins:write\"]}"),
                400,
                "tenancy:UNKNOWN_SCOPE");
    }

    @Test
    void whatIsNotAUserIsRefused() {
        for (String body : new String[] {
            "{\"name\":\"x\",\"roles\":[\"viewer\"]}",
            "{\"name\":\"x\",\"email\":\"nobody\",\"roles\":[\"viewer\"]}",
            "{\"name\":\"x\",\"kind\":\"SERVICE\",\"email\":\"a@b\",\"roles\":[\"viewer\"]}",
            "{\"name\":\"x\",\"kind\":\"GHOST\",\"roles\":[\"viewer\"]}",
            "{\"name\":\"x\",\"kind\":\"SERVICE\",\"roles\":[]}",
            "{\"name\":\"x\",\"kind\":\"SERVICE\",\"roles\":[\"emperor\"]}",
            "{\"name\":\" \",\"kind\":\"SERVICE\",\"roles\":[\"viewer\"]}"
        }) {
            ApiTest.assertProblem(APP.post(APP.acmeKey, USERS, body), 400, "server:INVALID_FIELD");
        }
    }

    @Test
    void permissionsAreThoseThatTheServerGrants() {
        String user = service(APP.acmeKey, "approver");
        JsonObject shown = TestServer.json(APP.get(APP.acmeKey, USERS + "/" + user + "/permissions"));
        assertThat(shown.toString())
                .contains("approvals:decide", "\"operationId\":\"approve\"", "\"method\":\"POST\"")
                .doesNotContain("createGraph", "listUsers");
        String key = APP.apiKeys.authenticate(APP.acmeKey).orElseThrow().id();
        assertThat(APP.get(APP.acmeKey, "/api/v1/api-keys/" + key + "/permissions")
                        .body())
                .contains("createGraph", "listUsers")
                .doesNotContain("createTenant");
        APP.post(APP.acmeKey, USERS + "/" + user + "/disable", "");
        assertThat(TestServer.json(APP.get(APP.acmeKey, USERS + "/" + user + "/permissions"))
                        .array("scopes")
                        .orElseThrow()
                        .items())
                .isEmpty();
    }

    @Test
    void aRotatedKeyAndItsSuccessorBothWorkForAWhile() {
        HttpResponse<String> made =
                APP.post(APP.acmeKey, "/api/v1/api-keys", "{\"name\":\"app\",\"scopes\":[\"graphs:read\"]}");
        String old = TestServer.json(made).text("secret").orElseThrow();
        String path = "/api/v1/api-keys/" + id(made);
        HttpResponse<String> rotated = APP.post(APP.acmeKey, path + "/rotate", "{\"overlap\":\"PT1H\"}");
        String next = TestServer.json(rotated).text("secret").orElseThrow();
        assertThat(APP.get(old, "/api/v1/graphs").statusCode()).isEqualTo(200);
        assertThat(APP.get(next, "/api/v1/graphs").statusCode()).isEqualTo(200);
        assertThat(APP.get(APP.acmeKey, path).body()).contains("expiresAt");
        APP.post(APP.acmeKey, path + "/rotate", "{\"overlap\":\"PT0S\"}");
        ApiTest.assertProblem(APP.get(old, "/api/v1/graphs"), 401, "tenancy:UNAUTHENTICATED");
        ApiTest.assertProblem(APP.post(APP.acmeKey, path + "/rotate", "{}"), 409, "tenancy:KEY_ENDED");
        ApiTest.assertProblem(
                APP.post(APP.acmeKey, path + "/rotate", "{\"overlap\":\"P31D\"}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(
                APP.post(APP.acmeKey, path + "/rotate", "{\"overlap\":\"soon\"}"), 400, "server:INVALID_FIELD");
    }

    @Test
    void aListIsSearchedForAPartOfAName() {
        String robot = service(APP.acmeKey, "viewer");
        String found = APP.get(APP.acmeKey, USERS + "?query=ROBO&limit=200").body();
        assertThat(found).contains(robot);
        assertThat(APP.get(APP.acmeKey, USERS + "?query=" + robot).body()).contains(robot, "\"next\":null");
        assertThat(APP.get(APP.acmeKey, USERS + "?query=nobody%20such").body()).contains("\"items\":[]");
        assertThat(APP.get(APP.umbrellaKey, USERS + "?query=" + robot).body()).contains("\"items\":[]");
        for (String path : List.of(USERS, "/api/v1/api-keys", "/api/v1/tenants")) {
            for (String wrong : List.of("%00", "x".repeat(201))) {
                ApiTest.assertProblem(APP.get(APP.adminKey, path + "?query=" + wrong), 400, "server:INVALID_FIELD");
            }
        }
        assertThat(APP.get(APP.adminKey, "/api/v1/tenants?query=ACM").body())
                .contains("\"acme\"")
                .doesNotContain("umbrella");
        assertThat(APP.get(APP.acmeKey, "/api/v1/api-keys?query=no%20such%20key")
                        .body())
                .contains("\"items\":[]");
    }

    @Test
    void membersOfAGroupMayWhatItGivesAndTheirPermissionsTellIt() {
        String user = service(APP.acmeKey, "viewer");
        String foreign = service(APP.umbrellaKey, "viewer");
        String path = "/api/v1/groups/finance";
        String body = "{\"description\":\"Who pays.\",\"roles\":[\"approver\"],\"members\":[\"%s\"]}";
        HttpResponse<String> made = APP.put(APP.acmeKey, path, body.formatted(user));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        assertThat(APP.get(APP.acmeKey, USERS + "/" + user + "/permissions").body())
                .contains("\"groups\":[\"finance\"]", "\"approver\"", "approvals:decide");
        assertThat(APP.get(APP.acmeKey, "/api/v1/groups").body()).contains("finance", user);
        assertThat(TestServer.json(APP.get(APP.acmeKey, path)).object("names")).contains(JsonObject.of(user, "robot"));
        assertThat(APP.get(APP.umbrellaKey, "/api/v1/groups").body()).doesNotContain("finance");
        ApiTest.assertProblem(APP.get(APP.umbrellaKey, path), 404, "tenancy:UNKNOWN_GROUP");
        ApiTest.assertProblem(APP.delete(APP.umbrellaKey, path), 404, "tenancy:UNKNOWN_GROUP");
        for (String wrong : List.of(
                body.formatted(foreign),
                body.formatted("usr_nobody"),
                "{\"roles\":[\"emperor\"],\"members\":[]}",
                "{\"roles\":[\"owner\"],\"members\":[]}",
                "{\"roles\":\"approver\",\"members\":[]}",
                "{\"agents\":[],\"members\":[]}",
                "{}",
                "{\"description\":\"" + "x".repeat(501) + "\"}")) {
            assertThat(APP.put(APP.acmeKey, path, wrong, "If-Match", "*").statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
        ApiTest.assertProblem(
                APP.put(APP.acmeKey, "/api/v1/groups/Not%20so", "{\"members\":[]}"), 400, "tenancy:INVALID_NAME");
        assertThat(APP.delete(APP.acmeKey, path, "If-Match", "*").statusCode()).isEqualTo(204);
        assertThat(APP.get(APP.acmeKey, USERS + "/" + user + "/permissions").body())
                .doesNotContain("approvals:decide");
    }
}
