package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Browser;
import dev.agentos.benchmarks.internal.ManyExecutions;
import dev.agentos.benchmarks.internal.MeasuredProcess;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Rows;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.kernel.Json;
import dev.agentos.postgres.EmbeddedPostgres;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.GraphLimits;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The web console in a real Chromium: how much is loaded before anything is seen, how soon it can be used, and whether
 * it stays quick with a long execution, a million of them, and a large graph. The limits are in the same browser: a
 * page of the same bytes that does nothing, the bare request, and an empty page under the same movements of the mouse.
 */
final class ConsoleBenchmark {

    private static final String NAME = "console";
    private static final int LINE = 10;
    private static final int EVENTS_OF_A_STEP = 3;
    private static final int COLUMNS = 12;
    private static final long POLL_MILLIS = 100;
    private static final Target FIRST_LOAD = Target.atMost(250);
    private static final Target USABLE = Target.atMost(1_500);
    private static final Target LISTED = Target.atMost(300);
    private static final Target SMOOTH = Target.atLeast(30);

    /**
     * How much there is to show.
     *
     * @param executions in the list
     * @param events of the long execution, at least
     * @param nodes of the large graph, about
     * @param rounds of which the median counts
     */
    record Size(int executions, int events, int nodes, int rounds) {
        /** What the command measures. */
        static final Size FULL = new Size(1_000_000, 5_000, 300, 7);

        /** All of it, as small as can be: that it works, not how fast. */
        static final Size TINY = new Size(2_000, 300, 60, 1);
    }

    private final JavaProgram program;
    private final Browser browser;
    private final Size size;
    private final Path work;
    private final Consumer<Result> out;
    private final HttpClient http = HttpClient.newHttpClient();

    ConsoleBenchmark(JavaProgram program, Browser browser, Size size, Path work, Consumer<Result> out) {
        this.program = program;
        this.browser = browser;
        this.size = size;
        this.work = work;
        this.out = out;
    }

    void run() throws IOException {
        var data = work.resolve("server");
        try (var server = MeasuredProcess.start(program.server(data), work.resolve("server.log"), http)) {
            var key = Files.readString(data.resolve("admin.key")).strip();
            var address = server.address();
            var postgres = EmbeddedPostgres.running(data).orElseThrow();
            ManyExecutions.write(
                    new Rows(postgres.url(), postgres.user(), postgres.password(), new byte[0], new byte[0]),
                    size.executions());
            deploy(address, key, circle());
            deploy(address, key, wide());
            var longOne = execute(address, key, "bench-circle", JsonObject.of("count", 0));
            var wideOne = execute(address, key, "bench-wide", JsonObject.EMPTY);
            awaitConsole(address);
            browser.measure(
                    Map.of(
                            "AGENTOS_URL", address.toString(),
                            "AGENTOS_KEY", key,
                            "LONG", longOne,
                            "EVENTS", Integer.toString(size.events()),
                            "WIDE", wideOne,
                            "ROUNDS", Integer.toString(size.rounds()),
                            "FILTERS", filters()),
                    work.resolve("browser.log"),
                    seen -> out.accept(judged(seen)));
        }
    }

    private static Result judged(Browser.Seen seen) {
        var result = Result.of(NAME, seen.name(), seen.unit(), seen.value())
                .against(seen.limit())
                .noting(seen.note());
        return target(seen.name()).map(result::reaching).orElse(result);
    }

    private static Optional<Target> target(String name) {
        return switch (name) {
            case "first-load" -> Optional.of(FIRST_LOAD);
            case "sign-in", "first-room", "execution", "execution-anew" -> Optional.of(USABLE);
            case "graph-pan", "graph-pan-whole" -> Optional.of(SMOOTH);
            default -> name.startsWith("list") ? Optional.of(LISTED) : Optional.empty();
        };
    }

