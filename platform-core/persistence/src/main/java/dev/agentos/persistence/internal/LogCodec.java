package dev.agentos.persistence.internal;

import dev.agentos.execution.Command;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.JsonOutput;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes log entries as JSON; {@link LogReader} reads them. The body of a row is an array of entries, each an object:
 *
 * <table>
 * <caption>members of an entry, all but {@code e} optional</caption>
 * <tr><td>{@code e}</td><td>events: {@code [type, step, node or null, data]}, or one of the short forms
 *     {@code ["s", step, node, attempt]} task.started, {@code ["f", step, node, [channels]]} task.finished, and
 *     {@code ["c"]} the event of this entry's checkpoint</td></tr>
 * <tr><td>{@code w}</td><td>pending writes: {@code {t: task, n: node, w: writes, i: interrupts, d: detail}}</td></tr>
 * <tr><td>{@code c}</td><td>a checkpoint: {@code [number, source, next, control, interrupts]}; a next task is its node
 *     when its id follows from number and node, and a control of supersteps alone is their number</td></tr>
 * <tr><td>{@code v}</td><td>the values of all channels at the checkpoint; {@code 0} is the input's value</td></tr>
 * <tr><td>{@code d}</td><td>the changes since the checkpoint before, by channel: <code>{"=": value}</code>,
 *     <code>{"+": elements}</code>, <code>{"r": [index, element]}</code>, <code>{"m": members}</code>,
 *     <code>{"-": 1}</code>, or <code>{"&amp;": [several]}</code></td></tr>
 * <tr><td>{@code i}</td><td>the execution's input, in the first entry</td></tr>
 * <tr><td>{@code m}</td><td>the command that a resume brought</td></tr>
 * </table>
 */
public final class LogCodec {

    /** The largest entry; a state larger than this has no place in a database row. */
    private static final int LARGEST_ENTRY = 16 << 20;

    private LogCodec() {}

    static void refuseLarge(long bytes) {
        if (bytes > LARGEST_ENTRY) {
            throw new AgentOsException(
                    GraphErrorCode.RESULT_TOO_LARGE,
                    "What the execution is to remember at once takes " + bytes + " bytes, more than " + LARGEST_ENTRY
                            + ".",
                    "Keep large results in files, and their names in the state.");
        }
    }

    /** The first entry: input, first checkpoint with all its values, first events. */
    static byte[] first(JsonObject input, Checkpoint checkpoint, List<Draft> events) {
        return Json.writeBytes(out -> {
            out.object();
            events(out, events, Optional.of(checkpoint), Map.of());
            out.name("i").value(input);
            checkpoint(out, checkpoint);
            out.name("v").object();
            for (Map.Entry<String, JsonValue> member :
                    checkpoint.values().members().entrySet()) {
                out.name(member.getKey());
                if (member.getValue().equals(input.members().get(member.getKey()))) {
                    out.number(0);
                } else {
                    // Wrapped, so that a value of 0 is not taken for the input's.
                    out.array().value(member.getValue()).endArray();
                }
            }
            out.endObject().endObject();
        });
    }

    /** An entry with all values of its checkpoint, behind which a reader need not look. */
    static byte[] whole(Entry entry) {
        return write(entry, true);
    }

    /** An entry with what its checkpoint changed. */
    static byte[] changed(Entry entry) {
        return write(entry, false);
    }

    /** An entry of what tasks have produced, and what is said of that. */
    static byte[] pending(List<PendingWrite> writes, List<Draft> events) {
        return Json.writeBytes(out -> {
            out.object();
            events(out, events, Optional.empty(), Map.of());
            writes(out, writes);
            out.endObject();
        });
    }

    /** An entry of events alone. */
    public static byte[] events(List<Draft> events) {
        return Json.writeBytes(out -> {
            out.object();
            events(out, events, Optional.empty(), Map.of());
            out.endObject();
        });
    }

