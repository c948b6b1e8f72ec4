package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people do to what others have begun, at a server as it is installed: they revoke, decide, stop everything while
 * the server is down, hand out and erase.
 */
@Timeout(240)
class PeopleIT {

    @TempDir
    private Path directory;

    private static JsonObject json(Launcher.Outcome outcome) {
        return Json.parseObject(outcome.expect(0).output());
    }

    private static String text(JsonObject json, String name) {
        return json.text(name).orElseThrow();
    }

    /** A graph that waits for an answer and then calls a tool. */
    private static JsonObject patient() {
        JsonObject kept = JsonObject.of("type", "any", "reducer", "last");
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", "patient"),
                "channels",
                Map.of("name", kept, "text", kept),
                "nodes",
                List.of(
                        JsonObject.of(
                                "id",
                                "asked",
                                "type",
                                "human",
                                "config",
                                JsonObject.of("prompt", "Whom?", "output", "name")),
                        JsonObject.of(
                                "id",
                                "greeted",
                                "type",
                                "tool",
                                "config",
                                JsonObject.of(
                                        "tool",
                                        "hello.greet",
                                        "arguments",
                                        JsonObject.of("name", "name"),
                                        "output",
                                        "text"))),
                "edges",
                List.of(
                        JsonObject.of("source", "START", "target", "asked"),
                        JsonObject.of("source", "asked", "target", "greeted"),
                        JsonObject.of("source", "greeted", "target", "END")));
    }

    private static String waiting(Api api) {
        String id = text(
                api.post("/api/v1/executions", JsonObject.of("graph", "patient"))
                        .expect(202),
                "id");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> text(api.get("/api/v1/executions/" + id).expect(200), "state")
                        .equals("WAITING"));
        return id;
    }

    private static JsonObject answered(Api api, String execution) {
        api.post("/api/v1/executions/" + execution + "/resume", JsonObject.of("answer", "Bob"))
                .expect(202);
        return api.execution(execution, Duration.ofSeconds(30));
    }

    private static Api as(Api api, JsonObject key) {
        return new Api(api.address(), text(key, "secret"), Optional.empty());
    }

    @Test
    void revocationReachesWhatRunsAndARotationDoesNot() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            Api api = server.administrator().forTenant("default");
            api.install("hello-tool");
            api.post("/api/v1/graphs", patient()).expect(201);
            JsonObject key = api.post(
                            "/api/v1/api-keys",
                            JsonObject.of("name", "app", "scopes", List.of("executions:read", "executions:write")))
                    .expect(201);
            String stopped = waiting(as(api, key));
            String rotated = waiting(as(api, key));
            JsonObject next = api.post(
                            "/api/v1/api-keys/" + text(key, "id") + "/rotate", JsonObject.of("overlap", "PT0S"))
                    .expect(201);
            assertThat(text(next, "principal")).isEqualTo(text(key, "id"));
            JsonObject done = answered(as(api, next), rotated);
            assertThat(text(done, "state")).as(done.toString()).isEqualTo("SUCCEEDED");
            api.delete("/api/v1/api-keys/" + text(next, "id")).expect(204);
            Thread.sleep(1_000);
            JsonObject ended = answered(api, stopped);
            assertThat(ended.object("failure").orElseThrow().text("code")).contains("tenancy:STARTER_REVOKED");
            String forked = text(
                    api.post("/api/v1/executions/" + stopped + "/retry", JsonObject.EMPTY)
                            .expect(202),
                    "id");
            assertThat(text(api.execution(forked, Duration.ofSeconds(30)), "state"))
                    .as("somebody who may goes on")
                    .isEqualTo("SUCCEEDED");
            whoIsConfinedToOthersMeanwhileIsStopped(api);
        }
    }

    private static void whoIsConfinedToOthersMeanwhileIsStopped(Api api) throws InterruptedException {
        JsonObject account = api.post(
                        "/api/v1/users",
                        JsonObject.of(
                                "name",
                                "robot",
                                "kind",
                                "SERVICE",
                                "roles",
                                List.of("operator"),
                                "agents",
                                List.of("patient")))
                .expect(201);
        JsonObject key = api.post(
                        "/api/v1/api-keys",
                        JsonObject.of(
                                "name", "of the robot",
                                "scopes", List.of("executions:read", "executions:write"),
                                "user", text(account, "id")))
                .expect(201);
        String kept = waiting(as(api, key));
        String stopped = waiting(as(api, key));
        assertThat(text(answered(api, kept), "state")).isEqualTo("SUCCEEDED");
        api.put(
                        "/api/v1/users/" + text(account, "id") + "/roles",
                        JsonObject.of("roles", List.of("operator"), "agents", List.of("other")),
                        "If-Match",
                        "*")
                .expect(200);
        Thread.sleep(1_000);
        assertThat(answered(api, stopped).object("failure").orElseThrow().text("code"))
                .contains("tenancy:STARTER_REVOKED");
        as(api, key).get("/api/v1/executions/" + kept).expect(404);
    }

    private static Api api(Launcher agentos) throws IOException {
        String key = Files.readString(agentos.data().resolve("admin.key")).strip();
        return new Api(agentos.address(), key, Optional.of("default"));
    }

    @Test
    void everythingIsStoppedWhileTheServerIsDownAndGoesOnWhenItIsLifted() throws Exception {
        Launcher agentos = Launcher.in(directory);
        JsonObject start = JsonObject.of("graph", "ours");
        try (Launcher.Up up = agentos.up()) {
            JsonObject config = JsonObject.of("prompt", "What?", "output", "text");
            api(agentos)
                    .post("/api/v1/graphs", OneNode.graph("ours", "human", config, "text"))
                    .expect(201);
            assertThat(agentos.run("kill", "engage", "platform", "--reason", "try", "--dry-run", "-o", "json")
                            .expect(0)
                            .output())
                    .contains("DRY_RUN", "\"calls\"");
            up.interrupt();
        }
        assertThat(agentos.run("kill", "engage", "platform", "--reason", "It runs wild.", "--direct")
                        .expect(0)
                        .output())
                .contains("ENGAGED");
        assertThat(agentos.run("kill", "list", "--direct").expect(0).output()).contains("platform", "It runs wild.");
        try (Launcher.Up up = agentos.up()) {
            Api api = api(agentos);
            Api.Answer refused = api.post("/api/v1/executions", start);
            assertThat(refused.status()).as(refused.text()).isEqualTo(423);
            assertThat(refused.text()).contains("policy:KILL_SWITCH_ENGAGED", "It runs wild.");
            agentos.run("kill", "lift", "platform", "--reason", "It is tame.").expect(0);
            api.post("/api/v1/executions", start).expect(202);
            assertThat(agentos.run("audit", "list", "-o", "json").expect(0).output())
                    .contains("liftKillSwitch");
            assertThat(agentos.run("kill", "list", "--all").expect(0).output()).contains("It is tame.", "LIFTED");
            assertThat(up.printed()).contains("Ctrl-C stops the server.");
        }
    }

    @Test
    void aTenantIsHandedOutWholeAndErasedForGood() throws Exception {
        Launcher agentos = Launcher.in(directory);
        try (Launcher.Up up = agentos.up()) {
            Api api = api(agentos).forTenant("acme");
            json(agentos.run("tenant", "create", "acme", "-o", "json"));
            JsonObject config = JsonObject.of("prompt", "What?", "output", "text");
            api.post("/api/v1/graphs", OneNode.graph("ours", "human", config, "text"))
                    .expect(201);
            api.post("/api/v1/executions", JsonObject.of("graph", "ours")).expect(202);
            JsonObject app = json(agentos.run(
                    "key", "create", "app", "--scope", "executions:read", "--tenant", "acme", "-o", "json"));
            Path file = directory.resolve("acme.zip");
            agentos.run("tenant", "export", "acme", "--to", file.toString()).expect(0);
            String all = contents(file);
            assertThat(all).contains("ours", text(app, "id")).doesNotContain(text(app, "secret"));

            String plan = agentos.run("tenant", "erase", "acme", "--dry-run")
                    .expect(0)
                    .output();
            assertThat(plan).contains("executions");
            assertThat(agentos.run("tenant", "erase", "acme", "--confirm", "another")
                            .exitCode())
                    .as("another name")
                    .isNotZero();
            api.get("/api/v1/executions").expect(200);
            agentos.run("tenant", "erase", "acme", "--confirm", "acme").expect(0);
            assertThat(api.get("/api/v1/executions").status()).isNotEqualTo(200);
            assertThat(as(api, app).get("/api/v1/executions").status()).isEqualTo(401);
            assertThat(agentos.run("tenant", "list").expect(0).output()).doesNotContain("acme");
            assertThat(agentos.run("tenant", "erasures", "-o", "json").expect(0).output())
                    .contains("acme", "DONE");
            assertThat(up.printed()).doesNotContain("Exception");
        }
    }

    private static String contents(Path zip) throws Exception {
        StringBuilder all = new StringBuilder();
        try (InputStream file = Files.newInputStream(zip);
                ZipInputStream entries = new ZipInputStream(file)) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                all.append(new String(entries.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return all.toString();
    }
}
