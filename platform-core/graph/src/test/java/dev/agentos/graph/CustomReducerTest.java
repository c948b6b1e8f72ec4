package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Channels whose reducers are not built in. */
class CustomReducerTest {

    private static final Channels.Caller CALLER = new Channels.Caller(new TenantId("tnt_1"), Optional.empty());

    private static final Channels.Custom JOINED =
            new FakeReducer(true, new JsonString(""), (before, write) -> new JsonString(text(before) + text(write)));
    private static final Channels.Custom ALONE = new FakeReducer(false, new JsonString(""), (before, write) -> write);

    private static String text(JsonValue value) {
        return value instanceof JsonString(String text) ? text : value.toString();
    }

    private static NodeHandlers with(Map<String, Channels.Custom> reducers) {
        return new NodeHandlers() {
            @Override
            public Optional<NodeHandler> find(String type) {
                return Optional.empty();
            }

            @Override
            public Optional<Channels.Custom> reducer(String name) {
                return Optional.ofNullable(reducers.get(name));
            }
        };
    }

    private static final NodeHandlers HANDLERS = with(Map.of("test.joined", JOINED, "test.alone", ALONE));

    private static Channels channels(String type, String reducer) {
        return new Channels(Map.of(
                "c", new ChannelDefinition(type, reducer, Optional.empty()),
                "d", new ChannelDefinition("integer", "sum", Optional.empty())));
    }

    private static Channels.Write write(String task, Object value) {
        return new Channels.Write(task, "n" + task, JsonObject.of("c", value, "d", 1));
    }

    private static Channels.Memory memory(NodeHandlers handlers) {
        return new Channels.Memory(handlers, CALLER);
    }

    @Test
    void mergesTheWritesOfASuperstepInTheOrderOfTheTasks() {
        Channels.Merged merged = channels("string", "test.joined")
                .merge(JsonObject.EMPTY, List.of(write("3", "c"), write("1", "a"), write("2", "b")), memory(HANDLERS));
        assertThat(merged.values()).isEqualTo(JsonObject.of("c", "abc", "d", 3));
        assertThat(merged.changes().get("c"))
                .as("what is stored is the result, so that nobody reduces again")
                .isEqualTo(new Change.Set(new JsonString("abc")));
    }

    @Test
    void takesTheDefaultInsteadOfTheStart() {
        JsonObject before = JsonObject.of("c", "x");
        assertThat(channels("string", "test.joined")
                        .merge(before, List.of(write("1", "a")), memory(HANDLERS))
                        .values()
                        .text("c"))
                .contains("xa");
    }

    @Test
    void storesNothingWhenNothingChanges() {
        Channels.Merged merged = channels("string", "test.joined")
                .merge(JsonObject.of("c", "x"), List.of(write("1", "")), memory(HANDLERS));
        assertThat(merged.changes()).containsOnlyKeys("d");
    }

    @Test
    void refusesASecondWriterWhereTheOrderMatters() {
        assertThatThrownBy(() -> channels("string", "test.alone")
                        .merge(JsonObject.EMPTY, List.of(write("1", "a"), write("2", "b")), memory(HANDLERS)))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.INVALID_WRITE))
                .hasMessageContaining("'n1' and 'n2'")
                .hasMessageContaining("test.alone");
    }

    @Test
    void refusesAResultOfAnotherTypeThanTheChannels() {
        assertThatThrownBy(() -> channels("integer", "test.joined")
                        .merge(JsonObject.EMPTY, List.of(write("1", "a")), memory(HANDLERS)))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.REDUCER_FAILED))
                .hasMessageContaining("Channel 'c'")
                .hasMessageContaining("the reducer of a test")
                .hasMessageContaining("a string")
                .hasMessageContaining("integer");
    }

    @Test
    void saysWhichReducerIsGone() {
        Channels channels = channels("string", "test.gone");
        assertThatThrownBy(() -> channels.merge(JsonObject.EMPTY, List.of(write("1", "a")), memory(HANDLERS)))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.REDUCER_MISSING))
                .hasMessageContaining("'test.gone'");
        assertThatThrownBy(() -> channels.requireReducers(HANDLERS)).hasMessageContaining("Channel 'c'");
        channels("string", "test.joined").requireReducers(HANDLERS);
    }

    /** Both nodes write to the channel. */
    private static GraphDefinition two(String reducer, Optional<JsonValue> start) {
        GraphBuilder graph = GraphDefinition.named("two");
        return start.map(value -> graph.channel("c", "string", reducer, value))
                .orElseGet(() -> graph.channel("c", "string", reducer))
                .node("a", "transform", JsonObject.of("set", JsonObject.of("c", "'a'")))
                .node("b", "transform", JsonObject.of("set", JsonObject.of("c", "'b'")))
                .edge("START", "a")
                .edge("START", "b")
                .edge("a", "END")
                .edge("b", "END")
                .build();
    }

    private static List<String> faults(GraphDefinition graph) {
        try {
            GraphCompiler.compile(graph, HANDLERS);
            return List.of();
        } catch (InvalidInputException e) {
            return e.faults().stream()
                    .map(fault -> fault.pointer() + " " + fault.message())
                    .toList();
        }
    }

    @Test
    void refusesTwoCertainWritersWhenTheGraphIsCompiled() {
        assertThat(faults(two("test.joined", Optional.empty()))).isEmpty();
        assertThat(faults(two("test.alone", Optional.empty())))
                .singleElement()
                .asString()
                .startsWith("/nodes/1 ")
                .contains("'b' may run in the same superstep as 'a'", "behind 'START'", "channel 'c'");
    }

    @Test
    void findsAReducerThatNobodyOffersWhenTheGraphIsCompiled() {
        assertThat(faults(two("test.gone", Optional.empty())))
                .singleElement()
                .asString()
                .startsWith("/channels/c/reducer There is no reducer 'test.gone': no started plugin offers it");
        assertThat(faults(two("gone", Optional.empty())))
                .singleElement()
                .asString()
                .startsWith("/channels/c/reducer There is no reducer 'gone'; the reducers are");
        // What was sound when it was stored is restored without its plugin.
        GraphCompiler.restore(two("test.gone", Optional.empty()));
    }

    @Test
    void findsADefaultThatDoesNotFitTheReducer() {
        GraphDefinition graph = GraphDefinition.named("one")
                .channel("c", "any", "test.joined", JsonNumber.of(1))
                .node("a", "transform", JsonObject.of("set", JsonObject.of("c", "'a'")))
                .edge("START", "a")
                .edge("a", "END")
                .build();
        assertThat(faults(graph))
                .singleElement()
                .asString()
                .startsWith("/channels/c/default ")
                .contains("It is of another kind.");
    }

    @Test
    void survivesBeingWrittenAndRead() {
        GraphDefinition graph = two("test.joined", Optional.of(new JsonString("x")));
        assertThat(GraphCodec.read(GraphCodec.write(graph))).isEqualTo(graph);
    }
}
