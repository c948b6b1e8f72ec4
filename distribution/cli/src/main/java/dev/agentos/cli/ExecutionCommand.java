package dev.agentos.cli;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Executions of a tenant. */
@Command(name = "execution", description = "Start, watch, resume and cancel executions.")
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

    @Command(name = "resume", description = "Answer the interrupt for which an execution waits.")
    void resume(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--answer", required = true, description = "The answer, a JSON value.") String answer) {
        var request = JsonObject.of("answer", Json.parse(answer));
        connection.print(connection.client().post("/executions/" + id + "/resume", request));
    }
}
