package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.smoketests.Receiver.Message;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ends of executions as a receiver with a socket of its own is told them. */
class WebhooksIT {

    private static final String DELIVERIES = "/api/v1/webhooks/deliveries";

    @TempDir
    private static Path directory;

    private static Receiver receiver;
    private static ServerProcess server;
    private static Api api;

    @BeforeAll
    static void start() throws Exception {
        receiver = new Receiver();
        server = ServerProcess.start(directory, "--webhook-receivers=127.0.0.1:" + receiver.port());
        api = server.administrator();
        api.post("/api/v1/graphs", graph("done", "1 + 1")).expect(201);
        api.post("/api/v1/graphs", graph("broken", "1 / 0")).expect(201);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        server.close();
        receiver.close();
    }

    private static JsonObject graph(String name, String value) {
        return JsonObject.of(
                "metadata", JsonObject.of("name", name),
                "channels", JsonObject.of("sum", JsonObject.of("type", "any", "reducer", "last")),
                "nodes",
                        List.of(JsonObject.of(
                                "id", "add",
                                "type", "transform",
                                "config", JsonObject.of("set", JsonObject.of("sum", value)))),
                "edges",
                        List.of(
                                JsonObject.of("source", "START", "target", "add"),
                                JsonObject.of("source", "add", "target", "END")));
    }

    private static Api.Answer start(String graph, String url) {
        return api.post("/api/v1/executions", JsonObject.of("graph", graph, "webhook", url));
    }

    private static String started(String graph, String url) {
        return start(graph, url).expect(202).text("id").orElseThrow();
    }

    private static JsonObject delivery(Api from, String execution) {
        JsonArray found = from.get(DELIVERIES + "?execution=" + execution)
                .expect(200)
                .array("items")
                .orElseThrow();
        assertThat(found.size()).isEqualTo(1);
        return (JsonObject) found.items().getFirst();
    }

