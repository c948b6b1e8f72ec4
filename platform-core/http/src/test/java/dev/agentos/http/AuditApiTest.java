package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.web.AuditFeature;
import dev.agentos.web.OpenApi;
import jakarta.ws.rs.GET;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class AuditApiTest {

    private static final TestServer APP = new TestServer();
    private static final String PATH = "/api/v1/audit";

    @AfterAll
    static void close() {
        APP.close();
    }

    private static String records(String key, String query) {
        return APP.get(key, PATH + query).body();
    }

    /** What a client gets that writes headers in UTF-8, as that of Java does not. */
    private static String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", APP.server.address().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void everyRouteThatChangesSomethingIsRecorded() {
        for (Class<?> resource : ApiApplication.RESOURCES) {
            for (Method route : OpenApi.routes(resource)) {
                assertThat(route.isAnnotationPresent(GET.class) || AuditFeature.recorded(route))
                        .as(route.toString())
                        .isTrue();
            }
        }
    }

    @Test
    void aChangeIsRecordedWithWhoWhatAndWhyBeforeItIsAnswered() {
        HttpResponse<String> made = APP.send(APP.request(APP.acmeKey, "/api/v1/policies/recorded")
                .header("Content-Type", "application/json")
                .header(AuditFeature.REASON_HEADER, "quarterly review")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"rules\": []}")));
        assertThat(made.statusCode()).isEqualTo(200);
        String actor = APP.apiKeys.authenticate(APP.acmeKey).orElseThrow().id();
        assertThat(records(APP.acmeKey, "?action=putPolicy&limit=1"))
                .contains(actor, "\"name\":\"recorded\"", "quarterly review", "\"outcome\":\"DONE\"");
        assertThat(records(APP.umbrellaKey, "?action=putPolicy")).doesNotContain("recorded");
    }

    @Test
    void aReasonIsRecordedInWhateverLanguageItIsSent() {
        Map<String, String> reasons = Map.of(
                "%D0%9F%D1%80%D0%BE%D0%B2%D0%B5%D1%80%D0%BA%D0%B0", "Проверка",
                "left us %E2%80%93 for good", "left us – for good",
                "two%0Alines", "two\nlines",
                "100%25 sure", "100% sure",
                // What nobody has encoded is what it says.
                "100% sure of it", "100% sure of it",
                "half an escape %D0", "half an escape %D0",
                "ends in %4", "ends in %4");
        reasons.forEach((sent, meant) -> {
            HttpResponse<String> made = APP.send(APP.request(APP.acmeKey, "/api/v1/policies/explained")
                    .header("Content-Type", "application/json")
                    .header(AuditFeature.REASON_HEADER, sent)
                    .header("If-Match", "*")
                    .PUT(HttpRequest.BodyPublishers.ofString("{\"rules\": []}")));
            assertThat(made.statusCode()).isEqualTo(200);
            assertThat(lastReason()).isEqualTo(meant);
        });
    }

    private static String lastReason() {
        JsonObject records = Json.parseObject(records(APP.acmeKey, "?action=putPolicy&limit=1"));
        JsonObject last =
                (JsonObject) records.array("items").orElseThrow().items().getFirst();
        return last.object("details").orElseThrow().text("reason").orElseThrow();
    }

    @Test
    void whatWasRefusedIsRecordedWithItsCode() {
        assertThat(APP.get(APP.acmeKey, "/api/v1/policies/none").statusCode()).isEqualTo(404);
        HttpResponse<String> refused = APP.post(APP.acmeKey, "/api/v1/tenants", "{\"name\": \"mine\"}");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(records(APP.acmeKey, "?outcome=REFUSED&limit=1")).contains("createTenant", "tenancy:SCOPE_MISSING");
    }

    @Test
    void whoReadsASessionIsRecorded() throws Exception {
        APP.get(APP.umbrellaKey, "/api/v1/sessions/private");
        for (int i = 0; i < 100 && !records(APP.umbrellaKey, "").contains("getSession"); i++) {
            Thread.sleep(20);
        }
        assertThat(records(APP.umbrellaKey, "?action=getSession")).contains("\"id\":\"private\"");
    }

    @Test
    void thePlatformHasAChainOfItsOwn() {
        APP.post(APP.adminKey, "/api/v1/tenants", "{\"name\": \"recorded\"}");
        assertThat(records(APP.adminKey, "?action=createTenant"))
                .contains("\"chain\":\"platform\"", "/api/v1/tenants/tnt_");
        assertThat(records(APP.acmeKey, "?action=createTenant")).contains("\"items\":[]");
    }

    /** As somebody would who has nothing but the export and the page that describes it. */
    @Test
    void anExportIsVerifiedWithoutTheServer() throws Exception {
        for (int i = 0; i < 3; i++) {
            APP.post(APP.umbrellaKey, "/api/v1/graphs/validate", "{}");
        }
        assertThat(records(APP.umbrellaKey, "/verify")).contains("\"sound\":true");
        String previous = "0".repeat(64);
        List<String> lines =
                APP.get(APP.umbrellaKey, PATH + "/export").body().lines().toList();
        assertThat(lines).hasSizeGreaterThanOrEqualTo(3);
        for (String line : lines) {
            JsonObject record = Json.parseObject(line);
            assertThat(record.text("previous")).contains(previous);
            String whole = record.text("chain").orElseThrow() + "\n"
                    + record.member("sequence").orElseThrow() + "\n" + previous + "\n"
                    + record.text("entry").orElseThrow() + "\n";
            previous = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(whole.getBytes(StandardCharsets.UTF_8)));
            assertThat(record.text("hash")).contains(previous);
        }
    }

    @Test
    void anExportThatCannotBeginSaysWhy() {
        for (String format : List.of("jsonl", "csv")) {
            APP.faults.without("kept", () -> {
                HttpResponse<String> answer = APP.get(APP.acmeKey, PATH + "/export?format=" + format);
                ApiTest.assertProblem(answer, 503, "server:DATABASE_UNAVAILABLE");
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                assertThat(answer.headers().firstValue("X-Content-Type-Options"))
                        .contains("nosniff");
            });
        }
    }

    @Test
    void aFormulaInACellIsText() {
        APP.send(APP.request(APP.acmeKey, "/api/v1/policies/=cmd")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"rules\": []}")));
        HttpResponse<String> csv = APP.get(APP.acmeKey, PATH + "/export?format=csv");
        assertThat(csv.headers().firstValue("Content-Type")).get().asString().startsWith("text/csv");
        assertThat(csv.body().lines().skip(1)).allMatch(line -> line.startsWith("\"tnt_") && !line.contains(",\"="));
    }

    @Test
    void whateverAReasonHoldsIsRecorded() throws Exception {
        for (String reason : List.of("x".repeat(499) + "\uD83D\uDE00".repeat(3), "\uD83D\uDE00".repeat(400))) {
            String name = "reason" + reason.codePointAt(0);
            String answer = raw("PUT /api/v1/policies/" + name + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                    + APP.acmeKey + "\r\n" + AuditFeature.REASON_HEADER + ": " + reason
                    + "\r\nContent-Type: application/json\r\nContent-Length: 13\r\nConnection: close\r\n\r\n"
                    + "{\"rules\": []}");
            assertThat(answer).startsWith("HTTP/1.1 200");
            assertThat(records(APP.acmeKey, "?action=putPolicy&limit=1")).contains(name);
        }
    }

    /** The limit of what is recorded falls into a character that takes two places. */
    @Test
    void aLongTargetCannotKeepItsRecordFromBeing() {
        String name = "x".repeat(499) + "%F0%9F%98%80%F0%9F%98%80";
        HttpResponse<String> answer = APP.send(APP.request(APP.acmeKey, "/api/v1/policies/" + name)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"rules\": []}")));
        assertThat(answer.statusCode()).isBetween(400, 499);
        assertThat(records(APP.acmeKey, "?limit=1"))
                .contains("putPolicy", "REFUSED", "x".repeat(499) + "\uD83D\uDE00…");
    }

    @Test
    void recordsAreFoundByTheirTarget() {
        for (String name : List.of("target-one", "target-two")) {
            APP.send(APP.request(APP.acmeKey, "/api/v1/policies/" + name)
                    .header("Content-Type", "application/json")
                    .PUT(HttpRequest.BodyPublishers.ofString("{\"rules\": []}")));
        }
        assertThat(records(APP.acmeKey, "?target=target-one"))
                .contains("target-one")
                .doesNotContain("target-two");
        assertThat(records(APP.acmeKey, "?target=target")).contains("\"items\":[]");
        assertThat(records(APP.umbrellaKey, "?target=target-one")).contains("\"items\":[]");
        assertThat(records(APP.acmeKey, "/export?target=target-two").lines())
                .singleElement()
                .asString()
                .contains("target-two");
    }

    @Test
    void whoMadeItIsFoundByItsId() {
        String key = made("/api/v1/api-keys", "{\"name\":\"sought\",\"scopes\":[\"agents:read\"]}");
        String rotated = made("/api/v1/api-keys/" + key + "/rotate", "{}");
        assertThat(records(APP.acmeKey, "?target=" + key)).contains("\"createApiKey\"", "\"rotateApiKey\"");
        assertThat(records(APP.acmeKey, "?target=" + rotated))
                .contains("\"rotateApiKey\"")
                .doesNotContain("\"createApiKey\"");
        String user = made("/api/v1/users", "{\"name\":\"sought\",\"kind\":\"SERVICE\",\"roles\":[\"viewer\"]}");
        assertThat(records(APP.acmeKey, "?target=" + user)).contains("\"createUser\"");
    }

    private static String made(String path, String body) {
        HttpResponse<String> answer = APP.post(APP.acmeKey, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return Json.parseObject(answer.body()).text("id").orElseThrow();
    }

    /** As somebody would who has kept a checkpoint and the server's public key. */
    @Test
    void aCheckpointIsVerifiedWithoutTheServer() throws Exception {
        HttpResponse<String> made = APP.post(APP.acmeKey, PATH + "/checkpoints", "");
        assertThat(made.statusCode()).isEqualTo(200);
        JsonObject checkpoint = Json.parseObject(made.body());
        JsonObject verified = Json.parseObject(records(APP.acmeKey, "/verify"));
        PublicKey key = KeyFactory.getInstance("Ed25519")
                .generatePublic(new X509EncodedKeySpec(
                        Base64.getDecoder().decode(verified.text("key").orElseThrow())));
        String signed = "agentos audit checkpoint\n"
                + APP.acme.id() + "\n"
                + checkpoint.member("sequence").orElseThrow() + "\n"
                + checkpoint.text("hash").orElseThrow() + "\n"
                + checkpoint.text("at").orElseThrow() + "\n";
        Signature signature = Signature.getInstance("Ed25519");
        signature.initVerify(key);
        signature.update(signed.getBytes(StandardCharsets.UTF_8));
        assertThat(signature.verify(
                        Base64.getDecoder().decode(checkpoint.text("signature").orElseThrow())))
                .isTrue();
        assertThat(records(APP.acmeKey, "/checkpoints"))
                .contains(checkpoint.text("signature").orElseThrow());
        assertThat(records(APP.umbrellaKey, "/checkpoints"))
                .doesNotContain(APP.acme.id().value());
        assertThat(records(APP.acmeKey, "?action=makeAuditCheckpoint")).contains("\"outcome\":\"DONE\"");
    }

    @Test
    void aHashThatWasNotedIsComparedWithTheChain() {
        APP.post(APP.acmeKey, "/api/v1/graphs/validate", "{}");
        JsonObject noted = Json.parseObject(
                APP.post(APP.acmeKey, PATH + "/checkpoints", "").body());
        String query = "/verify?sequence=" + noted.member("sequence").orElseThrow() + "&hash=";
        assertThat(records(APP.acmeKey, query + noted.text("hash").orElseThrow()))
                .contains("\"sound\":true");
        assertThat(records(APP.acmeKey, query + "f".repeat(64)))
                .contains(
                        "\"sound\":false",
                        "hash that was given",
                        "\"sequence\":" + noted.member("sequence").orElseThrow());
        assertThat(records(APP.acmeKey, "/verify?sequence=0&hash=" + "0".repeat(64)))
                .contains("\"sound\":true");
        assertThat(records(APP.acmeKey, "/verify?sequence=0&hash=" + "f".repeat(64)))
                .contains("\"sound\":false");
        assertThat(records(APP.acmeKey, "/verify?sequence=999999999&hash=" + "f".repeat(64)))
                .contains("\"sound\":false", "cut off");
    }

    @Test
    void whatIsWrongIsNamed() {
        for (String query : List.of(
                "?outcome=MAYBE",
                "?from=yesterday",
                "?cursor=x",
                "/export?format=xml",
                "?who=me",
                "/export?from=x",
                "/verify?sequence=1",
                "/verify?hash=x",
                "/verify?sequence=-1&hash=" + "0".repeat(64),
                "/checkpoints?cursor=x")) {
            assertThat(APP.get(APP.acmeKey, PATH + query).statusCode())
                    .as(query)
                    .isEqualTo(400);
        }
        assertThat(APP.apiKeys.authenticate("aos_none")).isEqualTo(Optional.empty());
        assertThat(APP.get("aos_none", PATH).statusCode()).isEqualTo(401);
    }
}
