package dev.agentos.graph.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.graph.Channels;
import dev.agentos.graph.Channels.Write;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelsTest {

    private static Channels channels(String type, String reducer) {
        return new Channels(Map.of("c", new ChannelDefinition(type, reducer, Optional.empty())));
    }

    private static Write write(String task, String json) {
        return new Write(task, "node-" + task, new JsonObject(Map.of("c", Json.parse(json))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "append | array | [1] | [2,3] | 4 | [1,2,3,4]",
                "set | array | [1] | [2,1] | 2 | [1,2]",
                "sum | number | 1.5 | 2 | 3 | 6.5",
                "merge | object | {\"a\":1} | {\"b\":{\"c\":1}} | {\"b\":{\"d\":2}} | {\"a\":1,\"b\":{\"d\":2}}",
                "messages | array | [{\"id\":\"x\",\"t\":1}] | {\"id\":\"y\"} | [{\"id\":\"x\",\"t\":2},{\"t\":3}]"
                        + " | [{\"id\":\"x\",\"t\":2},{\"id\":\"y\"},{\"t\":3}]",
            })
    void reduces(String reducer, String type, String before, String first, String second, String after) {
        Channels channels = channels(type, reducer);
        JsonObject state = new JsonObject(Map.of("c", Json.parse(before)));
        Channels.Merged merged = channels.merge(state, List.of(write("0:b", second), write("0:a", first)));
        assertThat(merged.values().member("c")).contains(Json.parse(after));
        assertThat(merged.changes()).containsOnlyKeys("c");
        assertThat(merged.changes().values().iterator().next().apply(state.member("c")))
                .as("the changes make the same of the value before")
                .contains(Json.parse(after));
    }

    @Test
    void yieldsTheSameInWhateverOrderTasksFinish() {
        long seed = Long.getLong("lab.seed", System.nanoTime());
        Random random = new Random(seed);
        for (String reducer : List.of("append", "messages", "set", "merge", "sum")) {
            Channels channels =
                    channels(reducer.equals("merge") ? "object" : reducer.equals("sum") ? "number" : "array", reducer);
            for (int round = 0; round < 50; round++) {
                List<Write> writes = new ArrayList<>();
                for (int task = 0; task < 8; task++) {
                    int value = random.nextInt(5);
                    writes.add(write(
                            "3:n" + task,
                            switch (reducer) {
                                case "merge" -> "{\"k" + value + "\":" + task + "}";
                                case "sum" -> String.valueOf(value);
                                case "messages" -> "{\"id\":\"" + value + "\",\"role\":\"user\",\"task\":" + task + "}";
                                default -> "[" + value + "]";
                            }));
                }
                Channels.Merged expected = channels.merge(JsonObject.EMPTY, writes);
                for (int shuffle = 0; shuffle < 5; shuffle++) {
                    Collections.shuffle(writes, random);
                    assertThat(Json.write(
                                    channels.merge(JsonObject.EMPTY, writes).values()))
                            .as("seed %d, reducer %s, writes %s", seed, reducer, writes)
                            .isEqualTo(Json.write(expected.values()));
                }
            }
        }
    }

    @Test
    void laysMembersOverAnObjectAtOnceAsOneByOne() {
        long seed = Long.getLong("lab.seed", System.nanoTime());
        Random random = new Random(seed);
        Channels channels = channels("any", "merge");
        for (int round = 0; round < 200; round++) {
            JsonObject before = List.of(
                            JsonObject.EMPTY,
                            Json.parseObject("{\"c\":7}"),
                            Json.parseObject("{\"c\":{}}"),
                            Json.parseObject("{\"c\":{\"k3\":0,\"k1\":0}}"))
                    .get(random.nextInt(4));
            JsonObject oneByOne = before;
            List<Write> writes = new ArrayList<>();
            for (int task = 0; task < random.nextInt(1, 7); task++) {
                String value = List.of("{}", "5", "null", "{\"k" + random.nextInt(5) + "\":" + task + "}")
                        .get(Math.min(3, random.nextInt(8)));
                Write write = write("3:n" + task, value);
                writes.add(write);
                oneByOne = channels.merge(oneByOne, List.of(write)).values();
            }
            Channels.Merged merged = channels.merge(before, writes);
            assertThat(Json.write(merged.values()))
                    .as("seed %d, %s and %s", seed, before, writes)
                    .isEqualTo(Json.write(oneByOne));
            Optional<JsonValue> changed = merged.changes().containsKey("c")
                    ? merged.changes().get("c").apply(before.member("c"))
                    : before.member("c");
            assertThat(changed).as("seed %d, %s and %s", seed, before, writes).isEqualTo(oneByOne.member("c"));
        }
    }

    @Test
    void refusesTwoWritersOfOneValueNamingBothInTheSameOrder() {
        Channels channels = channels("any", "last");
        for (List<Write> writes :
                List.of(List.of(write("1:a", "1"), write("1:b", "1")), List.of(write("1:b", "1"), write("1:a", "1")))) {
            assertThatThrownBy(() -> channels.merge(JsonObject.EMPTY, writes))
                    .isInstanceOfSatisfying(AgentOsException.class, e -> {
                        assertThat(e.errorCode()).isEqualTo(GraphErrorCode.INVALID_WRITE);
                        assertThat(e)
                                .hasMessageContaining("'node-1:a' and 'node-1:b'")
                                .hasMessageContaining("'c'");
                    });
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "string | last | 1",
                "number | last | \"1\"",
                "integer | last | 1.5",
                "integer | sum | 1e30",
                "number | sum | 1e999999999",
                "integer | last | 1e999999999",
                "integer | last | 1e-999999999",
                "boolean | last | 0",
                "object | merge | [1]",
                "array | last | {}",
                "any | merge | 1",
                "object | last | null"
            })
    void refusesAWriteOfAnotherType(String type, String reducer, String json) {
        assertThatThrownBy(() ->
                        channels(type, reducer).require("writer", new JsonObject(Map.of("c", Json.parse(json)))))
                .isInstanceOfSatisfying(AgentOsException.class, e -> {
                    assertThat(e.errorCode()).isEqualTo(GraphErrorCode.INVALID_WRITE);
                    assertThat(e).hasMessageContaining("'writer'").hasMessageContaining("'c'");
                });
    }

    @Test
    void refusesAChannelThatIsNotDeclaredWithAPointer() {
        assertThat(channels("any", "last").check(JsonObject.of("d/e", 1)))
                .singleElement()
                .satisfies(fault -> assertThat(fault.pointer()).isEqualTo("/d~1e"));
    }

    @Test
    void messagesAreObjectsWithARole() {
        Channels channels = channels("array", "messages");
        for (String good : List.of(
                "{\"role\":\"user\",\"content\":\"x\"}",
                "[]",
                "[{\"role\":\"tool\"},{\"id\":\"a\",\"remove\":true}]")) {
            assertThat(channels.check(new JsonObject(Map.of("c", Json.parse(good)))))
                    .as(good)
                    .isEmpty();
        }
        Map.of(
                        "\"hi\"", "a string",
                        "[{\"role\":\"user\"},7]", "a number",
                        "{\"content\":\"x\"}", "an object without a role",
                        "{\"role\":\"boss\"}", "an object with the role 'boss'")
                .forEach((bad, what) -> assertThat(channels.check(new JsonObject(Map.of("c", Json.parse(bad)))))
                        .extracting(InvalidInputException.Fault::message)
                        .containsExactly("It takes messages, and " + what
                                + " is none: a message is an object, as {\"role\": \"user\", \"content\": \"…\"},"
                                + " whose role is system, user, assistant or tool, or {\"id\": …, \"remove\":"
                                + " true}."));
    }

    @Test
    void aNodeWritesBackWhatAChatHasHeldForLong() {
        Channels channels = channels("array", "messages");
        channels.require("say", Json.parseObject("{\"c\":[{\"content\":\"x\"},{\"role\":\"developer\"}]}"));
        assertThatThrownBy(() -> channels.require("say", Json.parseObject("{\"c\":\"hi\"}")))
                .hasMessageStartingWith("Node 'say' wrote to channel 'c': It takes messages, and a string is none: ");
    }

    @Test
    void saysWhatIsWrongWithANumber() {
        assertThat(channels("integer", "last").check(Json.parseObject("{\"c\":1.5}")))
                .extracting(InvalidInputException.Fault::message)
                .containsExactly("The type is integer, and the number is not a whole one of 64 bits.");
        assertThat(channels("number", "last").check(Json.parseObject("{\"c\":1e999}")))
                .extracting(InvalidInputException.Fault::message)
                .containsExactly("The number is out of the range of a double.");
    }
}
