package dev.agentos.cli.executions;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sessions of a tenant. */
@Command(name = "session", description = "List, show, migrate and delete sessions.")
public final class SessionCommand {
    @Command(name = "list", description = "List sessions, newest first.")
    void list(@Mixin Connection connection) {
        connection.print(
                connection.client().list("/sessions"), "id", "agent", "graph", "busy", "createdAt", "changedAt");
    }

    @Command(name = "show", description = "Show a session: its state, and which executions have not ended.")
    void show(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.print(connection.client().get(path(id)));
    }

    @Command(name = "delete", description = "Delete a session with all of its executions.")
    void delete(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.client().delete(path(id));
        connection.say("Deleted " + id + ".");
    }

    @Command(name = "migrate", description = "Take a session to another version of its graph.")
    void migrate(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "ID") String id,
            @Parameters(index = "1", paramLabel = "VERSION", description = "The graph's, a number.") int version,
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
        connection.print(connection.client().post(path(id) + "/migration", request));
    }

    private static String path(String id) {
        return "/sessions/" + ServerClient.encode(id);
    }
}
