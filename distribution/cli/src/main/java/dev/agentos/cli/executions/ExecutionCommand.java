package dev.agentos.cli.executions;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.ApiException;
import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Executions of a tenant. */
@Command(name = "execution", description = "Start, watch, steer and branch executions.")
public final class ExecutionCommand {
    /** What is shown of an execution beside its events; its input is what the user has just written. */
    private static final String[] OUTLINE = {
        "id",
        "state",
        "agent",
        "graph",
        "session",
        "step",
        "createdAt",
        "startedAt",
        "finishedAt",
        "failure",
        "interrupts",
        "output"
    };

    /** In which states an execution can be retried. */
    private static final Set<String> ENDED = Set.of("FAILED", "TIMED_OUT", "CANCELLED");

    /** What is shown of each execution in a list. */
    private static final String[] LISTED = {"id", "state", "agent", "graph.name", "step", "createdAt", "failure.code"};

    @Command(name = "start", description = "Start an execution of an agent or a graph and print it.")
    int start(
            @Mixin Connection connection,
            @Parameters(paramLabel = "AGENT", arity = "0..1", description = "As in pack-research/research.")
                    Optional<String> agent,
            @Option(
                            names = "--graph",
                            paramLabel = "GRAPH",
                            description = "Instead of an agent a graph: its id or name.")
                    Optional<String> graph,
            @Option(
                            names = "--input",
                            paramLabel = "JSON",
                            defaultValue = "{}",
                            description = "Its input, a JSON object.")
                    JsonObject input,
            @Option(
                            names = "--config",
                            paramLabel = "JSON",
                            description = "Overrides of the agent's configuration, a JSON object.")
                    Optional<JsonObject> config,
            @Option(names = "--session", paramLabel = "ID", description = "The session in which it goes on.")
                    Optional<String> session,
            @Option(
                            names = "--when-busy",
                            paramLabel = "WHAT",
                            description = "If another has the session: reject, enqueue, interrupt or rollback.")
                    Optional<String> whenBusy,
            @Option(names = "--webhook", paramLabel = "URL", description = "An https address that is told its end.")
                    Optional<String> webhook,
            @Option(names = "--watch", description = "Follow it until it ends.") boolean watch) {
        if (agent.isPresent() == graph.isPresent()) {
            throw new CliException(
                    CliException.USAGE,
                    "Name an agent, as in pack-research/research, or a graph with --graph. 'agentos pack list' and"
                            + " 'agentos graph list' show what there is.");
        }
        var request = agent.map(named -> JsonObject.of("agent", named))
                .orElseGet(() -> JsonObject.of("graph", graph.orElseThrow()))
                .with("input", input);
        if (config.isPresent()) {
            request = request.with("config", config.get());
        }
        if (session.isPresent()) {
            request = request.with("session", session.get());
        }
        if (whenBusy.isPresent()) {
            request = request.with("whenBusy", whenBusy.get());
        }
        if (webhook.isPresent()) {
            request = request.with("webhook", webhook.get());
        }
        var execution = connection.client().post("/executions", request);
        if (watch) {
            return watch(connection, execution.text("id").orElseThrow(), Optional.empty());
        }
        connection.print(execution, OUTLINE);
        return 0;
    }

    @Command(name = "show", description = "Show an execution: what it was asked, where it stands, what came out.")
    void show(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.print(connection.client().get("/executions/" + ServerClient.encode(id)));
    }

    @Command(
            name = "watch",
            description = "Print an execution's events until it ends; exit code 1 unless it succeeded.")
    int watch(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(
                            names = "--modes",
                            paramLabel = "MODE",
                            description = "What to show, as in tasks,messages; everything unless given.")
                    Optional<String> modes) {
        var client = connection.client();
        var path = "/executions/" + ServerClient.encode(id);
        var events = path + "/events"
                + modes.map(wanted -> "?modes=" + ServerClient.encode(wanted)).orElse("");
        client.follow(events, "", ExecutionEvents::isTerminal, event -> {
            if (connection.format == Connection.Format.json) {
                connection.terminal().line(Json.write(event.data()));
            } else {
                ExecutionEvents.show(event, connection.terminal());
                if (event.is("execution.waiting")
                        && client.get(path).text("state").orElse("").equals("WAITING")) {
                    connection.say("  " + waiting(client.get(path), connection.tenant));
                }
            }
            return true;
        });
        var execution = client.get(path);
        connection.print(execution, OUTLINE);
        return ExecutionEvents.succeeded(execution) ? 0 : CliException.FAILED;
    }

