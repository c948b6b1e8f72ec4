package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Exports and erasures as the API shows them. */
@Timeout(60)
class RetentionApiTest {

    private static final String EXPORTS = "/api/v1/tenants/self/exports";

    private final TestServer app = new TestServer();

    @AfterEach
    void stop() {
        app.close();
    }

    @Test
    void handsOutWhatIsKeptWithAManifestThatProvesIt() throws Exception {
        Path file =
                app.uploads.resolve("workspace").resolve(app.acme.id().value()).resolve("notes/a.txt");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "kept by a plugin");
        JsonObject export = started(app.acmeKey);
        HttpResponse<byte[]> answer = file(app.acmeKey, export.text("id").orElseThrow());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/zip");
        assertThat(Digests.sha256(answer.body()))
                .isEqualTo(export.text("sha256").orElseThrow());
        Map<String, byte[]> entries = entries(answer.body());
        assertThat(entries.keySet()).contains("things.jsonl", "events.jsonl", "files/notes/a.txt", "manifest.json");
        assertThat(new String(entries.get("things.jsonl"), StandardCharsets.UTF_8))
                .isEqualTo("{\"thing\":0,\"of\":\"%1$s\"}\n{\"thing\":1,\"of\":\"%1$s\"}\n".formatted(app.acme.id()));
        JsonObject manifest = Json.parseObject(new String(entries.get("manifest.json"), StandardCharsets.UTF_8));
        assertThat(manifest.array("files").orElse(JsonArray.EMPTY))
                .hasSize(entries.size() - 1)
                .allSatisfy(one -> {
                    JsonObject named = (JsonObject) one;
                    assertThat(named.text("sha256"))
                            .contains(Digests.sha256(named.text("name")
                                    .flatMap(name -> Optional.ofNullable(entries.get(name)))
                                    .orElseThrow()));
                });
        assertThat(app.delete(app.acmeKey, EXPORTS + "/" + export.text("id").orElseThrow())
                        .statusCode())
                .isEqualTo(204);
        ApiTest.assertProblem(
                app.get(app.acmeKey, EXPORTS + "/" + export.text("id").orElseThrow()), 404, "retention:UNKNOWN_EXPORT");
    }

    @Test
    void anExportIsItsTenantsAlone() {
        String id = started(app.acmeKey).text("id").orElseThrow();
        ApiTest.assertProblem(app.get(app.umbrellaKey, EXPORTS + "/" + id), 404, "retention:UNKNOWN_EXPORT");
        ApiTest.assertProblem(
                app.get(app.umbrellaKey, "/api/v1/tenants/" + app.acme.id() + "/exports/" + id),
                404,
                "tenancy:UNKNOWN_TENANT");
        assertThat(app.get(app.adminKey, "/api/v1/tenants/acme/exports/" + id + "/file")
                        .statusCode())
                .isEqualTo(200);
        assertThat(app.get(app.umbrellaKey, EXPORTS).body()).doesNotContain(id);
    }

    @Test
    void aTenantHasTenExportsAtMost() {
        for (int i = 0; i < 10; i++) {
            assertThat(app.post(app.acmeKey, EXPORTS, "{\"principal\":\"key_" + i + "\"}")
                            .statusCode())
                    .isEqualTo(202);
        }
        ApiTest.assertProblem(app.post(app.acmeKey, EXPORTS, "{}"), 409, "retention:EXPORT_EXISTS");
        ApiTest.assertProblem(app.post(app.umbrellaKey, EXPORTS, "{\"principal\":\" \"}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(app.post(app.umbrellaKey, EXPORTS, "{\"of\":\"x\"}"), 400, "server:UNKNOWN_FIELD");
    }

    @Test
    void erasingATenantWantsItsNameAndCanBeTriedFirst() {
        Tenant doomed = app.tenants.create("doomed");
        String path = "/api/v1/tenants/" + doomed.id();
        ApiTest.assertProblem(app.delete(app.adminKey, path), 428, "server:PRECONDITION_REQUIRED");
        ApiTest.assertProblem(app.delete(app.adminKey, path + "?confirm=acme"), 412, "server:PRECONDITION_FAILED");
        HttpResponse<String> tried = app.delete(app.adminKey, path + "?dryRun=true");
        assertThat(tried.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(tried).object("removes")).contains(JsonObject.of("things", 2));
        ApiTest.assertProblem(app.delete(app.acmeKey, path + "?confirm=doomed"), 403, "tenancy:SCOPE_MISSING");
        assertThat(app.get(app.adminKey, path).statusCode()).isEqualTo(200);

        HttpResponse<String> begun = app.delete(app.adminKey, path + "?confirm=doomed");
        assertThat(begun.statusCode()).isEqualTo(202);
        assertThat(begun.headers().firstValue("Location").orElseThrow()).startsWith("/api/v1/operations/op_");
        ApiTest.assertProblem(app.get(app.adminKey, path), 404, "tenancy:UNKNOWN_TENANT");
        String erasure = "/api/v1/erasures/" + TestServer.json(begun).text("id").orElseThrow();
        await().until(() -> TestServer.json(app.get(app.adminKey, erasure))
                .text("state")
                .filter("DONE"::equals)
                .isPresent());
        assertThat(TestServer.json(app.get(app.adminKey, erasure)).object("removed"))
                .contains(JsonObject.of("things", 2));
        assertThat(app.get(app.adminKey, "/api/v1/audit?action=tenantErased").body())
                .contains("\"tenant\":\"" + doomed.id() + "\"", "\"things\":\"2\"");
        ApiTest.assertProblem(app.get(app.acmeKey, erasure), 403, "tenancy:SCOPE_MISSING");
    }

    @Test
    void erasesWhatAPersonBegan() {
        String path = "/api/v1/tenants/self/erasures";
        HttpResponse<String> tried = app.post(app.acmeKey, path, "{\"principal\":\"key_gone\",\"dryRun\":true}");
        assertThat(tried.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(tried).object("removes")).contains(JsonObject.of("things", 2));
        ApiTest.assertProblem(app.post(app.acmeKey, path, "{}"), 400, "server:INVALID_FIELD");

        for (String rest : List.of("", ",\"dryRun\":true")) {
            HttpResponse<String> nobody = app.post(app.acmeKey, path, "{\"principal\":\"key_never\"" + rest + "}");
            ApiTest.assertProblem(nobody, 404, "retention:UNKNOWN_PRINCIPAL");
            ApiTest.assertProblem(
                    app.post(app.acmeKey, EXPORTS, "{\"principal\":\"key_never\"}"),
                    404,
                    "retention:UNKNOWN_PRINCIPAL");
            assertThat(nobody.body()).contains("'key_never'", "GET /api/v1/users");
        }

        HttpResponse<String> begun = app.post(app.acmeKey, path, "{\"principal\":\"key_gone\"}");
        assertThat(begun.statusCode()).isEqualTo(202);
        String location = begun.headers().firstValue("Location").orElseThrow();
        await().until(() -> TestServer.json(app.get(app.acmeKey, location))
                .text("state")
                .filter("DONE"::equals)
                .isPresent());
        assertThat(app.get(app.acmeKey, "/api/v1/audit?action=personErased").body())
                .contains("key_gone");
        assertThat(app.get(app.acmeKey, "/api/v1/audit/verify").body()).contains("\"sound\":true");
        String owner = TestServer.json(app.get(app.acmeKey, "/api/v1"))
                .object("principal")
                .flatMap(principal -> principal.text("id"))
                .orElseThrow();
        app.post(app.acmeKey, EXPORTS, "{\"principal\":\"" + owner + "\"}");
        assertThat(app.get(app.acmeKey, EXPORTS).body())
                .contains("\"principal\":\"" + owner + "\"", "\"principalName\":\"acme\"");
        assertThat(app.get(app.acmeKey, path).body()).contains("key_gone").doesNotContain("principalName");
        ApiTest.assertProblem(app.get(app.umbrellaKey, location), 404, "tenancy:UNKNOWN_TENANT");
        ApiTest.assertProblem(
                app.get(
                        app.umbrellaKey,
                        path + "/" + TestServer.json(begun).text("id").orElseThrow()),
                404,
                "retention:UNKNOWN_ERASURE");
    }

    @Test
    void nobodyErasesWhoMayDoMore() {
        Optional<TenantId> acme = Optional.of(app.acme.id());
        Principal root = new Principal("key_0", "root", Optional.empty(), EnumSet.allOf(Scope.class));
        String owner =
                app.users.addService(root, acme, "co-owner", Set.of("owner")).id();
        String operator =
                app.users.addService(root, acme, "operator", Set.of("operator")).id();
        Set<Scope> scopes = EnumSet.copyOf(TestServer.TENANT_SCOPES);
        scopes.remove(Scope.ROLES_WRITE);
        String admin = app.key(acme, "admin", scopes);
        ApiKeys.Created strong = app.apiKeys.create(acme, "strong", Set.of(Scope.ROLES_WRITE), Optional.empty());
        String path = "/api/v1/tenants/self/erasures";
        for (String rest : List.of(",\"dryRun\":true", "")) {
            for (String stronger : List.of(owner, strong.key().id())) {
                ApiTest.assertProblem(
                        app.post(admin, path, "{\"principal\":\"" + stronger + "\"" + rest + "}"),
                        403,
                        "tenancy:SCOPE_MISSING");
            }
            assertThat(app.apiKeys.authenticate(strong.secret())).isPresent();
        }
        assertThat(app.get(admin, path).body()).doesNotContain("ers_");

        // Oneself, who may do no more than oneself, and who has gone.
        String own = app.apiKeys.authenticate(admin).orElseThrow().id();
        app.apiKeys.revoke(acme, strong.key().id());
        for (String weaker : List.of(own, operator, strong.key().id(), "key_gone")) {
            assertThat(app.post(admin, path, "{\"principal\":\"" + weaker + "\",\"dryRun\":true}")
                            .statusCode())
                    .as(weaker)
                    .isEqualTo(200);
        }
        assertThat(app.post(admin, path, "{\"principal\":\"" + operator + "\"}").statusCode())
                .isEqualTo(202);
    }

    @Test
    void aTenantSaysHowLongThingsAreKeptWithinWhatThePlatformAllows() {
        String path = "/api/v1/retention/executions";
        assertThat(put(app.acmeKey, path, "{\"keep\":\"P30D\"}").statusCode()).isEqualTo(200);
        assertThat(put(app.adminKey, path, "{\"keep\":\"P7D\"}").statusCode()).isEqualTo(200);
        JsonObject executions = (JsonObject) TestServer.json(app.get(app.acmeKey, "/api/v1/retention"))
                .array("items")
                .orElseThrow()
                .items()
                .getFirst();
        assertThat(executions.text("keep")).contains("PT720H");
        assertThat(executions.text("longest")).contains("PT168H");
        assertThat(executions.text("inForce")).contains("PT168H");
        assertThat(app.get(app.umbrellaKey, "/api/v1/retention").body()).doesNotContain("PT720H");
        assertThat(put(app.acmeKey, path, "{\"keep\":\"P1D\",\"dryRun\":true}").body())
                .contains("\"removes\":3");
        assertThat(app.get(app.acmeKey, "/api/v1/retention").body()).doesNotContain("PT24H");

        ApiTest.assertProblem(put(app.acmeKey, path, "{\"keep\":\"PT1M\"}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(put(app.acmeKey, path, "{\"keep\":\"-P1D\"}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(put(app.acmeKey, path, "{\"keep\":\"long\"}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(
                put(app.acmeKey, "/api/v1/retention/audit", "{\"keep\":\"P1D\"}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(
                put(app.adminKey, path, "{\"keep\":\"P1D\",\"dryRun\":true}"), 400, "tenancy:TENANT_REQUIRED");
        assertThat(app.delete(app.acmeKey, path, "If-Match", "*").statusCode()).isEqualTo(204);
        ApiTest.assertProblem(app.delete(app.acmeKey, path, "If-Match", "*"), 404, "retention:UNKNOWN_RULE");
    }

    private HttpResponse<String> put(String key, String path, String body) {
        return app.send(app.request(key, path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    private JsonObject started(String key) {
        HttpResponse<String> begun = app.post(key, EXPORTS, "{}");
        assertThat(begun.statusCode()).isEqualTo(202);
        String path = begun.headers().firstValue("Location").orElseThrow();
        await().until(() -> TestServer.json(app.get(key, path))
                .text("state")
                .filter("READY"::equals)
                .isPresent());
        return TestServer.json(app.get(key, path));
    }

    private HttpResponse<byte[]> file(String key, String id) throws Exception {
        return app.client.send(
                app.request(key, EXPORTS + "/" + id + "/file").GET().build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static Map<String, byte[]> entries(byte[] zip) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put(entry.getName(), in.readAllBytes());
            }
        }
        return entries;
    }
}
