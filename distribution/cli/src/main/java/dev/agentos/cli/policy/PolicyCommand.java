package dev.agentos.cli.policy;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.JsonFile;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Rules of a tenant, or of the platform when no tenant is named. */
@Command(name = "policy", description = "Write, try and remove rules, of a tenant or, without one, of the platform.")
public final class PolicyCommand {
    private static final String RULES = "{\"rules\": []}";

    @Command(name = "list", description = "List the policies.")
    void list(@Mixin Connection connection) {
        connection.print(
                connection.client().list("/policies"),
                "name",
                "owner",
                "version",
                "changedAt",
                "changedBy",
                "changedByName",
                "note");
    }

    @Command(name = "show", description = "Show a policy with its rules.")
    void show(
            @Mixin Connection connection,
            @Parameters(paramLabel = "NAME", description = "As 'policy list' names it.") String name) {
        connection.print(connection.client().get(path(name)));
    }

    @Command(name = "set", description = "Write a policy; it becomes the next version and holds at once.")
    void set(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "NAME") String name,
            @Parameters(index = "1", paramLabel = "FILE", description = "Its rules, in JSON or YAML.") Path file,
            @Option(names = "--note", description = "Why; it is kept.") Optional<String> note,
            @Option(names = "--dry-run", description = "Check it, and keep nothing.") boolean dryRun) {
        var rules = JsonFile.document(file, RULES).with("dryRun", dryRun);
        var request = note.isPresent() ? rules.with("note", note.get()) : rules;
        connection.print(connection.client().replace(path(name), request));
        if (dryRun) {
            connection.say("It would be accepted. Nothing was kept.");
        }
    }

    @Command(name = "remove", description = "Remove a policy; 'policy rollback' brings it back.")
    void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
        connection.client().remove(path(name));
        connection.say("Removed " + name + ".");
    }

    @Command(name = "versions", description = "List what a policy has said, also when it is no more.")
    void versions(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
        connection.print(
                connection.client().list(path(name) + "/versions"),
                "version",
                "removed",
                "changedAt",
                "changedBy",
                "changedByName",
                "note");
    }

    @Command(name = "rollback", description = "Write a policy as an earlier version had it.")
    void rollback(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "NAME") String name,
            @Parameters(index = "1", paramLabel = "VERSION", description = "As 'policy versions' numbers it.")
                    int version,
            @Option(names = "--note", description = "Why; it is kept.") Optional<String> note) {
        var request = JsonObject.of("version", version);
        connection.print(connection
                .client()
                .post(path(name) + "/rollback", note.isPresent() ? request.with("note", note.get()) : request));
    }

    @Command(name = "evaluate", description = "Ask what the rules come to, and why, without doing anything.")
    void evaluate(
            @Mixin Connection connection,
            @Parameters(
                            index = "0",
                            paramLabel = "POINT",
                            description = "admission, route, model, tool, output, publish or install.")
                    String point,
            @Parameters(
                            index = "1",
                            paramLabel = "VALUES",
                            defaultValue = "{}",
                            description = "JSON, as in '{\"tool\": {\"name\": \"mail.send\"}}', or a file of JSON"
                                    + " or YAML.")
                    String values,
            @Option(names = "--with", paramLabel = "FILE", description = "A policy that is tried and not kept.")
                    Optional<Path> candidate,
            @Option(
                            names = "--run-judges",
                            description = "Ask the judges of checks as well, which costs what it costs.")
                    boolean judges) {
        var question = JsonObject.of("point", point, "values", values(values), "runJudges", judges);
        var decision = connection
                .client()
                .post(
                        "/policies/evaluate",
                        candidate.isPresent()
                                ? question.with("policy", JsonFile.document(candidate.get(), RULES))
                                : question);
        if (connection.format == Connection.Format.json) {
            connection.print(decision);
        } else {
            DecisionReport.explain(decision).forEach(connection::say);
        }
    }

    private static String path(String name) {
        return "/policies/" + ServerClient.encode(name);
    }

    private static JsonObject values(String written) {
        if (!written.strip().startsWith("{")) {
            return JsonFile.document(Path.of(written), RULES);
        }
        try {
            return Json.parseObject(written);
        } catch (AgentOsException malformed) {
            throw new CliException(CliException.USAGE, malformed.getMessage() + "\n" + malformed.action());
        }
    }
}
