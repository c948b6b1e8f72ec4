package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.LogFields;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** What the lines of the log say that are written while a node works. */
class ExecutionLogFieldsTest {

    private static final GraphDefinition GRAPH = GraphDefinition.named("told")
            .channel("answer", "string", "last")
            .channel("count", "integer", "sum")
            .node("before", "first", JsonObject.EMPTY)
            .node("ask", "human", JsonObject.of("prompt", "Go on?", "output", "answer"))
            .node("behind", "second", JsonObject.EMPTY)
            .edge("START", "before")
            .edge("before", "ask")
            .edge("ask", "behind")
            .build();

    private final Map<String, Map<String, String>> said = new ConcurrentHashMap<>();

    private JsonObject work(String node) {
        said.put(node, LogFields.here());
        return JsonObject.of("count", 1);
    }

    private Execution start(Bench bench, String trace) {
        try (LogFields.Work _ = LogFields.during(Map.of(LogFields.TRACE, trace, "other", "of the request"))) {
            return bench.start(GRAPH, JsonObject.EMPTY);
        }
    }

    private Bench bench() {
        return new Bench().handler("first", _ -> work("before")).handler("second", _ -> work("behind"));
    }

    @Test
    void nameTheTraceOfTheRequestThatItWorksFor() {
        try (Bench bench = bench()) {
            bench.engine("a");
            // Until the engine has seen that its queue is empty, everything goes through that.
            Execution waiting = await().until(
                            () -> bench.rest(start(bench, "trace-1")),
                            _ -> said.getOrDefault("before", Map.of()).containsKey(LogFields.TRACE));
            try (LogFields.Work _ = LogFields.during(Map.of(LogFields.TRACE, "trace-2"))) {
                bench.executions.resume(
                        Bench.TENANT,
                        waiting.id(),
                        new Command(
                                Map.of(
                                        bench.latest(waiting)
                                                .interrupts()
                                                .getFirst()
                                                .id(),
                                        new JsonString("yes")),
                                Optional.empty(),
                                JsonObject.EMPTY,
                                List.of()));
            }
            assertThat(bench.rest(waiting).state()).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(said)
                    .containsEntry("before", expected(waiting, "before", Map.of(LogFields.TRACE, "trace-1")))
                    .containsEntry("behind", expected(waiting, "behind", Map.of(LogFields.TRACE, "trace-2")));
        }
    }

    @Test
    void nameNoneOutOfTheQueue() {
        try (Bench bench = bench()) {
            Execution queued = start(bench, "trace-1");
            bench.engine("a");
            bench.rest(queued);
            assertThat(said).containsEntry("before", expected(queued, "before", Map.of()));
        }
    }

    private static Map<String, String> expected(Execution execution, String node, Map<String, String> more) {
        Map<String, String> fields = new HashMap<>(more);
        fields.put(LogFields.TENANT, Bench.TENANT.value());
        fields.put(LogFields.EXECUTION, execution.id().value());
        fields.put(LogFields.NODE, node);
        return fields;
    }
}