    /** What it waits for, and the commands that let it go on. */
    public static String waiting(JsonObject execution, Optional<String> tenant) {
        var suffix = tenant.map(name -> " --tenant " + name).orElse("");
        var approvals = Answers.objects(execution.array("interrupts").orElse(JsonArray.EMPTY)).stream()
                .flatMap(interrupt -> interrupt.object("payload").stream())
                .flatMap(payload -> payload.text("approval").stream())
                .toList();
        if (!approvals.isEmpty()) {
            return "It waits for people to agree: "
                    + approvals.stream()
                            .map(approval -> "'agentos approval show " + approval + suffix + "'")
                            .collect(Collectors.joining(", "))
                    + " shows to what, 'agentos approval approve' by somebody else than began it lets it go on.";
        }
        var named = execution.text("id").orElse("") + suffix;
        return "It waits for an answer: 'agentos execution show " + named
                + "' shows the question, 'agentos execution resume " + named + " --answer JSON' answers it.";
    }

    @Command(name = "list", description = "List executions, newest first.")
    void list(
            @Mixin Connection connection,
            @Option(names = "--state", defaultValue = "", description = "Only those, as in FAILED.") String state,
            @Option(names = "--graph", paramLabel = "GRAPH", description = "Only those of that graph, by id or name.")
                    Optional<String> graph,
            @Option(names = "--session", paramLabel = "ID", description = "Only those of that session.")
                    Optional<String> session,
            @Option(
                            names = "--failure",
                            paramLabel = "CODE",
                            description = "Only those that failed with it, as in graph:CRASHED_TOO_OFTEN.")
                    Optional<String> failure,
            @Option(names = "--not-retried", description = "Only those that nobody has retried or forked.")
                    boolean notRetried) {
        var filters = new ArrayList<String>();
        if (!state.isEmpty()) {
            filters.add("state=" + ServerClient.encode(state.toUpperCase(Locale.ROOT)));
        }
        graph.ifPresent(named -> filters.add("graph=" + ServerClient.encode(named)));
        session.ifPresent(id -> filters.add("session=" + ServerClient.encode(id)));
        failure.ifPresent(code -> filters.add("failure=" + ServerClient.encode(code)));
        if (notRetried) {
            filters.add("retried=false");
        }
        var query = filters.isEmpty() ? "" : "?" + String.join("&", filters);
        connection.print(connection.client().list("/executions" + query), LISTED);
    }

    @Command(name = "cancel", description = "Cancel an execution.")
    void cancel(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.print(
                connection.client().post("/executions/" + ServerClient.encode(id) + "/cancel", JsonObject.EMPTY),
                OUTLINE);
    }

    @Command(name = "pause", description = "Let an execution wait at its next step until it is resumed.")
    void pause(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.print(
                connection.client().post("/executions/" + ServerClient.encode(id) + "/pause", JsonObject.EMPTY),
                OUTLINE);
    }

    @Command(
            name = "state",
            description =
                    "Print an execution's channels and what it waits for; with --update, change them while it waits.")
    void state(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--update", paramLabel = "JSON", description = "Values for channels, a JSON object.")
                    Optional<JsonObject> update,
            @Option(names = "--as-node", description = "The node that is taken to have written them.")
                    Optional<String> node) {
        var path = "/executions/" + ServerClient.encode(id) + "/state";
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
            @Option(names = "--update", paramLabel = "JSON", description = "Values for channels, a JSON object.")
                    Optional<JsonObject> update,
            @Option(names = "--as-node", description = "The node that is taken to have written them.")
                    Optional<String> node,
            @Option(names = "--goto", description = "A node to go on with; may be repeated.") @Nullable
                    List<String> jump) {
        var request = changes(update, node);
        if (checkpoint.isPresent()) {
            request = request.with("checkpoint", JsonNumber.of(checkpoint.get()));
        }
        if (jump != null) {
            request = request.with("goto", JsonValue.of(jump));
        }
        connection.print(
                connection.client().post("/executions/" + ServerClient.encode(id) + "/fork", request), OUTLINE);
    }

