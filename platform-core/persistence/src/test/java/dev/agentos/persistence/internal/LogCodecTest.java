package dev.agentos.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Command;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogCodecTest {

    private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void readsWhatItWrote() {
        long seed = Long.getLong("lab.seed", System.nanoTime());
        for (int round = 0; round < 300; round++) {
            Random random = new Random(seed + round);
            JsonObject input = JsonObject.of("a", 0, "b", "text", "c", List.of(1, 2));
            Map<String, JsonValue> values =
                    new LinkedHashMap<>(JsonObject.of("z", 0, "a", 0, "b", "other", "c", List.of(1, 2))
                            .members());
            Checkpoint first = checkpoint(0, new JsonObject(values), random);
            List<Draft> events = new ArrayList<>(List.of(event(random, 0)));
            LogReader reader = new LogReader();
            LogReader.Row row = new LogReader.Row(1, AT, LogCodec.row(List.of(LogCodec.first(input, first, events))));
            List<ExecutionEvent> read = new ArrayList<>(row.events());
            reader.add(row);
            assertThat(reader.input()).contains(input);
            for (int step = 1; step <= 8; step++) {
                List<byte[]> bodies = new ArrayList<>();
                long sequence = events.size() + 1L;
                for (int entries = random.nextInt(3); entries >= 0; entries--) {
                    Entry entry = entry(step, values, random);
                    events.addAll(entry.events());
                    bodies.add(random.nextInt(4) == 0 ? LogCodec.whole(entry) : LogCodec.changed(entry));
                }
                LogReader.Row next = new LogReader.Row(sequence, AT, LogCodec.row(bodies));
                read.addAll(next.events());
                reader.add(next);
            }
            assertThat(read)
                    .extracting(ExecutionEvent::draft)
                    .as("seed %d", seed + round)
                    .isEqualTo(events);
            assertThat(read.getLast().sequence()).isEqualTo(events.size());
            assertThat(reader.next()).isEqualTo(events.size() + 1L);
            assertThat(reader.checkpoint().orElseThrow().values())
                    .as("seed %d", seed + round)
                    .isEqualTo(new JsonObject(values));
            assertThat(reader.checkpoint().orElseThrow().values().toString())
                    .as("the order of channels, seed %d", seed + round)
                    .isEqualTo(new JsonObject(values).toString());
        }
    }

    @Test
    void keepsACommandUntilTheNextCheckpoint() {
        Command command = new Command(
                Map.of("q", new JsonString("yes")), Optional.of(JsonNumber.of(1)), JsonObject.of("a", 1), List.of("n"));
        Draft resumed = new Draft("execution.resumed", 1, Optional.empty(), JsonObject.EMPTY);
        LogReader reader = new LogReader()
                .add(new LogReader.Row(
                        1,
                        AT,
                        LogCodec.row(List.of(LogCodec.first(
                                JsonObject.EMPTY, checkpoint(0, JsonObject.EMPTY, new Random(1)), List.of(resumed))))))
                .add(new LogReader.Row(2, AT, LogCodec.row(List.of(LogCodec.resumed(command, resumed)))));
        assertThat(reader.resumption().command()).contains(command);
    }

    /** Whatever the bounds of what is accepted are or will be. */
    @Test
    void readsWhatIsBeyondTheBoundsOfWhatIsAccepted() {
        JsonValue deep = JsonNumber.of(1);
        for (int level = 0; level < 500; level++) {
            deep = level % 2 == 0 ? new JsonArray(List.of(deep)) : new JsonObject(Map.of("a", deep));
        }
        JsonObject values = new JsonObject(Map.of(
                "deep", deep,
                "name", JsonObject.of("n".repeat(100_000), 1),
                "number", new JsonNumber(new BigDecimal("7".repeat(20_000))),
                "text", new JsonString("t".repeat(17 << 20)),
                "more", new JsonString("m".repeat(16 << 20))));
        Draft event = new Draft(ExecutionEvent.CUSTOM, 1, Optional.of("x"), JsonObject.of("deep", deep));
        byte[] row =
                LogCodec.row(List.of(LogCodec.first(values, checkpoint(0, values, new Random(1)), List.of(event))));
        LogReader.Row read = new LogReader.Row(1, AT, row);
        assertThat(new LogReader().add(read).checkpoint().orElseThrow().values())
                .isEqualTo(values);
        assertThat(read.events()).extracting(ExecutionEvent::draft).containsExactly(event);
    }

    @Test
    void isShortForWhatHappensMost() {
        Checkpoint checkpoint = new Checkpoint(
                4,
                Checkpoint.Source.LOOP,
                JsonObject.EMPTY,
                List.of(NodeTask.of(4, "n5")),
                List.of(),
                JsonObject.of("supersteps", 4),
                Optional.empty());
        Entry entry = new Entry(
                List.of(
                        new Draft(
                                ExecutionEvent.TASK_STARTED,
                                3,
                                Optional.of("n4"),
                                JsonObject.of("task", "3:n4", "attempt", 1)),
                        new Draft(
                                ExecutionEvent.TASK_FINISHED,
                                3,
                                Optional.of("n4"),
                                JsonObject.of("task", "3:n4", "channels", List.of("m"))),
                        ExecutionEvent.ofCheckpoint(checkpoint, List.of("m"))),
                List.of(),
                Optional.of(checkpoint),
                Map.of("m", new Change.Append(JsonArray.of(1))),
                Move.STAY);
        assertThat(new String(LogCodec.changed(entry), StandardCharsets.UTF_8))
                .isEqualTo("{\"e\":[[\"s\",3,\"n4\",1],[\"f\",3,\"n4\",[\"m\"]],[\"c\"]],"
                        + "\"c\":[4,\"LOOP\",[\"n5\"],4],\"d\":{\"m\":{\"+\":[1]}}}");
    }

    private static Entry entry(int step, Map<String, JsonValue> values, Random random) {
        Map<String, Change> changes = new LinkedHashMap<>();
        for (String channel : List.of("a", "c", "d", "e")) {
            if (random.nextBoolean()) {
                Optional<JsonValue> before = Optional.ofNullable(values.get(channel));
                Change change = change(before, random);
                changes.put(channel, change);
                change.apply(before).ifPresentOrElse(value -> values.put(channel, value), () -> values.remove(channel));
            }
        }
        Checkpoint checkpoint = checkpoint(step, new JsonObject(values), random);
        List<Draft> events = new ArrayList<>(List.of(event(random, step), event(random, step)));
        events.add(
                ExecutionEvent.ofCheckpoint(checkpoint, random.nextInt(3) == 0 ? List.of("other") : changes.keySet()));
        List<PendingWrite> writes = random.nextBoolean()
                ? List.of()
                : List.of(new PendingWrite(
                        step + ":x", "x", JsonObject.of("a", 1), List.of(), Optional.of(JsonNumber.of(1))));
        return new Entry(events, writes, Optional.of(checkpoint), changes, Move.STAY);
    }

    private static Change change(Optional<JsonValue> before, Random random) {
        boolean filled = before.isPresent() && before.get() instanceof JsonArray array && array.size() > 0;
        return switch (random.nextInt(filled ? 6 : 5)) {
            case 0 -> new Change.Set(JsonNumber.of(random.nextInt()));
            case 1 -> new Change.Append(JsonArray.of("é\"\\", random.nextInt()));
            case 2 -> new Change.Members(JsonObject.of("k" + random.nextInt(3), null));
            case 3 -> new Change.Unset();
            case 4 ->
                new Change.Several(List.of(
                        new Change.Append(JsonArray.of(1, 2)), new Change.Replace(1, new JsonString("second"))));
            default -> new Change.Replace(0, JsonObject.of("id", random.nextInt()));
        };
    }

    private static Checkpoint checkpoint(int number, JsonObject values, Random random) {
        List<Interrupt> interrupts =
                random.nextInt(4) == 0 ? List.of(new Interrupt("q", "x", JsonObject.of("prompt", "ok?"))) : List.of();
        return new Checkpoint(
                number,
                number == 0 ? Checkpoint.Source.INPUT : Checkpoint.Source.LOOP,
                values,
                List.of(
                        NodeTask.of(number, "x"),
                        new NodeTask(number + ":y:7", "y", Optional.of(JsonObject.of("input", 7)))),
                interrupts,
                random.nextBoolean() ? JsonObject.of("supersteps", number) : JsonObject.of("other", List.of()),
                Optional.empty());
    }

    private static Draft event(Random random, int step) {
        return switch (random.nextInt(4)) {
            case 0 ->
                new Draft(
                        ExecutionEvent.TASK_STARTED,
                        step,
                        Optional.of("x"),
                        JsonObject.of("task", step + ":x", "attempt", 2));
            case 1 ->
                new Draft(
                        ExecutionEvent.TASK_FINISHED,
                        step,
                        Optional.of("y"),
                        JsonObject.of("task", step + ":y:7", "channels", List.of("a")));
            case 2 -> new Draft(ExecutionEvent.MESSAGE, step, Optional.of("x"), JsonObject.of("text", "tok\u00e9n"));
            default -> new Draft(ExecutionEvent.QUEUED, step, Optional.empty(), JsonObject.EMPTY);
        };
    }
}