    /** An entry with the command that continues the execution. */
    public static byte[] resumed(Command command, Draft event) {
        return Json.writeBytes(out -> {
            out.object();
            events(out, List.of(event), Optional.empty(), Map.of());
            out.name("m").value(commandToJson(command)).endObject();
        });
    }

    /** Several entries as the body of one row. */
    public static byte[] row(List<byte[]> entries) {
        int size = 1 + entries.size();
        for (byte[] entry : entries) {
            size += entry.length;
        }
        byte[] body = new byte[size];
        int at = 0;
        for (byte[] entry : entries) {
            body[at++] = (byte) (at == 1 ? '[' : ',');
            System.arraycopy(entry, 0, body, at, entry.length);
            at += entry.length;
        }
        body[at] = ']';
        return body;
    }

    private static byte[] write(Entry entry, boolean whole) {
        return Json.writeBytes(out -> {
            out.object();
            // The short form of a checkpoint's event is read from its changes, which a whole entry does not have.
            events(out, entry.events(), entry.checkpoint(), whole ? Map.of() : entry.changes());
            if (!entry.writes().isEmpty()) {
                writes(out, entry.writes());
            }
            if (entry.checkpoint().isPresent()) {
                Checkpoint checkpoint = entry.checkpoint().get();
                checkpoint(out, checkpoint);
                if (whole) {
                    out.name("v").object();
                    for (Map.Entry<String, JsonValue> member :
                            checkpoint.values().members().entrySet()) {
                        out.name(member.getKey())
                                .array()
                                .value(member.getValue())
                                .endArray();
                    }
                    out.endObject();
                }
                if (!entry.changes().isEmpty()) {
                    out.name("d").object();
                    for (Map.Entry<String, Change> change : entry.changes().entrySet()) {
                        change(out.name(change.getKey()), change.getValue());
                    }
                    out.endObject();
                }
            }
            out.endObject();
        });
    }

    private static void events(
            JsonOutput out, List<Draft> events, Optional<Checkpoint> checkpoint, Map<String, Change> changes)
            throws IOException {
        out.name("e").array();
        for (Draft event : events) {
            out.array();
            if (checkpoint.isPresent() && isOf(event, checkpoint.get(), changes)) {
                out.text("c");
            } else if (!task(out, event)) {
                out.text(event.type()).number(event.step());
                if (event.node().isPresent()) {
                    out.text(event.node().get());
                } else {
                    out.none();
                }
                out.value(event.data());
            }
            out.endArray();
        }
        out.endArray();
    }

    /** The event that the engine notes with each checkpoint. */
    static Draft ofCheckpoint(Checkpoint checkpoint, Map<String, Change> changes) {
        return ExecutionEvent.ofCheckpoint(checkpoint, changes.keySet());
    }

    /** Whether an event is {@link #ofCheckpoint}, found out without making that. */
    private static boolean isOf(Draft event, Checkpoint checkpoint, Map<String, Change> changes) {
        Map<String, JsonValue> data = event.data().members();
        return event.type().equals(ExecutionEvent.CHECKPOINT)
                && event.step() == checkpoint.number()
                && event.node().isEmpty()
                && data.size() == 3
                && JsonNumber.of(checkpoint.number()).equals(data.get("number"))
                && names(data.get("changed"), changes.keySet())
                && names(
                        data.get("next"),
                        checkpoint.next().size() == 1
                                ? List.of(checkpoint.next().getFirst().node())
                                : checkpoint.next().stream()
                                        .map(NodeTask::node)
                                        .distinct()
                                        .toList());
    }

    private static boolean names(@Nullable JsonValue value, Collection<String> names) {
        if (!(value instanceof JsonArray(List<JsonValue> items)) || items.size() != names.size()) {
            return false;
        }
        Iterator<JsonValue> item = items.iterator();
        for (String name : names) {
            if (!(item.next() instanceof JsonString(String text)) || !text.equals(name)) {
                return false;
            }
        }
        return true;
    }

