package dev.agentos.faultlab.harness;

import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;

/** Clients that start executions at both servers and look at them, without a pause, and note every answer. */
public final class Load implements AutoCloseable {

    private static final int CLIENTS = 4;

    private final Lab lab;
    private final JsonObject request;
    private final Map<Integer, Integer> statuses = new TreeMap<>();
    private final List<String> unexpected = new ArrayList<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopped;

    /** Clients of executions of that graph. */
    public Load(Lab lab, JsonObject graph) {
        this.lab = lab;
        this.request = JsonObject.of("graph", lab.deployed(graph));
        for (int i = 0; i < CLIENTS; i++) {
            Api api = i % 2 == 0 ? lab.a1() : lab.b1();
            clients.add(Thread.ofVirtual().start(() -> work(api)));
        }
    }

    private void work(Api api) {
        while (!stopped) {
            Api.Answer started = note(api.post("/api/v1/executions", request));
            if (started.status() == 202) {
                lab.acknowledged(started.json().text("id").orElseThrow());
                note(api.get("/api/v1/executions/" + started.json().text("id").orElseThrow()));
            } else {
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Api.Answer note(Api.Answer answer) {
        statuses.merge(answer.status(), 1, Integer::sum);
        boolean asked = answer.status() == 503 && answer.header("Retry-After").isPresent();
        if (answer.status() / 100 != 2 && !asked) {
            unexpected.add(answer.status() + " " + answer.text());
        }
        return answer;
    }

    private synchronized int good() {
        return statuses.getOrDefault(200, 0);
    }

    /** Waits until that many more executions were started and seen. */
    public void awaitAnswers(int more) {
        int before = good();
        Awaitility.await("answers under load").atMost(Duration.ofSeconds(60)).until(() -> good() >= before + more);
    }

    /** Lets each client end what it is doing. */
    public void stop() {
        stopped = true;
        for (Thread client : clients) {
            try {
                client.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Answers that were neither good nor a polite refusal. */
    public synchronized List<String> unexpected() {
        return List.copyOf(unexpected);
    }

    @Override
    public void close() {
        stop();
    }

    @Override
    public synchronized String toString() {
        return "answers " + statuses;
    }
}
