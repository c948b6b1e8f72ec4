package dev.agentos.persistence;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.Command;
import dev.agentos.graph.Execution;
import dev.agentos.graph.ExecutionEvent;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.ExecutionRequest;
import dev.agentos.graph.ExecutionState;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jdbi.v3.core.statement.StatementContext;

/** Rows and JSON columns of executions as the graph's records, and back. */
final class ExecutionRows {

    private ExecutionRows() {}

    static Execution execution(ResultSet row, StatementContext context) throws SQLException {
        return new Execution(
                new ExecutionId(row.getString("id")),
                new TenantId(row.getString("tenant_id")),
                new ExecutionRequest(
                        Rows.optionalText(row, "agent"),
                        new GraphReference(row.getString("graph_id"), row.getInt("graph_version")),
                        Rows.object(row, "input"),
                        Rows.object(row, "configuration"),
                        row.getInt("priority"),
                        Rows.optionalInstant(row, "deadline")),
                ExecutionState.valueOf(row.getString("state")),
                new Execution.Progress(row.getInt("step"), row.getInt("attempt"), row.getBoolean("cancel_requested")),
                Rows.optionalObject(row, "output"),
                Rows.optionalObject(row, "failure").map(Failure::fromJson),
                new Execution.Times(
                        Rows.instant(row, "created_at"),
                        Rows.optionalInstant(row, "started_at"),
                        Rows.optionalInstant(row, "finished_at")));
    }

    static ExecutionEvent event(ResultSet row, StatementContext context) throws SQLException {
        return new ExecutionEvent(
                row.getLong("sequence"),
                new ExecutionEvent.Draft(
                        row.getString("type"),
                        row.getInt("step"),
                        Rows.optionalText(row, "node"),
                        Rows.object(row, "data")),
                Rows.instant(row, "at"));
    }

    /** A checkpoint of that row with those values. */
    static Checkpoint checkpoint(ResultSet row, JsonObject values) throws SQLException {
        return new Checkpoint(
                row.getInt("number"),
                Checkpoint.Source.valueOf(row.getString("source")),
                values,
                tasks(row.getString("next")),
                interrupts(row.getString("interrupts")),
                Rows.object(row, "control"),
                Optional.of(Rows.instant(row, "created_at")));
    }

    static PendingWrite pendingWrite(ResultSet row, StatementContext context) throws SQLException {
        return new PendingWrite(
                row.getString("task"),
                row.getString("node"),
                Rows.object(row, "writes"),
                interrupts(row.getString("interrupts")),
                Rows.optionalText(row, "detail").map(Json::parse));
    }

    static JsonArray tasksToJson(List<NodeTask> tasks) {
        return JsonArray.of(tasks.stream()
                .map(task -> {
                    JsonObject json = JsonObject.of("id", task.id(), "node", task.node());
                    return task.input().map(input -> json.with("input", input)).orElse(json);
                })
                .toArray());
    }

    static JsonArray interruptsToJson(List<Interrupt> interrupts) {
        return JsonArray.of(interrupts.stream()
                .map(interrupt ->
                        JsonObject.of("id", interrupt.id(), "node", interrupt.node(), "payload", interrupt.payload()))
                .toArray());
    }

    static JsonObject commandToJson(Command command) {
        JsonObject json = JsonObject.of(
                "resume", new JsonObject(command.resume()),
                "update", command.update(),
                "jump", JsonArray.of(command.jump().toArray()));
        return command.answer().map(answer -> json.with("answer", answer)).orElse(json);
    }

    static Command command(JsonObject json) {
        Map<String, JsonValue> resume = new LinkedHashMap<>(
                json.object("resume").orElse(JsonObject.EMPTY).members());
        return new Command(
                resume,
                json.member("answer"),
                json.object("update").orElse(JsonObject.EMPTY),
                StreamSupport.stream(json.array("jump").orElse(JsonArray.EMPTY).spliterator(), false)
                        .map(node -> ((JsonString) node).value())
                        .toList());
    }

    private static List<NodeTask> tasks(String text) {
        return objects(text)
                .map(json -> new NodeTask(text(json, "id"), text(json, "node"), json.member("input")))
                .toList();
    }

    private static List<Interrupt> interrupts(String text) {
        return objects(text)
                .map(json -> new Interrupt(
                        text(json, "id"),
                        text(json, "node"),
                        json.member("payload").orElseThrow()))
                .toList();
    }

    private static java.util.stream.Stream<JsonObject> objects(String text) {
        return ((JsonArray) Json.parse(text)).items().stream().map(JsonObject.class::cast);
    }

    private static String text(JsonObject json, String name) {
        return json.text(name).orElseThrow();
    }
}
