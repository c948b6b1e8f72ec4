package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is followed on a socket, left, and followed anew. */
@Timeout(60)
class SocketSubscriptionsTest {

    private TestServer app;

    @BeforeEach
    void start() {
        app = new TestServer();
    }

    @AfterEach
    void stop() {
        app.close();
    }

    private String begun(String type) {
        HttpResponse<String> stored = app.post(app.acmeKey, "/api/v1/graphs", """
            {"metadata": {"name": "%s"}, "channels": {"settings": {"type": "any", "reducer": "last"}},
             "nodes": [{"id": "only", "type": "%s", "config": {}}],
             "edges": [{"source": "START", "target": "only"}, {"source": "only", "target": "END"}]}
            """.formatted(type, type));
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        HttpResponse<String> begun = app.post(app.acmeKey, "/api/v1/executions", "{\"graph\": \"" + type + "\"}");
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        return TestServer.json(begun).text("id").orElseThrow();
    }

    /** The end of one that was replaced would be taken for the end of the other. */
    @Test
    void whatIsSubscribedToAnewIsToldWholeWheneverTheFirstEnds() throws Exception {
        String quick = begun("settings");
        try (SocketApiTest.Client client = SocketApiTest.Client.open(app, app.acmeKey)) {
            client.say(SocketApiTest.subscribe(quick));
            client.until("end", quick);
            List<Integer> all = client.events(quick);
            int rounds = 3_000;
            client.forget();
            for (int i = 0; i < rounds; i++) {
                client.say(SocketApiTest.subscribe(quick));
                if (i % 3 == 0) {
                    client.say("{\"type\": \"unsubscribe\", \"execution\": \"" + quick + "\"}");
                }
            }
            int told = 0;
            List<Integer> since = new ArrayList<>();
            while (told < rounds) {
                JsonObject one = Objects.requireNonNull(client.received.poll(20, TimeUnit.SECONDS));
                switch (SocketApiTest.type(one)) {
                    case "subscribed" -> {
                        since.clear();
                        told++;
                    }
                    case "event" -> {
                        since.add(SocketApiTest.number(one.object("event").orElseThrow(), "sequence"));
                        assertThat(since.getLast()).as("in round %s", told).isEqualTo(since.size());
                    }
                    case "end" ->
                        assertThat(since).as("before the end in round %s", told).isEqualTo(all);
                    default -> assertThat(SocketApiTest.type(one)).isIn("unsubscribed", "problem");
                }
            }
        }
    }

    @Test
    void whatCannotBeReplacedForWantOfAPlaceIsToldToHaveEnded() throws Exception {
        String slow = begun("slow");
        try (SocketApiTest.Client client = SocketApiTest.Client.open(app, app.acmeKey)) {
            client.say(SocketApiTest.subscribe(slow));
            client.until("event", slow);
            app.server.boundStreams(0);
            client.forget();
            client.say(SocketApiTest.subscribe(slow));
            client.until("problem", slow);
            assertThat(client.all(slow)).extracting(SocketApiTest::type).endsWith("end", "problem");
            app.server.boundStreams(1);
            client.forget();
            client.say(SocketApiTest.subscribe(slow));
            client.until("event", slow);
            client.say(SocketApiTest.subscribe(slow));
            client.say("{\"type\": \"unsubscribe\", \"execution\": \"" + slow + "\"}");
            client.until("unsubscribed", slow);
            assertThat(client.all(slow)).extracting(SocketApiTest::type).doesNotContain("problem", "end");
            app.post(app.acmeKey, "/api/v1/executions/" + slow + "/cancel", "");
        }
    }
}