    private static boolean task(JsonOutput out, Draft event) throws IOException {
        boolean started = event.type().equals(ExecutionEvent.TASK_STARTED);
        boolean finished = event.type().equals(ExecutionEvent.TASK_FINISHED);
        if ((!started && !finished)
                || event.node().isEmpty()
                || event.data().members().size() != 2) {
            return false;
        }
        String node = event.node().get();
        String task = event.data().text("task").orElse("");
        if (!task.equals(NodeTask.id(event.step(), node))) {
            return false;
        }
        JsonValue detail = event.data().members().get(started ? "attempt" : "channels");
        if (detail == null) {
            return false;
        }
        out.text(started ? "s" : "f").number(event.step()).text(node).value(detail);
        return true;
    }

    private static void writes(JsonOutput out, List<PendingWrite> writes) throws IOException {
        out.name("w").array();
        for (PendingWrite write : writes) {
            pending(out, write);
        }
        out.endArray();
    }

    private static void pending(JsonOutput out, PendingWrite write) throws IOException {
        out.object().name("t").text(write.task()).name("n").text(write.node());
        if (!write.writes().isEmpty()) {
            out.name("w").value(write.writes());
        }
        if (!write.interrupts().isEmpty()) {
            interrupts(out.name("i"), write.interrupts());
        }
        if (write.detail().isPresent()) {
            out.name("d").value(write.detail().get());
        }
        out.endObject();
    }

    private static void checkpoint(JsonOutput out, Checkpoint checkpoint) throws IOException {
        out.name("c")
                .array()
                .number(checkpoint.number())
                .text(checkpoint.source().name())
                .array();
        for (NodeTask task : checkpoint.next()) {
            if (task.equals(NodeTask.of(checkpoint.number(), task.node()))) {
                out.text(task.node());
            } else {
                out.object().name("id").text(task.id()).name("node").text(task.node());
                if (task.input().isPresent()) {
                    out.name("input").value(task.input().get());
                }
                out.endObject();
            }
        }
        out.endArray();
        Map<String, JsonValue> control = checkpoint.control().members();
        if (control.size() == 1 && control.get("supersteps") instanceof JsonNumber number) {
            out.value(number);
        } else {
            out.value(checkpoint.control());
        }
        if (!checkpoint.interrupts().isEmpty()) {
            interrupts(out, checkpoint.interrupts());
        }
        out.endArray();
    }

    private static void interrupts(JsonOutput out, List<Interrupt> interrupts) throws IOException {
        out.array();
        for (Interrupt interrupt : interrupts) {
            out.object()
                    .name("id")
                    .text(interrupt.id())
                    .name("node")
                    .text(interrupt.node())
                    .name("payload")
                    .value(interrupt.payload())
                    .endObject();
        }
        out.endArray();
    }

    private static void change(JsonOutput out, Change change) throws IOException {
        out.object();
        switch (change) {
            case Change.Set(JsonValue value) -> out.name("=").value(value);
            case Change.Unset() -> out.name("-").number(1);
            case Change.Append(var items) -> out.name("+").value(items);
            case Change.Replace(int index, JsonValue item) ->
                out.name("r").array().number(index).value(item).endArray();
            case Change.Members(JsonObject members) -> out.name("m").value(members);
            case Change.Several(List<Change> changes) -> {
                out.name("&").array();
                for (Change one : changes) {
                    change(out, one);
                }
                out.endArray();
            }
        }
        out.endObject();
    }

    private static JsonObject commandToJson(Command command) {
        JsonObject json = JsonObject.of(
                "resume",
                new JsonObject(command.resume()),
                "update",
                command.update(),
                "jump",
                command.jump().stream().map(JsonString::new).toList());
        JsonObject kind = command.change() ? json.with("change", true) : json;
        JsonObject named = command.asNode()
                .map(node -> kind.with("asNode", new JsonString(node)))
                .orElse(kind);
        return command.answer().map(answer -> named.with("answer", answer)).orElse(named);
    }
}
