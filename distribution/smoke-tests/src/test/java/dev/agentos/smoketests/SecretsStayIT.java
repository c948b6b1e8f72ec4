package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.smoketests.ScriptedOpenAi.Said;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Secrets and keys that look like nothing in particular, so that no detector finds them, are set, used, mistaken and
 * repeated by a provider that fails. Then they are looked for in all that the server has written and tells.
 */
@Timeout(240)
class SecretsStayIT {

    private static final String PLATFORM_SECRET = "canary1platform8secret3words";
    private static final String TENANT_SECRET = "canary2tenant7secret4words";
    private static final String MISPLACED = "canary3misplaced6secret5words";
    private static final String REDIS_PASSWORD = "canary4redis5password6words";
    private static final String PASSWORD = "canary5right4password7words";
    private static final String WRONG_PASSWORD = "canary6wrong3password8words";
    private static final String WRONG_KEY = "canary7wrong2key9words";
    private static final String SECRETS_KEY =
            Base64.getEncoder().encodeToString("canary8secrets1key0words9abcdefg".getBytes(StandardCharsets.UTF_8));
    private static final String MARKER = "marker9not8secret7words";

    private static final JsonObject ASKING = JsonObject.of("model", "openai/any", "prompt", "Fail.", "output", "text");

    @TempDir
    private Path directory;

    /** What is not to be found, by what it is. */
    private final Map<String, String> canaries = new LinkedHashMap<>(Map.of(
            "the platform's secret", PLATFORM_SECRET,
            "a tenant's secret", TENANT_SECRET,
            "a secret at the wrong place", MISPLACED,
            "the password of Redis", REDIS_PASSWORD,
            "a person's password", PASSWORD,
            "a mistyped password", WRONG_PASSWORD,
            "a mistyped key", WRONG_KEY,
            "the key for secrets", SECRETS_KEY));

    /** A provider that repeats what it was sent, and the key with it. */
    private static Said repeat(ScriptedOpenAi.Asked asked) {
        String said = JsonObject.of(
                        "error", JsonObject.of("message", "No such key: " + asked.key(), "code", asked.key()))
                .toString();
        return new Said(asked.body().contains("Fail.") ? 401 : 500, said);
    }

    private ServerProcess start() throws IOException, InterruptedException {
        return ServerProcess.start(
                directory.resolve("data"),
                "--secrets-key=" + SECRETS_KEY,
                "--rate-limit-redis=redis://127.0.0.1:1",
                "--rate-limit-redis-password=" + REDIS_PASSWORD);
    }

    @Test
    void secretsThatAreSetUsedAndRepeatedAreFoundNowhere() throws Exception {
        Path data = directory.resolve("data");
        Path secret = Files.createDirectories(data.resolve("secrets")).resolve("OPENAI_API_KEY");
        Files.writeString(secret, PLATFORM_SECRET);
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        List<String> told = new ArrayList<>();
        try (ScriptedOpenAi models = new ScriptedOpenAi(SecretsStayIT::repeat)) {
            try (ServerProcess server = start()) {
                Api api = server.administrator();
                canaries.put("the administrator's key", api.key());
                prepare(api, models);
                use(api, told);
                assertThat(models.asked())
                        .extracting(ScriptedOpenAi.Asked::key)
                        .as("both were used")
                        .contains("Bearer " + PLATFORM_SECRET, "Bearer " + TENANT_SECRET);
                views(api, told);
                told.add(server.output());
                server.kill();
            }
            try (ServerProcess server = start()) {
                use(server.administrator(), told);
                views(server.administrator(), told);
                told.add(server.output());
                server.stop();
            }
        }
        assertThat(told).as("the search finds something").anyMatch(text -> text.contains(MARKER));
        assertThat(files(data, MARKER, secret)).as("the search finds something").isNotEmpty();
        canaries.forEach((what, canary) -> {
            assertThat(told).as(what).noneMatch(text -> text.contains(canary));
            assertThat(files(data, canary, secret, data.resolve("admin.key")))
                    .as(what)
                    .isEmpty();
        });
    }

