package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Lists that a server reads whole, and shows in pages like all others. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShortListsTest {

    private static final int MANY = 123;
    private static final String LIST = "/api/v1/publishers";
    private static final String BINDING = "{\"fingerprint\": \"" + "0".repeat(64) + "\"}";

    private final TestServer app = new TestServer();
    private final List<String> made =
            IntStream.range(0, MANY).mapToObj(ShortListsTest::name).toList();

    private static String name(int number) {
        return String.format("p%03d", number);
    }

    @BeforeAll
    void make() {
        // Not in the order in which they are shown.
        made.reversed().forEach(this::put);
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private void put(String name) {
        HttpResponse<String> answer = app.put(app.adminKey, LIST + "/" + name, BINDING);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private JsonObject page(String query) {
        HttpResponse<String> answer = app.get(app.adminKey, LIST + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer);
    }

    private static List<String> names(JsonObject page) {
        return page.array("items").orElseThrow().items().stream()
                .map(binding -> ((JsonObject) binding).text("plugin").orElseThrow())
                .toList();
    }

    @Test
    void eachIsShownOnceInPages() {
        List<String> seen = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            JsonObject page =
                    page("?limit=7" + cursor.map(at -> "&cursor=" + at).orElse(""));
            seen.addAll(names(page));
            sizes.add(names(page).size());
            cursor = page.text("next");
        } while (cursor.isPresent());
        assertThat(seen).isEqualTo(made);
        assertThat(sizes).hasSize(18).endsWith(7, 4);
        assertThat(names(page("?limit=" + MANY))).hasSize(MANY);
        assertThat(page("?limit=" + MANY).text("next"))
                .as("nothing is behind it")
                .isEmpty();
        assertThat(names(page(""))).hasSize(50);
    }

    @Test
    void whatComesAndGoesNeitherHidesNorRepeatsAnythingElse() {
        JsonObject first = page("?limit=10");
        String last = names(first).getLast();
        String cursor = first.text("next").orElseThrow();
        app.delete(app.adminKey, LIST + "/" + last, "If-Match", "*");
        put("a-first");
        put(last + "-and-more");
        try {
            assertThat(names(page("?limit=3&cursor=" + cursor)))
                    .containsExactly(last + "-and-more", name(10), name(11));
        } finally {
            put(last);
            app.delete(app.adminKey, LIST + "/a-first", "If-Match", "*");
            app.delete(app.adminKey, LIST + "/" + last + "-and-more", "If-Match", "*");
        }
    }

    @Test
    void aCursorOfAnotherListIsRefused() {
        String cursor = page("?limit=1").text("next").orElseThrow();
        ApiTest.assertProblem(app.get(app.adminKey, "/api/v1/plugins?cursor=" + cursor), 400, "server:INVALID_CURSOR");
        ApiTest.assertProblem(app.get(app.adminKey, LIST + "?cursor=x" + cursor), 400, "server:INVALID_CURSOR");
        ApiTest.assertProblem(app.get(app.adminKey, LIST + "?limit=201"), 400, "server:INVALID_FIELD");
    }
}
