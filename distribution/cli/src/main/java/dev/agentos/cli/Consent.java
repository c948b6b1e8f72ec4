package dev.agentos.cli;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What an administrator agrees to when a plugin is installed or replaced. */
final class Consent {
    @Option(
            names = "--accept",
            paramLabel = "PERMISSION",
            description = "Grant this permission, as in 'net.connect api.example.com:443'; may be repeated.")
    private List<String> accepted = new ArrayList<>();

    @Option(names = "--accept-all", description = "Grant all that it asks for, save critical ones.")
    private boolean all;

    @Option(names = "--accept-critical", description = "Grant critical permissions too.")
    private boolean critical;

    @Option(names = "--dry-run", description = "Say what would happen, and do nothing.")
    private boolean dryRun;

    boolean dryRun() {
        return dryRun;
    }

    /** As members of a request's body. */
    JsonObject in(JsonObject request) {
        var terms = request.with("acceptAll", all).with("acceptCritical", critical);
        var named = accepted.isEmpty() ? terms : terms.with("acceptPermissions", accepted);
        return dryRun ? named.with("dryRun", true) : named;
    }

    /** As a query, for a body that is a file. */
    String query() {
        var query = new StringBuilder("?acceptAll=" + all + "&acceptCritical=" + critical);
        accepted.forEach(permission -> query.append("&acceptPermissions=").append(ServerClient.encode(permission)));
        return dryRun ? query.append("&dryRun=true").toString() : query.toString();
    }

    /** Whether a plugin goes although others use it. */
    static final class ToRemoval {

        @Option(names = "--force", description = "Even when something still needs it.")
        private boolean force;

        @Option(names = "--dry-run", description = "Only tell who uses it.")
        private boolean dryRun;

        String query() {
            return "?force=" + force + "&dryRun=" + dryRun;
        }

        void finish(Connection connection, ServerClient client, JsonObject answer, String done) {
            if (!dryRun || connection.format != Connection.Format.table) {
                PluginCommand.finish(connection, client, answer, dryRun, done);
                return;
            }
            var uses = Marketplace.objects(answer.array("uses").orElse(JsonArray.EMPTY));
            uses.forEach(use -> connection.say(use.text("sentence").orElse("") + "."));
            if (uses.isEmpty()) {
                connection.say("Nobody uses it.");
            }
            if (!answer.bool("complete").orElse(true)) {
                connection.say("It is not started: graphs that name what it offers could not be looked for.");
            }
            connection.say("Nothing was changed.");
        }
    }
}
