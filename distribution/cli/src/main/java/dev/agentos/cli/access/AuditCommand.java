package dev.agentos.cli.access;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What was done. */
@Command(name = "audit", description = "See what was done, and whether the records of it are as they were written.")
public final class AuditCommand {

    /** Which records. */
    static final class Which {
        @Option(names = "--action", description = "As in putPolicy.")
        Optional<String> action = Optional.empty();

        @Option(names = "--actor", description = "The id of a key.")
        Optional<String> actor = Optional.empty();

        @Option(names = "--target", description = "The id or name of what it was done to.")
        Optional<String> target = Optional.empty();

        @Option(names = "--outcome", description = "DONE, REFUSED or FAILED.")
        Optional<String> outcome = Optional.empty();

        @Option(names = "--from", description = "At that time or later, as in 2026-03-01T00:00:00Z.")
        Optional<String> from = Optional.empty();

        @Option(names = "--until", description = "Before that time.")
        Optional<String> until = Optional.empty();

        String query(String name, String value) {
            Map<String, String> parameters = new LinkedHashMap<>();
            parameters.put(name, value);
            action.ifPresent(one -> parameters.put("action", one));
            actor.ifPresent(one -> parameters.put("actor", one));
            target.ifPresent(one -> parameters.put("target", one));
            outcome.ifPresent(one -> parameters.put("outcome", one));
            from.ifPresent(one -> parameters.put("from", one));
            until.ifPresent(one -> parameters.put("until", one));
            return parameters.entrySet().stream()
                    .map(one -> one.getKey() + "=" + ServerClient.encode(one.getValue()))
                    .collect(Collectors.joining("&", "?", ""));
        }
    }

    @Command(name = "list", description = "List the newest 50 records.")
    void list(@Mixin Connection connection, @Mixin Which which) {
        connection.print(
                connection.client().page("/audit" + which.query("limit", "50")),
                "sequence",
                "at",
                "actor",
                "actorName",
                "action",
                "outcome",
                "target",
                "details");
    }

    @Command(name = "verify", description = "Read the whole chain, and name the first record that is not as it was.")
    void verify(
            @Mixin Connection connection,
            @Option(
                            names = "--checkpoint",
                            paramLabel = "FILE",
                            description = "A checkpoint that was kept, as 'audit checkpoint -o json' prints it.")
                    Optional<Path> checkpoint) {
        var found = connection
                .client()
                .get("/audit/verify" + checkpoint.map(AuditCommand::known).orElse(""));
        connection.print(found);
        if (!found.bool("sound").orElse(false)) {
            throw new CliException(
                    CliException.FAILED,
                    "The records are not as they were written.\n"
                            + "Keep the database as it is, and compare it with a backup from that record on.");
        }
    }

    private static String known(Path file) {
        try {
            var kept = Json.parseObject(Files.readString(file));
            return "?sequence="
                    + ServerClient.encode(
                            kept.member("sequence").orElse(JsonNull.NULL).toString())
                    + "&hash=" + ServerClient.encode(kept.text("hash").orElse(""));
        } catch (IOException | AgentOsException e) {
            throw new CliException(
                    CliException.FAILED,
                    "The checkpoint in " + file
                            + " cannot be read.\nName a file with what 'agentos audit checkpoint -o"
                            + " json' printed.");
        }
    }

    @Command(name = "export", description = "Print the chain in order, whole or what fits, one record a line.")
    void export(
            @Mixin Connection connection,
            @Mixin Which which,
            @Option(names = "--format", description = "jsonl or csv.", defaultValue = "jsonl") String format) {
        connection.client().lines("/audit/export" + which.query("format", format), connection.terminal()::line);
    }

    @Command(
            name = "checkpoint",
            description = "Sign the chain as it is now; keep what is printed elsewhere, and verify with it later.")
    void checkpoint(@Mixin Connection connection) {
        connection.print(connection.client().post("/audit/checkpoints", JsonObject.EMPTY));
    }

    @Command(name = "checkpoints", description = "List the signed checkpoints of the chain.")
    void checkpoints(@Mixin Connection connection) {
        connection.print(connection.client().list("/audit/checkpoints"), "sequence", "at", "hash", "key");
    }
}
