package dev.agentos.cli.plugins;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    @Option(
            names = "--isolated",
            arity = "0..1",
            fallbackValue = "true",
            paramLabel = "true|false",
            description = "Run it in a process of its own (default: as before; a new one as the setting isolate-plugins"
                    + " says).")
    private Optional<Boolean> isolated = Optional.empty();

    @Option(
            names = "--sha512",
            paramLabel = "DIGEST",
            description = "Only the file that a dry run showed with this digest.")
    private Optional<String> sha512 = Optional.empty();

    @Option(names = "--dry-run", description = "Say what would happen, and do nothing.")
    private boolean dryRun;

    boolean dryRun() {
        return dryRun;
    }

    /** As members of a request's body. */
    JsonObject in(JsonObject request) {
        var terms = request.with("acceptAll", all).with("acceptCritical", critical);
        var named = accepted.isEmpty() ? terms : terms.with("acceptPermissions", accepted);
        var bound = sha512.map(digest -> named.with("sha512", digest)).orElse(named);
        var placed = isolated.map(wanted -> bound.with("isolated", wanted)).orElse(bound);
        return dryRun ? placed.with("dryRun", true) : placed;
    }

    /** As a query, for a body that is a file. */
    String query() {
        var query = new StringBuilder("?acceptAll=" + all + "&acceptCritical=" + critical);
        accepted.forEach(permission -> query.append("&acceptPermissions=").append(ServerClient.encode(permission)));
        sha512.ifPresent(digest -> query.append("&sha512=").append(ServerClient.encode(digest)));
        isolated.ifPresent(wanted -> query.append("&isolated=").append(wanted));
        return dryRun ? query.append("&dryRun=true").toString() : query.toString();
    }

    /** What an installation has to say beside its success. */
    static void warn(Connection connection, JsonObject answer) {
        for (var warning : answer.array("warnings").orElse(JsonArray.EMPTY)) {
            if (warning instanceof JsonString(String text)) {
                connection.say("Warning: " + text);
            }
        }
    }

    /** What an installation would do, and what it asks for. */
    static void plan(Connection connection, JsonObject answer) {
        for (var step : Answers.objects(answer.array("plugins").orElse(JsonArray.EMPTY))) {
            connection.say("Would " + step.text("action").orElse("install") + " "
                    + step.text("id").orElse("") + " " + step.text("version").orElse("")
                    + step.object("signer")
                            .map(signer -> ", signed by " + signer.text("name").orElse("") + " ("
                                    + signer.text("fingerprint").orElse("") + ")")
                            .orElse(", not signed"));
            step.text("sha512").ifPresent(digest -> connection.say("    SHA-512 " + digest));
            connection.say("    runs in "
                    + (step.bool("isolated").orElse(false) ? "a process of its own" : "the server's process")
                    + ", because " + step.text("isolatedBecause").orElse(""));
            var permissions = Answers.objects(step.array("permissions").orElse(JsonArray.EMPTY));
            permissions.forEach(permission -> connection.say("    " + Marketplace.line(permission)));
            Answers.objects(step.array("changes").orElse(JsonArray.EMPTY))
                    .forEach(change ->
                            connection.say("  " + change.text("phrase").orElse("")));
            if (permissions.isEmpty()) {
                connection.say("    asks for nothing beyond computing");
            }
        }
        warn(connection, answer);
        connection.say("Nothing was changed.");
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
            var uses = Answers.objects(answer.array("uses").orElse(JsonArray.EMPTY));
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
