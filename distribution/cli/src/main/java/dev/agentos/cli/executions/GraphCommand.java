package dev.agentos.cli.executions;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.JsonFile;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Graphs of a tenant, with the warnings that the server has about them. */
@Command(name = "graph", description = "Check, store and list graphs.")
public final class GraphCommand {
    @Command(name = "list", description = "List the graphs, each in its latest version.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list("/graphs"), "id", "name", "version", "createdAt");
    }

    @Command(name = "check", description = "Check a graph without storing it, and say what may go wrong with it.")
    void check(
            @Mixin Connection connection,
            @Parameters(paramLabel = "FILE", description = "The graph or workflow, in JSON or YAML.") Path file) {
        show(connection, connection.client().post("/graphs/validate", document(file)), "valid");
    }

    @Command(name = "save", description = "Check a graph and store it as the next version under its name.")
    void save(
            @Mixin Connection connection,
            @Parameters(paramLabel = "FILE", description = "The graph or workflow, in JSON or YAML.") Path file) {
        show(connection, connection.client().post("/graphs", document(file)), "id", "name", "version");
    }

    @Command(name = "warnings", description = "Say whether a stored graph can be executed now, and what may go wrong.")
    void warnings(
            @Mixin Connection connection,
            @Parameters(paramLabel = "GRAPH", description = "Its id or name.") String graph) {
        var path = "/graphs/" + ServerClient.encode(graph) + "/validity";
        show(connection, connection.client().get(path), "valid");
    }

    private static JsonObject document(Path file) {
        return JsonFile.document(file, "{\"nodes\": [], \"edges\": []}");
    }

    private static void show(Connection connection, JsonObject answer, String... members) {
        connection.print(answer, members);
        findings("Error", answer.array("errors")).forEach(connection::say);
        warnings(answer).forEach(connection::say);
    }

    public static List<String> warnings(JsonObject answer) {
        return findings("Warning", answer.array("warnings"));
    }

    /** Each with its place in the document. */
    private static List<String> findings(String kind, Optional<JsonArray> findings) {
        return Answers.objects(findings.orElse(JsonArray.EMPTY)).stream()
                .map(one -> kind + ": " + one.text("message").orElse("") + " At "
                        + one.text("pointer").orElse(""))
                .toList();
    }
}