    /** What the room of executions can be asked for, by the name of the case. */
    private static String filters() {
        return Json.write(JsonObject.of(
                "list-succeeded", "state=SUCCEEDED",
                "list-failed", "state=FAILED",
                "list-failure", "retried=false&failure=" + ManyExecutions.FAILURE,
                "list-cancelled", "state=CANCELLED",
                "list-timed-out", "state=TIMED_OUT",
                "list-queued", "state=QUEUED",
                "list-running", "state=RUNNING",
                "list-waiting", "state=WAITING",
                "list-agent", "agent=" + ManyExecutions.COMMON_AGENT,
                "list-agent-failed", "state=FAILED&agent=" + ManyExecutions.COMMON_AGENT,
                "list-rare-agent", "agent=" + ManyExecutions.RARE_AGENT,
                "list-session", "session=" + ManyExecutions.SESSION));
    }

    /** A circle of ten nodes that is gone round until there are enough events. */
    private GraphDefinition circle() {
        var rounds = size.events() / (LINE * EVENTS_OF_A_STEP) + 1;
        var graph = GraphDefinition.named("bench-circle")
                .channel("count", "integer", "sum", JsonNumber.of(0))
                .edge(GraphDefinition.START, "step0")
                .limits(new GraphLimits(Optional.of(rounds * LINE + LINE), Optional.empty()));
        for (var i = 0; i < LINE; i++) {
            graph.node("step" + i, "transform", JsonObject.of("set", JsonObject.of("count", i == 0 ? "1" : "0")));
            if (i + 1 < LINE) {
                graph.edge("step" + i, "step" + (i + 1));
            }
        }
        var last = "step" + (LINE - 1);
        return graph.edge(last, "step0", "count < " + rounds)
                .edge(last, GraphDefinition.END, "count >= " + rounds)
                .build();
    }

    /** Layers of nodes, each of which leads to two of the next layer. */
    private GraphDefinition wide() {
        var rows = Math.max(2, size.nodes() / COLUMNS);
        var graph = GraphDefinition.named("bench-wide").channel("seen", "array", "append");
        for (var column = 0; column < COLUMNS; column++) {
            for (var row = 0; row < rows; row++) {
                var id = "c" + column + "-r" + row;
                graph.node(id, "transform", JsonObject.of("set", JsonObject.of("seen", "['" + id + "']")));
                if (column == 0) {
                    graph.edge(GraphDefinition.START, id);
                }
                if (column + 1 == COLUMNS) {
                    graph.edge(id, GraphDefinition.END);
                } else {
                    graph.edge(id, "c" + (column + 1) + "-r" + row);
                    graph.edge(id, "c" + (column + 1) + "-r" + (row + 1) % rows);
                }
            }
        }
        return graph.build();
    }

    private void deploy(URI server, String key, GraphDefinition graph) {
        new HttpTarget(server, key).save(graph);
    }

    private String execute(URI server, String key, String graph, JsonObject input) {
        var body = Json.write(JsonObject.of("graph", graph, "input", input));
        var execution = Json.parseObject(send(HttpRequest.newBuilder(server.resolve("/api/v1/executions"))
                .header("Authorization", "Bearer " + key)
                .header("AgentOS-Tenant", "default")
                .header("Content-Type", "application/json")
                .header("Prefer", "wait=60")
                .POST(BodyPublishers.ofString(body))));
        if (!execution.text("state").orElse("").equals("SUCCEEDED")) {
            throw new IllegalStateException("The execution to look at did not succeed: " + execution);
        }
        return execution.text("id").orElseThrow();
    }

    /** A new installation begins with the console, a moment after it is ready. */
    private void awaitConsole(URI server) {
        for (var tries = 0; tries < 300; tries++) {
            try {
                var request =
                        HttpRequest.newBuilder(server.resolve("/console/")).build();
                if (http.send(request, BodyHandlers.discarding()).statusCode() == 200) {
                    return;
                }
                Thread.sleep(POLL_MILLIS);
            } catch (IOException failure) {
                throw new IllegalStateException("The server does not answer", failure);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted", interrupted);
            }
        }
        throw new IllegalStateException("This installation has no console; build it with Node");
    }

    private String send(HttpRequest.Builder request) {
        try {
            var answer = http.send(request.build(), BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new IllegalStateException("The server refused: " + answer.body());
            }
            return answer.body();
        } catch (IOException failure) {
            throw new IllegalStateException("The server does not answer", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        }
    }
}
