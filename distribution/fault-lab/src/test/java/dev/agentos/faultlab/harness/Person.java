package dev.agentos.faultlab.harness;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Answers what executions of the zoo ask. Asked whether an effect happened that cannot be repeated, it looks into the
 * ledger, as a person would; not heard, it answers again.
 */
public final class Person implements AutoCloseable {

    private final Ledger ledger;
    private final Supplier<Api> api;
    private final Map<String, Specimen> executions = new LinkedHashMap<>();
    /** For each execution, and each node of it, the questions that it has asked, in order. */
    private final Map<String, Map<String, List<String>>> asked = new HashMap<>();

    private final Thread thread;
    private volatile boolean closed;
    private volatile int reviews;

    /** Somebody who talks to whatever server is there. */
    public Person(Lab lab) {
        this.ledger = lab.ledger();
        this.api = lab::anyApi;
        this.thread = Thread.ofVirtual().start(this::watch);
    }

    /** Takes an execution into care. */
    public synchronized void care(String id, Specimen specimen) {
        executions.put(id, specimen);
    }

    /** Takes a branch into care: what was asked before the superstep in which it begins is not asked in it. */
    public synchronized void careFork(String id, Specimen specimen, String origin, int superstep) {
        Map<String, List<String>> before = new HashMap<>();
        asked.getOrDefault(origin, Map.of())
                .forEach((node, questions) -> before.put(
                        node,
                        new ArrayList<>(questions.stream()
                                .filter(question -> superstep(question) < superstep)
                                .map(question -> "before " + question)
                                .toList())));
        asked.put(id, before);
        executions.put(id, specimen);
    }

    private static int superstep(String question) {
        return Integer.parseInt(question.substring(0, question.indexOf(':')));
    }

    private synchronized Map<String, Specimen> cared() {
        return Map.copyOf(executions);
    }

    private void watch() {
        while (!closed) {
            try {
                answerAll();
            } catch (UncheckedIOException | AssertionError e) {
                // A server that is gone or busy; the next look tries again.
            } catch (IllegalStateException e) {
                if (closed) {
                    return;
                }
                throw e;
            }
            try {
                Thread.sleep(60);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void answerAll() {
        Map<String, Specimen> mine = cared();
        Optional<String> cursor = Optional.of("");
        while (cursor.isPresent()) {
            JsonObject page = api.get()
                    .get("/api/v1/executions?state=WAITING&limit=100" + cursor.get())
                    .expect(200);
            for (JsonValue one : page.array("items").orElseThrow()) {
                String id = ((JsonObject) one).text("id").orElseThrow();
                if (mine.containsKey(id)) {
                    look(api.get(), id, mine.get(id));
                }
            }
            cursor = page.text("next").map(next -> "&cursor=" + next);
        }
    }

    private void look(Api server, String id, Specimen specimen) {
        JsonObject execution = server.execution(id);
        Map<String, JsonValue> answers = new LinkedHashMap<>();
        for (JsonValue item : execution.array("interrupts").orElse(JsonArray.EMPTY)) {
            JsonObject interrupt = (JsonObject) item;
            String question = interrupt.text("id").orElseThrow();
            String node = interrupt.text("node").orElseThrow();
            // What has no answer waits for time to pass.
            Optional<JsonValue> answer = interrupt.toString().contains("needs_review")
                    ? Optional.of(review(id, specimen, node))
                    : specimen.answer(node, number(id, node, question));
            answer.ifPresent(value -> answers.put(question, value));
        }
        if (!answers.isEmpty()) {
            server.post("/api/v1/executions/" + id + "/resume", JsonObject.of("resume", new JsonObject(answers)));
        }
    }

    /** A question that was seen before gets the answer that it got before. */
    private synchronized int number(String id, String node, String question) {
        List<String> questions =
                asked.computeIfAbsent(id, first -> new HashMap<>()).computeIfAbsent(node, first -> new ArrayList<>());
        if (!questions.contains(question)) {
            questions.add(question);
        }
        return questions.indexOf(question);
    }

    private JsonValue review(String id, Specimen specimen, String node) {
        reviews++;
        boolean happened =
                ledger.calls(id, "once").stream().anyMatch(call -> call.key().contains(":" + node + "/"));
        if (!happened) {
            return JsonValue.of("retry");
        }
        JsonObject config = specimen.graph().array("nodes").orElseThrow().items().stream()
                .map(item -> (JsonObject) item)
                .filter(item -> item.text("id").equals(Optional.of(node)))
                .findFirst()
                .flatMap(item -> item.object("config"))
                .orElseThrow();
        String note = config.object("arguments")
                .flatMap(arguments -> arguments.text("note"))
                .orElse("'done'");
        return JsonObject.of(
                "skip", JsonObject.of(config.text("output").orElseThrow(), List.of(note.replace("'", ""))));
    }

    /** How often it had to find out whether something happened. */
    public int reviews() {
        return reviews;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
