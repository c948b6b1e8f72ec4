package dev.agentos.cli.access;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tenants of a server. */
@Command(name = "tenant", description = "Create, list, export and erase tenants.")
public final class TenantCommand {
    @Command(name = "create", description = "Create a tenant.")
    void create(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
        connection.print(connection.client().post("/tenants", JsonObject.of("name", name)));
    }

    @Command(name = "list", description = "List the tenants.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list("/tenants"), "id", "name", "createdAt");
    }

    @Command(
            name = "export",
            description = "Write all that is kept of a tenant, or of what one of its keys began, into a file.")
    void export(
            @Mixin Connection connection,
            @Parameters(paramLabel = "NAME", description = "The tenant; 'self' is that of the key.") String name,
            @Option(names = "--to", paramLabel = "FILE", required = true, description = "A ZIP; it must not exist.")
                    Path file,
            @Option(names = "--principal", paramLabel = "ID", description = "Of that one alone, as in key_….")
                    Optional<String> principal) {
        if (Files.exists(file)) {
            throw new CliException(CliException.USAGE, file + " is there already. Name another file with --to.");
        }
        var client = connection.client();
        var path = "/tenants/" + ServerClient.encode(name) + "/exports";
        var export = client.post(
                path, principal.map(id -> JsonObject.of("principal", id)).orElse(JsonObject.EMPTY));
        path += "/" + export.text("id").orElseThrow();
        export = settled(client, path);
        if (export.text("state").filter("READY"::equals).isEmpty()) {
            throw new CliException(
                    CliException.FAILED,
                    "The export has failed.\nLook at the operation "
                            + export.text("operation").orElse("") + ", and try again.");
        }
        client.download(path + "/file", file, export.text("sha256").orElseThrow());
        connection.print(export, "contents", "bytes", "sha256");
        connection.say("Written to " + file + ".");
    }

    @Command(name = "erase", description = "Erase a tenant and all that is kept of it, for good.")
    void erase(
            @Mixin Connection connection,
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--confirm", paramLabel = "NAME", description = "The tenant's name once more.")
                    Optional<String> confirm,
            @Option(names = "--dry-run", description = "Count what would go, and leave it.") boolean dryRun) {
        var client = connection.client();
        var path = "/tenants/" + ServerClient.encode(name);
        if (dryRun) {
            connection.print(client.delete(path + "?dryRun=true"));
            return;
        }
        var erasure = client.delete(path
                + confirm.map(text -> "?confirm=" + ServerClient.encode(text)).orElse(""));
        connection.print(settled(client, "/erasures/" + erasure.text("id").orElseThrow()));
    }

    @Command(
            name = "erase-person",
            description = "Erase what one of a tenant's keys began: executions, sessions, approvals.")
    void erasePerson(
            @Mixin Connection connection,
            @Parameters(paramLabel = "NAME", description = "The tenant; 'self' is that of the key.") String name,
            @Parameters(paramLabel = "ID", description = "The principal, as executions have it in startedBy.")
                    String principal,
            @Option(names = "--dry-run", description = "Count what would go, and leave it.") boolean dryRun) {
        var client = connection.client();
        var path = "/tenants/" + ServerClient.encode(name) + "/erasures";
        var answer = client.post(path, JsonObject.of("principal", principal, "dryRun", dryRun));
        connection.print(
                dryRun ? answer : settled(client, path + "/" + answer.text("id").orElseThrow()));
    }

    @Command(name = "erasures", description = "List the tenants that were erased: all that is left of them.")
    void erasures(@Mixin Connection connection) {
        connection.print(
                connection.client().list("/erasures"), "id", "tenant", "name", "state", "requestedBy", "finishedAt");
    }

    /** Waits until something does not run any more, and says what it came to. */
    private static JsonObject settled(ServerClient client, String path) {
        while (true) {
            var now = client.get(path);
            if (now.text("state").filter("RUNNING"::equals).isEmpty()) {
                return now;
            }
            ServerClient.pause();
        }
    }
}
