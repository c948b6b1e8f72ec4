package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What no document of JSON may be does not get into a state, from where it could not be read again. */
class BoundsOfValuesTest {

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private enum Beyond {
        NESTING("levels deep"),
        NAME("name has 1025 characters"),
        NUMBER("number of 1001 digits"),
        EXPONENT("exponent beyond");

        private final String said;

        Beyond(String said) {
            this.said = said;
        }

        private JsonValue value() {
            return switch (this) {
                case NESTING -> nested(90);
                case NAME -> JsonObject.of("n".repeat(1_025), 1);
                case NUMBER -> new JsonNumber(new BigDecimal("7".repeat(1_001)));
                case EXPONENT -> new JsonNumber(new BigDecimal("1E+2000000"));
            };
        }
    }

    /** A value of so many levels. */
    private static JsonValue nested(int levels) {
        JsonValue value = JsonNull.NULL;
        for (int level = 0; level < levels; level++) {
            value = new JsonArray(List.of(value));
        }
        return value;
    }

    private static GraphDefinition graph() {
        return GraphDefinition.named("bounds")
                .channel("given", "any", "last")
                .channel("out", "any", "last")
                .node("work", "work", JsonObject.EMPTY)
                .edge("START", "work")
                .build();
    }

    @ParameterizedTest
    @EnumSource(Beyond.class)
    void refusesAnInput(Beyond beyond) {
        bench.handler("work", call -> JsonObject.EMPTY);
        JsonObject input = new JsonObject(Map.of("given", beyond.value()));
        assertThatThrownBy(() -> bench.start(graph(), input)).isInstanceOfSatisfying(InvalidInputException.class, e -> {
            assertThat(e.errorCode()).isEqualTo(GraphErrorCode.INVALID_INPUT);
            assertThat(e.faults()).singleElement().satisfies(fault -> {
                assertThat(fault.pointer()).startsWith("/input/given");
                assertThat(fault.message()).contains(beyond.said);
            });
        });
    }

    @ParameterizedTest
    @EnumSource(Beyond.class)
    void failsANodeThatCameToIt(Beyond beyond) {
        bench.handler("work", call -> new JsonObject(Map.of("out", beyond.value())));
        bench.engine("a");
        Execution failed = bench.run(graph(), JsonObject.EMPTY);
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(failed.failure()).hasValueSatisfying(failure -> {
            assertThat(failure.code()).isEqualTo("graph:RESULT_TOO_LARGE");
            assertThat(failure.message()).contains("/out", beyond.said);
        });
    }

    @ParameterizedTest
    @EnumSource(Beyond.class)
    void failsANodeThatSaysIt(Beyond beyond) {
        bench.handler("work", call -> {
            call.emit(ExecutionEvent.CUSTOM, new JsonObject(Map.of("said", beyond.value())));
            return JsonObject.EMPTY;
        });
        bench.engine("a");
        Execution failed = bench.run(graph(), JsonObject.EMPTY);
        assertThat(failed.failure())
                .hasValueSatisfying(failure -> assertThat(failure.code()).isEqualTo("graph:RESULT_TOO_LARGE"));
    }