    private void prepare(Api api, ScriptedOpenAi models) {
        api.install("provider-openai");
        String path = "/api/v1/plugins/provider-openai";
        String etag = api.get(path).headers().firstValue("ETag").orElseThrow();
        api.succeeded(api.put(path + "/configuration", JsonObject.of("baseUrl", models.baseUrl()), "If-Match", etag)
                .expect(202));
        api.post("/api/v1/tenants", JsonObject.of("name", "alpha")).expect(201);
        for (String tenant : List.of("default", "alpha")) {
            api.forTenant(tenant)
                    .post("/api/v1/graphs", OneNode.graph("ask", "llm", ASKING, "text"))
                    .expect(201);
        }
        String settings = "/api/v1/tenants/alpha/plugins/provider-openai";
        api.put(settings, JsonObject.of("secrets", JsonObject.of("OPENAI_API_KEY", TENANT_SECRET)), "If-Match", "*")
                .expect(200);
        invite(api);
    }

    private void invite(Api api) {
        String invitation = api.post(
                        "/api/v1/users",
                        JsonObject.of("name", "Ada", "email", "ada@example.org", "roles", List.of("viewer")))
                .expect(201)
                .text("invitation")
                .orElseThrow();
        canaries.put("an invitation", invitation);
        Api anybody = new Api(api.address(), "", Optional.empty());
        anybody.post("/api/v1/login/invitation", JsonObject.of("token", invitation, "password", PASSWORD))
                .expect(200);
    }

    /** Uses all of it rightly and wrongly. */
    private void use(Api api, List<String> told) {
        for (String tenant : List.of("default", "alpha")) {
            JsonObject failed = api.forTenant(tenant).executed("ask", JsonObject.EMPTY);
            assertThat(failed.text("state")).contains("FAILED");
            told.add(failed.toString());
            told.add(api.forTenant(tenant)
                    .events(failed.text("id").orElseThrow())
                    .toString());
        }
        String settings = "/api/v1/tenants/alpha/plugins/provider-openai";
        told.add(refused(api.put(
                settings,
                JsonObject.of("secrets", JsonObject.of("OPENAI_API_KEY", JsonObject.of("value", MISPLACED))),
                "If-Match",
                "*")));
        told.add(refused(api.put(
                settings, JsonObject.of("configuration", JsonObject.of("timeout", MISPLACED)), "If-Match", "*")));
        told.add(refused(api.put(settings, JsonObject.of("secret", MISPLACED), "If-Match", "*")));

        String key = api.post("/api/v1/api-keys", JsonObject.of("name", MARKER, "scopes", List.of("executions:read")))
                .expect(201)
                .text("secret")
                .orElseThrow();
        canaries.put("a key " + canaries.size(), key);
        Api caller = new Api(api.address(), key, Optional.empty());
        caller.get("/api/v1/executions").expect(200);
        told.add(refused(caller.delete("/api/v1/graphs/ask")));
        told.add(refused(new Api(api.address(), WRONG_KEY, Optional.empty()).get("/api/v1/executions")));

        told.add(login(api, PASSWORD, 200));
        told.add(login(api, WRONG_PASSWORD, 401));
    }

    private String login(Api api, String password, int status) {
        Api.Answer answer = api.send(HttpRequest.newBuilder(api.address().resolve("/api/v1/login"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(JsonObject.of("email", "ada@example.org", "password", password)
                        .toString())));
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        answer.headers()
                .firstValue("Set-Cookie")
                .ifPresent(cookie -> canaries.put(
                        "a login " + canaries.size(), cookie.substring(cookie.indexOf('=') + 1, cookie.indexOf(';'))));
        return answer.text();
    }

    private static String refused(Api.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isBetween(400, 499);
        return answer.text();
    }

    /** What the API tells of all that. */
    private static void views(Api api, List<String> told) {
        for (String path : List.of(
                "/api/v1/plugins",
                "/api/v1/plugins/provider-openai",
                "/api/v1/tenants/alpha/plugins/provider-openai",
                "/api/v1/operations",
                "/api/v1/users",
                "/api/v1/api-keys",
                "/api/v1/executions",
                "/metrics")) {
            Api.Answer answer = api.get(path);
            assertThat(answer.status()).as(path + " " + answer.text()).isEqualTo(200);
            told.add(answer.text());
        }
        for (Api one : List.of(api, api.forTenant("alpha"), new Api(api.address(), api.key(), Optional.empty()))) {
            String records = one.get("/api/v1/audit?limit=100").expect(200).toString();
            assertThat(records).contains("\"action\"");
            told.add(records);
        }
    }

    /** The files below a folder that hold a text, but for those where it belongs. */
    private static List<Path> files(Path folder, String text, Path... places) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !List.of(places).contains(file))
                    .filter(file -> holds(file, text))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean holds(Path file, String text) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }
}
