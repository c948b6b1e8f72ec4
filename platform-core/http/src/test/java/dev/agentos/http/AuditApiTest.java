package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.web.AuditFeature;
import dev.agentos.web.OpenApi;
import jakarta.ws.rs.GET;
import java.lang.reflect.Method;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
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
    void aFormulaInACellIsText() {
        APP.send(APP.request(APP.acmeKey, "/api/v1/policies/=cmd")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"rules\": []}")));
        HttpResponse<String> csv = APP.get(APP.acmeKey, PATH + "/export?format=csv");
        assertThat(csv.headers().firstValue("Content-Type")).get().asString().startsWith("text/csv");
        assertThat(csv.body().lines().skip(1)).allMatch(line -> line.startsWith("\"tnt_") && !line.contains(",\"="));
    }

    @Test
    void whatIsWrongIsNamed() {
        for (String query :
                List.of("?outcome=MAYBE", "?from=yesterday", "?cursor=x", "/export?format=xml", "?who=me")) {
            assertThat(APP.get(APP.acmeKey, PATH + query).statusCode())
                    .as(query)
                    .isEqualTo(400);
        }
        assertThat(APP.apiKeys.authenticate("aos_none")).isEqualTo(Optional.empty());
        assertThat(APP.get("aos_none", PATH).statusCode()).isEqualTo(401);
    }
}