    private static JsonObject delivery(String execution, String state) {
        return Awaitility.await("a delivery that is " + state)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> delivery(api, execution),
                        found -> found.text("state").orElseThrow().equals(state));
    }

    private static String rotate() {
        return api.post("/api/v1/webhooks/secret/rotate", JsonObject.EMPTY)
                .expect(200)
                .text("secret")
                .orElseThrow();
    }

    @Test
    void anEndIsToldOnceAndSignedWithEachSecretThatSigns() {
        String secret = rotate();
        String execution = started("done", receiver.url("/hook"));
        Message told = receiver.await(execution, 1).getFirst();
        assertThat(told.event().text("type")).contains("execution.completed");
        assertThat(told.event().object("data").orElseThrow().text("state")).contains("SUCCEEDED");
        assertThat(told.text()).doesNotContain("sum");
        assertThat(told.signedWith(secret)).isTrue();
        JsonObject delivered = delivery(execution, "DELIVERED");
        assertThat(delivered.text("id")).contains(told.id());
        assertThat(delivered
                        .object("last")
                        .orElseThrow()
                        .number("status")
                        .orElseThrow()
                        .toString())
                .isEqualTo("204");

        String newer = rotate();
        String failing = started("broken", receiver.url("/hook"));
        Message failed = receiver.await(failing, 1).getFirst();
        assertThat(failed.event().text("type")).contains("execution.failed");
        assertThat(failed.event().object("data").orElseThrow().object("failure"))
                .isPresent();
        assertThat(List.of(secret, newer)).allMatch(failed::signedWith);
        assertThat(receiver.of(execution)).hasSize(1);
    }

    @Test
    void whatWasNotHeardIsToldAgainUnderTheSameId() {
        receiver.answer(500);
        String execution = started("done", receiver.url("/again"));
        List<Message> told = receiver.await(execution, 2);
        assertThat(told).extracting(Message::id).containsOnly(told.getFirst().id());
        assertThat(told).extracting(Message::text).containsOnly(told.getFirst().text());
        assertThat(told.get(1).timestamp() - told.get(0).timestamp()).isBetween(4L, 20L);
        assertThat(delivery(execution, "DELIVERED")
                        .number("attempts")
                        .orElseThrow()
                        .toString())
                .isEqualTo("2");

        api.post(DELIVERIES + "/" + told.getFirst().id() + "/redeliver", JsonObject.EMPTY)
                .expect(200);
        assertThat(receiver.await(execution, 3))
                .extracting(Message::id)
                .containsOnly(told.getFirst().id());
        assertThat(delivery(execution, "DELIVERED")
                        .number("attempts")
                        .orElseThrow()
                        .toString())
                .isEqualTo("1");
    }

    @Test
    void whoeverIsGoneIsLeftAloneAndRedirectsLeadNowhere() {
        receiver.answer(410);
        String gone = started("done", receiver.url("/gone"));
        receiver.await(gone, 1);
        JsonObject given = delivery(gone, "GIVEN_UP");
        assertThat(given.object("last").orElseThrow().text("failure")).contains("HTTP 410: not today");

        receiver.answer(307);
        String moved = started("done", receiver.url("/moved"));
        receiver.await(moved, 2);
        assertThat(delivery(moved, "DELIVERED").object("last").orElseThrow().text("failure"))
                .isEqualTo(Optional.empty());
        assertThat(receiver.paths()).doesNotContain("/elsewhere");
    }

    @Test
    void anAddressInsideIsRefusedWhateverItIsCalled() {
        for (String url : List.of("https://127.0.0.1/x", "http://localhost:" + receiver.port() + "/x", "hook")) {
            Api.Answer refused = start("done", url);
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text()).contains("\"pointer\":\"/webhook\"");
        }
        // A name is looked up when it is told.
        String execution = started("done", "https://localhost/x");
        assertThat(delivery(execution, "GIVEN_UP").object("last").orElseThrow().text("failure"))
                .hasValueSatisfying(why -> assertThat(why).startsWith("http:ADDRESS_REFUSED"));
        assertThat(receiver.paths()).doesNotContain("/x");
    }

    @Test
    void oneThatIsCancelledWhileItWaitsIsToldToo() {
        JsonObject request = JsonObject.of(
                "graph", "done",
                "webhook", receiver.url("/cancelled"),
                "interrupts", JsonObject.of("before", List.of("add")));
        String execution =
                api.post("/api/v1/executions", request).expect(202).text("id").orElseThrow();
        Awaitility.await()
                .until(() -> api.get("/api/v1/executions/" + execution)
                        .expect(200)
                        .text("state")
                        .orElseThrow()
                        .equals("WAITING"));
        JsonObject waiting = delivery(api, execution);
        assertThat(waiting.text("state")).contains("WAITING");
        assertThat(api.post(DELIVERIES + "/" + waiting.text("id").orElseThrow() + "/redeliver", JsonObject.EMPTY)
                        .text())
                .contains("webhooks:NOT_ENDED");
        api.post("/api/v1/executions/" + execution + "/cancel", JsonObject.EMPTY);
        assertThat(receiver.await(execution, 1).getFirst().event().text("type")).contains("execution.cancelled");
    }

    @Test
    void anotherTenantSeesNothing() {
        String execution = started("done", receiver.url("/mine"));
        String id = receiver.await(execution, 1).getFirst().id();
        api.post("/api/v1/tenants", JsonObject.of("name", "other")).expect(201);
        Api other = server.as(api.forTenant("other")
                .post(
                        "/api/v1/api-keys",
                        JsonObject.of("name", "all", "scopes", List.of("webhooks:read", "webhooks:write")))
                .expect(201)
                .text("secret")
                .orElseThrow());
        assertThat(other.get(DELIVERIES)
                        .expect(200)
                        .array("items")
                        .orElseThrow()
                        .size())
                .isZero();
        assertThat(other.get(DELIVERIES + "/" + id).status()).isEqualTo(404);
        assertThat(other.post(DELIVERIES + "/" + id + "/redeliver", JsonObject.EMPTY)
                        .status())
                .isEqualTo(404);
        assertThat(receiver.of(execution)).hasSize(1);
    }
}
