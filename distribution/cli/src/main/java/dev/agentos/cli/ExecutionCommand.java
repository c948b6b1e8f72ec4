package dev.agentos.cli;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Executions of a tenant. */
@Command(name = "execution", description = "Start, watch, steer and branch executions.")
final class ExecutionCommand {
    @Command(name = "start", description = "Start an execution of an agent and print it.")
    int start(
            @Mixin Connection connection,
            @Parameters(paramLabel = "AGENT", description = "As in pack-research/librarian.") String agent,
            @Option(names = "--input", defaultValue = "{}", description = "Its input, a JSON object.") String input,
            @Option(names = "--config", description = "Overrides of the agent's configuration, a JSON object.")
                    Optional<String> config,
            @Option(names = "--watch", description = "Follow it until it ends.") boolean watch) {
        var request = JsonObject.of("agent", agent, "input", Json.parseObject(input));
        if (config.isPresent()) {
            request = request.with("config", Json.parseObject(config.get()));
        }
        var execution = connection.client().post("/executions", request);
        if (watch) {
            return watch(connection, execution.text("id").orElseThrow());
        }
        connection.print(execution);
        return 0;
    }

    @Command(
            name = "watch",
            description = "Print an execution's events until it ends; exit code 1 unless it succeeded.")
    int watch(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        var client = connection.client();
        client.follow("/executions/" + id + "/events", "", ExecutionEvents::isTerminal, event -> {
            if (connection.format == Connection.Format.json) {
                connection.terminal().line(Json.write(event.data()));
            } else {
                ExecutionEvents.show(event, connection.terminal());
            }
            return true;
        });
        var execution = client.get("/executions/" + id);
        connection.print(execution);
        return ExecutionEvents.succeeded(execution) ? 0 : CliException.FAILED;
    }

    @Command(name = "list", description = "List executions, newest first.")
    void list(@Mixin Connection connection, @Option(names = "--state", defaultValue = "") String state) {
        var query = state.isEmpty() ? "" : "?state=" + ServerClient.encode(state);
        connection.print(
                connection.client().list("/executions" + query),
                "id",
                "state",
                "agent",
                "step",
                "createdAt",
                "failure.code");
    }

    @Command(name = "cancel", description = "Cancel an execution.")
    void cancel(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.print(connection.client().post("/executions/" + id + "/cancel", JsonObject.EMPTY));
    }

    @Command(name = "pause", description = "Let an execution wait at its next step until it is resumed.")
    void pause(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.print(connection.client().post("/executions/" + id + "/pause", JsonObject.EMPTY));
    }

    @Command(
            name = "state",
            description =
                    "Print an execution's channels and what it waits for; with --update, change them while it waits.")
    void state(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--update", description = "Values for channels, a JSON object.") Optional<String> update,
            @Option(names = "--as-node", description = "The node that is taken to have written them.")
                    Optional<String> node) {
        var path = "/executions/" + id + "/state";
        connection.print(
                update.isEmpty() && node.isEmpty()
                        ? connection.client().get(path)
                        : connection.client().post(path, changes(update, node)));
    }

    @Command(name = "fork", description = "Start a new execution at a checkpoint of another one.")
    void fork(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--checkpoint", description = "Its number; the latest unless given.")
                    Optional<Integer> checkpoint,
            @Option(names = "--update", description = "Values for channels, a JSON object.") Optional<String> update,
            @Option(names = "--as-node", description = "The node that is taken to have written them.")
                    Optional<String> node,
            @Option(names = "--goto", description = "A node to go on with; may be repeated.")
                    Optional<List<String>> jump) {
        var request = changes(update, node);
        if (checkpoint.isPresent()) {
            request = request.with("checkpoint", JsonNumber.of(checkpoint.get()));
        }
        if (jump.isPresent()) {
            request = request.with("goto", JsonValue.of(jump.get()));
        }
        connection.print(connection.client().post("/executions/" + id + "/fork", request));
    }

    @Command(name = "retry", description = "Start a new execution where another one failed or was cancelled.")
    void retry(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.print(connection.client().post("/executions/" + id + "/retry", JsonObject.EMPTY));
    }

    private static JsonObject changes(Optional<String> update, Optional<String> node) {
        var changes = JsonObject.EMPTY;
        if (update.isPresent()) {
            changes = changes.with("update", Json.parseObject(update.get()));
        }
        return node.isPresent() ? changes.with("asNode", new JsonString(node.get())) : changes;
    }

    @Command(name = "resume", description = "Answer the interrupt for which an execution waits.")
    void resume(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--answer", description = "The answer, a JSON value; none for one that was paused.")
                    Optional<String> answer) {
        var request = answer.isPresent() ? JsonObject.of("answer", Json.parse(answer.get())) : JsonObject.EMPTY;
        connection.print(connection.client().post("/executions/" + id + "/resume", request));
    }
}
