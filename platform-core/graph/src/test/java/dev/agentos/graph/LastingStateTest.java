package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What of a state outlasts its execution, and how the next one begins with it. */
class LastingStateTest {

    private static final CompiledGraph GRAPH =
            GraphCompiler.compile(GraphCodec.read(GraphCodec.yamlObject("""
                metadata: {name: lasting}
                channels:
                  log: {type: array, reducer: append}
                  sum: {type: integer, reducer: sum, default: 5}
                  last: {type: any, reducer: last}
                  members: {type: object, reducer: merge}
                  gone: {type: string, reducer: ephemeral}
                  talk: {type: array, reducer: messages}
                nodes: [{id: only, type: transform, config: {set: {last: '1'}}}]
                edges: [{source: START, target: only}]
                """)), NodeHandlers.NONE);

    @Test
    void dropsWhatIsEphemeralInsideOrUnknown() {
        JsonObject left = Json.parseObject("{\"log\":[1],\"gone\":\"x\",\"node/log\":[2],\"other\":3}");
        assertThat(GRAPH.channels().lasting(left)).hasToString("{\"log\":[1]}");
    }

    @Test
    void beginsWithWhatWasLeftAndWritesTheInputOnTop() {
        Checkpoint input = new Checkpoint(
                0,
                Checkpoint.Source.INPUT,
                Json.parseObject("{\"log\":[3],\"sum\":2,\"members\":{\"b\":2}}"),
                List.of(),
                List.of(),
                Control.START.toJson(),
                Optional.empty());
        JsonObject left = Json.parseObject("{\"log\":[1,2],\"members\":{\"a\":1},\"last\":null,\"gone\":\"x\"}");
        Planner.Step step = Planner.continued(GRAPH, input, left, Pauses.NONE, new Channels.Memory());
        assertThat(step.checkpoint().number()).isEqualTo(1);
        assertThat(step.checkpoint().values())
                .isEqualTo(Json.parseObject("{\"log\":[1,2,3],\"sum\":7,\"members\":{\"a\":1,\"b\":2},\"last\":null}"));
        assertThat(step.checkpoint().next()).extracting(NodeTask::id).containsExactly("1:only");
        assertThat(step.changes()).containsOnlyKeys("log", "sum", "members", "last");
        JsonObject anew = Planner.continued(GRAPH, input, JsonObject.EMPTY, Pauses.NONE, new Channels.Memory())
                .checkpoint()
                .values();
        assertThat(anew)
                .isEqualTo(Planner.first(GRAPH, input.values(), Pauses.NONE, new Channels.Memory())
                        .values());
    }

    @Test
    void tellsWhichValuesFitWhichChannel() {
        JsonObject fits = Json.parseObject("{\"log\":[],\"sum\":1,\"last\":\"x\",\"members\":{},\"talk\":[1]}");
        fits.members()
                .forEach((name, value) ->
                        assertThat(GRAPH.channels().unfit(name, value)).as(name).isEmpty());
        JsonObject unfit =
                Json.parseObject("{\"log\":1,\"sum\":1.5,\"members\":[],\"talk\":\"x\",\"gone\":\"x\",\"other\":1}");
        unfit.members()
                .forEach((name, value) ->
                        assertThat(GRAPH.channels().unfit(name, value)).as(name).isPresent());
        assertThat(GRAPH.channels().chat()).contains("talk");
    }
}
