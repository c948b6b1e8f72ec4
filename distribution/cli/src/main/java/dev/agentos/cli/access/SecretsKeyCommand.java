package dev.agentos.cli.access;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.OperationProgress;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Keys that encrypt secrets. */
@Command(name = "secrets-key", description = "See, check and replace the keys that encrypt tenants' secrets.")
public final class SecretsKeyCommand {
    @Command(name = "show", description = "Show which keys encrypt, which servers have them, and what needs each.")
    void show(@Mixin Connection connection) {
        connection.print(connection.client().get("/secrets-keys"));
    }

    @Command(
            name = "rotate",
            description = "Replace the key-encryption key, data keys of tenants, or the key of cursors; repeated, it"
                    + " finishes what was cut short.")
    void rotate(
            @Mixin Connection connection,
            @Option(names = "--of", paramLabel = "TENANT", description = "The data key of that tenant.")
                    Optional<String> of,
            @Option(names = "--all-tenants", description = "The data keys of all tenants.") boolean all,
            @Option(
                            names = "--accept-lost",
                            description = "Go on although no server has the key that encrypts any more; what it has"
                                    + " encrypted stays closed.")
                    boolean lost,
            @Option(names = "--cursors", description = "The key that authenticates the cursors of lists.")
                    boolean cursors,
            @Option(names = "--dry-run", description = "Only say what would be encrypted anew.") boolean dryRun) {
        var client = connection.client();
        if (cursors && (all || lost || dryRun || of.isPresent())) {
            throw new CliException(
                    CliException.USAGE, "--cursors goes with no other option of this command.\nLeave the others out.");
        }
        if (cursors) {
            await(connection, client.post("/secrets-keys/rotate", JsonObject.of("cursors", true)));
            return;
        }
        if (dryRun) {
            connection.print(client.get("/secrets-keys/plan?allTenants=" + all
                    + of.map(name -> "&tenant=" + ServerClient.encode(name)).orElse("")));
            return;
        }
        var request = JsonObject.of("allTenants", all, "acceptLost", lost);
        await(
                connection,
                client.post(
                        "/secrets-keys/rotate",
                        of.map(name -> request.with("tenant", name)).orElse(request)));
    }

    @Command(name = "check", description = "Open every secret that is kept, and name those that cannot be opened.")
    void check(@Mixin Connection connection) {
        var found = await(connection, connection.client().post("/secrets-keys/check", JsonObject.EMPTY));
        if (Answers.number(found, "unreadable") > 0) {
            throw new CliException(
                    CliException.FAILED,
                    "Some secrets cannot be opened.\nGive the server the key that they need, or set them again.");
        }
    }

    @Command(
            name = "retire",
            description = "Remove keys that nothing needs any more; refused while something needs an old one.")
    void retire(
            @Mixin Connection connection,
            @Option(names = "--dry-run", description = "Only say which.") boolean dryRun) {
        connection.print(connection.client().post("/secrets-keys/retire", JsonObject.of("dryRun", dryRun)));
    }

    private static JsonObject await(Connection connection, JsonObject operation) {
        var progress = connection.format == Connection.Format.table
                ? connection.terminal().progress()
                : OperationProgress.View.NONE;
        var result = OperationProgress.await(connection.client(), operation, progress);
        connection.print(result);
        return result;
    }
}
