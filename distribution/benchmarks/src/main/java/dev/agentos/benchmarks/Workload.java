package dev.agentos.benchmarks;

import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.GraphLimits;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Random;

/** What is executed: graphs, and states and messages of an exact size. */
final class Workload {

    /** The size of the state, as JSON. */
    static final int STATE_BYTES = 2_048;

    /** The size of what one node adds, as JSON. */
    static final int MESSAGE_BYTES = 100;

    /** How many nodes the line has. */
    static final int NODES = 10;

    /** How many rounds the loop of model and tool has. */
    static final int ROUNDS = 20;

    /** How many branches the dispatch has. */
    static final int BRANCHES = 100;

    static final String APPEND = "bench.append";
    static final String MODEL = "bench.model";
    static final String TOOL = "bench.tool";
    static final String ITEM = "bench.item";
    static final String STEP = "bench.step";
    static final String BLOCK = "bench.block";

    private static final String MESSAGES = "messages";
    private static final String DOCUMENT = "document";
    private static final int LETTERS = 26;
    private static final int WORD = 6;

    private Workload() {}

    /** The state that an execution starts with: exactly that many bytes of JSON. */
    static JsonObject input(int bytes) {
        var empty = JsonObject.of(DOCUMENT, "", MESSAGES, JsonArray.EMPTY);
        return JsonObject.of(DOCUMENT, words(bytes - Json.writeBytes(empty).length, bytes), MESSAGES, JsonArray.EMPTY);
    }

    /** A message of exactly {@link #MESSAGE_BYTES} bytes of JSON, for numbers below 100,000. */
    static JsonObject message(int number) {
        var id = String.format("m%05d", number);
        var empty = JsonObject.of("id", id, "role", "assistant", "content", "");
        return JsonObject.of(
                "id", id, "role", "assistant", "content", words(MESSAGE_BYTES - Json.writeBytes(empty).length, number));
    }

    /** Words of random letters, which no compression makes much smaller; the same for the same seed. */
    private static String words(int length, int seed) {
        var random = new Random(seed);
        var text = new StringBuilder(length);
        for (var i = 0; i < length; i++) {
            text.append(i % WORD == WORD - 1 ? ' ' : (char) ('a' + random.nextInt(LETTERS)));
        }
        return text.toString();
    }

    private static GraphBuilder graph(String name) {
        return GraphDefinition.named(name).channel(DOCUMENT, "string", "last").channel(MESSAGES, "array", MESSAGES);
    }

    /** W1: a line of {@link #NODES} nodes, each of which appends a message. */
    static GraphDefinition line() {
        var graph = graph("bench-line").edge(GraphDefinition.START, "n0");
        for (var i = 0; i < NODES; i++) {
            graph.node("n" + i, APPEND, JsonObject.of("number", i));
            graph.edge("n" + i, i + 1 < NODES ? "n" + (i + 1) : GraphDefinition.END);
        }
        return graph.build();
    }

    /** The same line for a server without node types of the benchmark: the messages are constants of CEL. */
    static GraphDefinition lineOfTransforms() {
        var graph = graph("bench-line").edge(GraphDefinition.START, "n0");
        for (var i = 0; i < NODES; i++) {
            var message = Json.write(message(i));
            graph.node("n" + i, "transform", JsonObject.of("set", JsonObject.of(MESSAGES, "[" + message + "]")));
            graph.edge("n" + i, i + 1 < NODES ? "n" + (i + 1) : GraphDefinition.END);
        }
        return graph.build();
    }

    /** W3: a dispatch over an array, a branch for each item, and a node that waits for all. */
    static GraphDefinition dispatch() {
        return GraphDefinition.named("bench-dispatch")
                .channel("items", "array", "last")
                .channel("results", "array", "append")
                .node("fan", "dispatch", JsonObject.of("items", "items", "node", "work"))
                .node("work", ITEM, JsonObject.EMPTY)
                .node("join", ITEM, JsonObject.EMPTY)
                .edge(GraphDefinition.START, "fan")
                .edge("work", "join")
                .edge("join", GraphDefinition.END)
                .build();
    }

    static JsonObject dispatchInput() {
        var items = new ArrayList<JsonValue>();
        for (var i = 0; i < BRANCHES; i++) {
            items.add(message(i));
        }
        return JsonObject.of("items", items);
    }

    /** W4: a model that asks for a tool, {@link #ROUNDS} times. */
    static GraphDefinition loop() {
        return graph("bench-loop")
                .channel("rounds", "integer", "sum", JsonNumber.of(0))
                .node("model", MODEL, JsonObject.EMPTY)
                .node("tool", TOOL, JsonObject.EMPTY)
                .edge(GraphDefinition.START, "model")
                .edge("model", "tool", "rounds < " + ROUNDS)
                .edge("model", GraphDefinition.END, "rounds >= " + ROUNDS)
                .edge("tool", "model")
                .build();
    }

    /** W6: a question to a person, and the end. */
    static GraphDefinition question() {
        return graph("bench-question")
                .channel("answer", "string", "last")
                .node("ask", "human", JsonObject.of("prompt", "Go on?", "output", "answer"))
                .edge(GraphDefinition.START, "ask")
                .edge("ask", GraphDefinition.END)
                .build();
    }

    /** A node that is repeated until it says that it is enough. */
    static GraphDefinition steps(int most) {
        return graph("bench-steps")
                .channel("more", "boolean", "last", JsonBoolean.TRUE)
                .node("step", STEP, JsonObject.EMPTY)
                .edge(GraphDefinition.START, "step")
                .edge("step", "step", "more")
                .edge("step", GraphDefinition.END, "!more")
                .limits(new GraphLimits(Optional.of(most + 1), Optional.empty()))
                .build();
    }

    /** A node that keeps a server busy. */
    static GraphDefinition block() {
        return graph("bench-block")
                .node("block", BLOCK, JsonObject.EMPTY)
                .edge(GraphDefinition.START, "block")
                .edge("block", GraphDefinition.END)
                .build();
    }
}