    @Command(
            name = "migrate",
            description = "Start a new execution where another one stands or failed, in another version of its graph.")
    void migrate(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "ID") String id,
            @Parameters(index = "1", paramLabel = "VERSION", description = "The graph's, a number.") int version,
            @Option(names = "--checkpoint", description = "Its number; the latest unless given.")
                    Optional<Integer> checkpoint,
            @Option(
                            names = "--value",
                            paramLabel = "CHANNEL=CEL",
                            description = "What a channel is to hold, in terms of the old state; may be repeated.")
                    @Nullable
                    Map<String, String> values,
            @Option(names = "--dry-run", description = "Say what would become of each channel, and do nothing.")
                    boolean dryRun) {
        var request = JsonObject.of("version", version, "dryRun", dryRun);
        if (values != null) {
            request = request.with("values", JsonValue.of(values));
        }
        if (checkpoint.isPresent()) {
            request = request.with("checkpoint", JsonNumber.of(checkpoint.get()));
        }
        var answer = connection.client().post("/executions/" + ServerClient.encode(id) + "/migration", request);
        if (dryRun) {
            connection.print(answer);
        } else {
            connection.print(answer, OUTLINE);
        }
    }

    @Command(
            name = "retry",
            description =
                    "Start new executions where others failed or were cancelled: the named ones, or all that ended"
                            + " with a failure and that nobody has retried yet. Exit code 1 unless all of them began.")
    int retry(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID", arity = "0..*") @Nullable List<String> ids,
            @Option(
                            names = "--failure",
                            paramLabel = "CODE",
                            description = "All that ended with it, as in graph:CRASHED_TOO_OFTEN.")
                    Optional<String> failure,
            @Option(names = "--dry-run", description = "List them, and do nothing.") boolean dryRun) {
        if (failure.isPresent() == (ids != null)) {
            throw new CliException(
                    CliException.USAGE,
                    "Name the executions, or what they failed with: --failure CODE. 'agentos execution list --state"
                            + " FAILED' shows both.");
        }
        var client = connection.client();
        if (dryRun) {
            var found = ids == null ? left(client, failure.orElseThrow()) : named(client, ids);
            connection.print(found, LISTED);
            connection.say("Nothing was changed.");
            return 0;
        }
        if (ids != null && ids.size() == 1) {
            connection.print(retried(client, ids.getFirst()), OUTLINE);
            return 0;
        }
        var wanted = ids == null
                ? left(client, failure.orElseThrow()).stream()
                        .flatMap(execution -> execution.text("id").stream())
                        .toList()
                : ids;
        return retryAll(connection, client, wanted) ? 0 : CliException.FAILED;
    }

    /** Those that ended with that failure and that nobody has retried, the oldest first. */
    private static List<JsonObject> left(ServerClient client, String failure) {
        return client.list("/executions?retried=false&failure=" + ServerClient.encode(failure)).stream()
                .filter(execution -> ENDED.contains(execution.text("state").orElse("")))
                .toList()
                .reversed();
    }

    private static List<JsonObject> named(ServerClient client, List<String> ids) {
        return ids.stream()
                .map(id -> client.get("/executions/" + ServerClient.encode(id)))
                .toList();
    }

    /** The execution that has begun where that one ended. */
    private static JsonObject retried(ServerClient client, String id) {
        return client.post("/executions/" + ServerClient.encode(id) + "/retry", JsonObject.EMPTY);
    }

    /** Tries them all and prints what came of each, also when the server goes away in between; whether all began. */
    private static boolean retryAll(Connection connection, ServerClient client, List<String> ids) {
        var outcomes = new ArrayList<JsonObject>();
        var begun = 0;
        try {
            for (var id : ids) {
                try {
                    var retry = retried(client, id).text("id").orElse("");
                    outcomes.add(JsonObject.of("id", id, "retry", retry));
                    begun++;
                } catch (ApiException refused) {
                    outcomes.add(JsonObject.of("id", id, "failure", refused.code()));
                }
            }
        } finally {
            connection.print(outcomes, "id", "retry", "failure");
        }
        return begun == ids.size();
    }

    private static JsonObject changes(Optional<JsonObject> update, Optional<String> node) {
        var changes = JsonObject.EMPTY;
        if (update.isPresent()) {
            changes = changes.with("update", update.get());
        }
        return node.isPresent() ? changes.with("asNode", new JsonString(node.get())) : changes;
    }

    @Command(name = "resume", description = "Answer what an execution waits for, and let it go on.")
    void resume(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(
                            names = "--answer",
                            paramLabel = "JSON",
                            description = "The answer, a JSON value, as in '\"yes\"'; none for one that was paused.")
                    Optional<JsonValue> answer,
            @Option(
                            names = "--answer-to",
                            paramLabel = "INTERRUPT=JSON",
                            description =
                                    "The answer to one of several questions, as in 2:approve=true; may be repeated."
                                            + " 'agentos execution show ID' names them.")
                    @Nullable
                    Map<String, JsonValue> answers,
            @Option(names = "--update", paramLabel = "JSON", description = "Values for channels, a JSON object.")
                    Optional<JsonObject> update,
            @Option(names = "--goto", description = "A node to go on with; may be repeated.") @Nullable
                    List<String> jump) {
        var request = answer.map(value -> JsonObject.of("answer", value)).orElse(JsonObject.EMPTY);
        if (answers != null) {
            request = request.with("resume", new JsonObject(answers));
        }
        if (update.isPresent()) {
            request = request.with("update", update.get());
        }
        if (jump != null) {
            request = request.with("goto", JsonValue.of(jump));
        }
        connection.print(
                connection.client().post("/executions/" + ServerClient.encode(id) + "/resume", request), OUTLINE);
    }
}
