package dev.agentos.scripting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolResult;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** JSON goes into a script and out of it, and to the host and back, without a change. */
class RoundTripTest {

    private static final ScriptEngine ENGINE = new ScriptEngine(2, 64L * 1024 * 1024);
    private static final int ROUNDS = 150;

    private final long seed = Long.getLong("test.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void anyJsonComesBackAsItWas() {
        for (int round = 0; round < ROUNDS; round++) {
            JsonValue value = value(5);
            FakeHost host = new FakeHost((name, arguments) -> ToolResult.of(arguments));
            Script script =
                    FakeHost.script("return [state.value, call('echo', state.value)]", JsonObject.of("value", value));
            JsonValue back = ENGINE.execute(script, host);
            assertThat(plain(back))
                    .as("seed " + seed + ", round " + round + ": " + value)
                    .isEqualTo(plain(new JsonArray(List.of(value, value))));
        }
    }

    /** Numbers compare by value: a script does not know 1.0 from 1. */
    private static Object plain(JsonValue value) {
        return switch (value) {
            case JsonNumber number -> number.value().stripTrailingZeros();
            case JsonArray array ->
                array.items().stream().map(RoundTripTest::plain).toList();
            case JsonObject object -> {
                Map<String, Object> members = new LinkedHashMap<>();
                object.members().forEach((name, member) -> members.put(name, plain(member)));
                yield members;
            }
            default -> value;
        };
    }

    private JsonValue value(int depth) {
        return switch (random.nextInt(depth == 0 ? 5 : 7)) {
            case 0 -> JsonNull.NULL;
            case 1 -> random.nextBoolean() ? JsonBoolean.TRUE : JsonBoolean.FALSE;
            case 2 -> number();
            case 3, 4 -> new JsonString(text());
            case 5 -> {
                List<JsonValue> items = new ArrayList<>();
                for (int i = random.nextInt(6); i > 0; i--) {
                    items.add(value(depth - 1));
                }
                yield new JsonArray(items);
            }
            default -> {
                Map<String, JsonValue> members = new LinkedHashMap<>();
                for (int i = random.nextInt(6); i > 0; i--) {
                    members.put(random.nextInt(8) == 0 ? special() : text(), value(depth - 1));
                }
                yield new JsonObject(members);
            }
        };
    }

    private JsonNumber number() {
        return switch (random.nextInt(5)) {
            case 0 -> JsonNumber.of(random.nextInt());
            case 1 -> JsonNumber.of(random.nextLong(-(1L << 53), 1L << 53));
            case 2 -> new JsonNumber(new BigDecimal(Double.toString(random.nextGaussian())));
            case 3 -> new JsonNumber(new BigDecimal(Double.toString(finite())));
            default -> JsonNumber.of(random.nextInt(10) - 5);
        };
    }

    private double finite() {
        double any = Double.longBitsToDouble(random.nextLong());
        return Double.isFinite(any) && any != 0 ? any : 0.1;
    }

    private String special() {
        String[] names = {"__proto__", "constructor", "toJSON", "then", "length", "0", "", "hasOwnProperty", "state"};
        return names[random.nextInt(names.length)];
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            int point = switch (random.nextInt(6)) {
                case 0 -> random.nextInt(1, 32);
                case 1 -> random.nextInt(0x80, 0xD800);
                case 2 -> random.nextInt(0xE000, 0x10000);
                case 3 -> random.nextInt(0x10000, 0x110000);
                default -> random.nextInt(32, 127);
            };
            text.appendCodePoint(point);
        }
        return text.toString();
    }

    @Test
    void numbersBeyondWhatAScriptCanHoldAreRounded() {
        JsonValue back = ENGINE.execute(
                FakeHost.script("return state.n", Json.parseObject("{\"n\":9007199254740993}")), new FakeHost());
        assertThat(back).isEqualTo(Json.parse("9007199254740992"));
    }
}
