package dev.agentos.cli;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about what a tenant works with: its packs, its graphs, its sessions, and who is told of what ends. */
final class WorkCommands {
    private WorkCommands() {}

    /** Agent packs of a tenant. */
    @Command(name = "pack", description = "Enable and disable agent packs for a tenant.")
    static final class Pack {
        @Command(name = "list", description = "List the packs and whether they are enabled.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list(path(connection, "")), "id", "version", "enabled", "agents", "title");
        }

        @Command(name = "enable", description = "Enable a pack, or change its configuration.")
        void enable(
                @Mixin Connection connection,
                @Parameters(paramLabel = "PACK", description = "As 'pack list' names it.") String pack,
                @Option(
                                names = "--configuration",
                                paramLabel = "JSON",
                                description = "Its configuration, a JSON object.")
                        Optional<JsonObject> configuration) {
            var client = connection.client();
            var path = path(connection, "/" + ServerClient.encode(pack));
            var request = configuration
                    .map(settings -> JsonObject.of("configuration", settings))
                    .orElse(JsonObject.EMPTY);
            var enabled = client.get(path).bool("enabled").orElse(false);
            connection.print(
                    enabled ? client.put(path, request, client.etag(path)) : client.put(path, request),
                    "id",
                    "version",
                    "enabled",
                    "configuration",
                    "agents");
        }

        @Command(name = "disable", description = "Disable a pack.")
        void disable(
                @Mixin Connection connection,
                @Parameters(paramLabel = "PACK", description = "As 'pack list' names it.") String pack) {
            connection.client().delete(path(connection, "/" + ServerClient.encode(pack)));
            connection.say("Disabled " + pack + ".");
        }

        private static String path(Connection connection, String rest) {
            return "/tenants/" + connection.tenant.map(ServerClient::encode).orElse("self") + "/packs" + rest;
        }
    }

    /** Graphs of a tenant, with the warnings that the server has about them. */
    @Command(name = "graph", description = "Check, store and list graphs.")
    static final class Graph {
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

        @Command(
                name = "warnings",
                description = "Say whether a stored graph can be executed now, and what may go wrong.")
        void warnings(
                @Mixin Connection connection,
                @Parameters(paramLabel = "GRAPH", description = "Its id or name.") String graph) {
            var path = "/graphs/" + ServerClient.encode(graph) + "/validity";
            show(connection, connection.client().get(path), "valid");
        }

        private static JsonObject document(Path file) {
            return RuleCommands.document(file, "{\"nodes\": [], \"edges\": []}");
        }

        private static void show(Connection connection, JsonObject answer, String... members) {
            connection.print(answer, members);
            findings("Error", answer.array("errors")).forEach(connection::say);
            warnings(answer).forEach(connection::say);
        }

        static List<String> warnings(JsonObject answer) {
            return findings("Warning", answer.array("warnings"));
        }

        /** Each with its place in the document. */
        private static List<String> findings(String kind, Optional<JsonArray> findings) {
            return Marketplace.objects(findings.orElse(JsonArray.EMPTY)).stream()
                    .map(one -> kind + ": " + one.text("message").orElse("") + " At "
                            + one.text("pointer").orElse(""))
                    .toList();
        }
    }

    /** Sessions of a tenant. */
    @Command(name = "session", description = "List, show, migrate and delete sessions.")
    static final class Session {
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

    /** Who is told of the ends of a tenant's executions. */
    @Command(name = "webhook", description = "See what was told of the ends of executions, and what signs it.")
    static final class Webhook {
        private static final String DELIVERIES = "/webhooks/deliveries";

        @Command(name = "list", description = "List what was or will be told, newest first.")
        void list(
                @Mixin Connection connection,
                @Option(names = "--state", defaultValue = "", description = "Only those, as in GIVEN_UP.") String state,
                @Option(
                                names = "--execution",
                                paramLabel = "ID",
                                defaultValue = "",
                                description = "Only what is told of that one.")
                        String execution) {
            var filter = (state.isEmpty() ? "" : "&state=" + ServerClient.encode(state))
                    + (execution.isEmpty() ? "" : "&execution=" + ServerClient.encode(execution));
            connection.print(
                    connection.client().list(DELIVERIES + (filter.isEmpty() ? "" : "?" + filter.substring(1))),
                    "id",
                    "execution",
                    "state",
                    "attempts",
                    "nextAt",
                    "last.status",
                    "url");
        }

        @Command(name = "show", description = "Show a delivery, and what was wrong with its last attempt.")
        void show(@Mixin Connection connection, @Parameters(paramLabel = "ID", description = "msg_…") String id) {
            connection.print(connection.client().get(DELIVERIES + "/" + ServerClient.encode(id)));
        }

        @Command(name = "redeliver", description = "Tell it once more, under the same id.")
        void redeliver(@Mixin Connection connection, @Parameters(paramLabel = "ID", description = "msg_…") String id) {
            connection.print(connection
                    .client()
                    .post(DELIVERIES + "/" + ServerClient.encode(id) + "/redeliver", JsonObject.EMPTY));
        }

        @Command(name = "secret", description = "Show since when the secret signs; never the secret itself.")
        void secret(@Mixin Connection connection) {
            connection.print(connection.client().get("/webhooks/secret"));
        }

        @Command(
                name = "rotate",
                description = "Make a new secret and show it, this once; the old one signs beside it for 24 hours.")
        void rotate(@Mixin Connection connection) {
            connection.print(connection.client().post("/webhooks/secret/rotate", JsonObject.EMPTY), "secret");
        }
    }
}