    @ParameterizedTest
    @EnumSource(Beyond.class)
    void refusesAnAnswerAndAnUpdate(Beyond beyond) {
        bench.handler("work", call -> JsonObject.EMPTY);
        bench.engine("a");
        Execution waiting = bench.run(
                GraphDefinition.named("asks")
                        .channel("out", "any", "last")
                        .node("ask", "human", JsonObject.of("prompt", "Well?", "output", "out"))
                        .edge("START", "ask")
                        .build(),
                JsonObject.EMPTY);
        assertThatThrownBy(() -> bench.executions.resume(
                        Bench.TENANT,
                        waiting.id(),
                        new Command(
                                Map.of(),
                                Optional.of(beyond.value()),
                                new JsonObject(Map.of("out", beyond.value())),
                                List.of())))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(Fault::pointer)
                                .anyMatch(pointer -> pointer.startsWith("/resume/0:ask"))
                                .anyMatch(pointer -> pointer.startsWith("/update/out")));
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                new Command(Map.of(), Optional.of(new JsonString("yes")), JsonObject.EMPTY, List.of()));
        assertThat(bench.rest(waiting).output()).contains(JsonObject.of("out", "yes"));
    }

    @Test
    void refusesQuestionsThatAreTooLargeTogether() {
        JsonObject payload = JsonObject.of("prompt", "p".repeat(1 << 20));
        bench.handlers.put("work", new NodeHandler() {
            @Override
            public Effect effect(NodeDefinition node) {
                return Effect.PURE;
            }

            @Override
            public List<Fault> check(NodeDefinition node, Expressions expressions) {
                return List.of();
            }

            @Override
            public Result run(NodeCall call) {
                return new Result.Interrupted(IntStream.range(0, 17)
                        .mapToObj(i -> new Interrupt("i" + i, "work", payload))
                        .toList());
            }
        });
        bench.engine("a");
        Execution failed = bench.run(graph(), JsonObject.EMPTY);
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(failed.failure()).hasValueSatisfying(failure -> {
            assertThat(failure.code()).isEqualTo("graph:RESULT_TOO_LARGE");
            assertThat(failure.message()).contains("questions");
        });
    }

    @Test
    void stopsATransformationAsSoonAsItIsTooLarge() {
        GraphBuilder graph = GraphDefinition.named("doubles")
                .channel("text", "string", "last")
                .edge("START", "work");
        Map<String, JsonValue> set = new TreeMap<>();
        for (int i = 10; i < 40; i++) {
            graph.channel("c" + i, "string", "last");
            set.put("c" + i, new JsonString("text + text"));
        }
        bench.engine("a");
        Execution failed = bench.run(
                graph.node("work", "transform", JsonObject.of("set", new JsonObject(set)))
                        .build(),
                JsonObject.of("text", "x".repeat(2_000_000)));
        assertThat(failed.failure()).hasValueSatisfying(failure -> {
            assertThat(failure.code()).isEqualTo("graph:RESULT_TOO_LARGE");
            // The fifth is one too many, and there is no sixth.
            assertThat(failure.message()).contains("about 20000010 bytes");
        });
    }

    /** Each of them is small enough; and what comes of them is, because they write to one member. */
    private Execution megabytes(int many) {
        String megabyte = "m".repeat(1 << 20);
        bench.handler("work", call -> new JsonObject(Map.of("out", JsonObject.of("same", megabyte))));
        bench.engine("a");
        return bench.run(
                GraphDefinition.named("together")
                        .channel("items", "array", "last")
                        .channel("out", "object", "merge")
                        .node("spread", "dispatch", JsonObject.of("items", "items", "node", "work"))
                        .node("work", "work", JsonObject.EMPTY)
                        .edge("START", "spread")
                        .build(),
                JsonObject.of("items", Collections.nCopies(many, 1)));
    }

    @Test
    void refusesResultsOfOneSuperstepThatAreTooLargeTogether() {
        Execution failed = megabytes(100);
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(failed.failure()).hasValueSatisfying(failure -> {
            assertThat(failure.code()).isEqualTo("graph:RESULT_TOO_LARGE");
            assertThat(failure.message()).contains("together", "'work'");
        });
    }

    /** They come faster than they are stored, and go into as many entries as it takes. */
    @Test
    void keepsResultsOfOneSuperstepThatAreTooLargeForOneEntry() {
        Execution done = megabytes(40);
        assertThat(done.state()).as("%s", done.failure()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void keepsWhatIsJustWithin() {
        JsonObject values = new JsonObject(Map.of(
                "out",
                new JsonObject(Map.of(
                        "n".repeat(1_024), new JsonNumber(new BigDecimal("7".repeat(1_000))), "deep", nested(88)))));
        bench.handler("work", call -> values);
        bench.engine("a");
        assertThat(bench.run(graph(), JsonObject.EMPTY).output()).contains(values);
    }
}
