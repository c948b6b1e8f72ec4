package dev.agentos.faultlab.harness;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * A client of the event stream that connects again wherever a server answers, with the last number that it saw, until
 * the stream has ended by itself.
 */
public final class EventFollower implements AutoCloseable {

    private final List<Api> servers;
    private final String execution;
    private final List<JsonObject> seen = new ArrayList<>();
    private final Thread thread;
    private volatile boolean done;
    private volatile int connections;

    EventFollower(List<Api> servers, String execution) {
        this.servers = servers;
        this.execution = execution;
        this.thread = Thread.ofVirtual().start(this::follow);
    }

    private void follow() {
        for (int i = 0; !done && !Thread.currentThread().isInterrupted(); i++) {
            try {
                read(servers.get(i % servers.size()));
            } catch (IOException e) {
                pause();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(Api api) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = Api.CLIENT.send(
                api.request("/api/v1/executions/" + execution + "/events")
                        .timeout(Duration.ofSeconds(5))
                        .header("Accept", "text/event-stream")
                        .header("Last-Event-ID", Long.toString(last()))
                        .build(),
                BodyHandlers.ofInputStream());
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            if (response.statusCode() != 200) {
                throw new IOException("Status " + response.statusCode());
            }
            connections++;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data:")) {
                    add(Json.parseObject(line.substring(5)));
                }
            }
        }
    }

    private synchronized void add(JsonObject event) {
        seen.add(event);
        String type = Events.type(event);
        done = type.startsWith("execution.") && Api.ended(type.substring(10).toUpperCase(java.util.Locale.ROOT));
    }

    private synchronized long last() {
        return seen.isEmpty() ? 0 : Events.sequence(seen.getLast());
    }

    String execution() {
        return execution;
    }

    /** What it has seen so far, in the order in which it came. */
    public synchronized List<JsonObject> seen() {
        return List.copyOf(seen);
    }

    /** How often it had to connect. */
    public int connections() {
        return connections;
    }

    /** Waits for the terminal event and returns all that was seen. */
    public List<JsonObject> awaitEnd() {
        Awaitility.await("the end of the stream of " + execution)
                .atMost(Duration.ofSeconds(60))
                .until(() -> done);
        return seen();
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
