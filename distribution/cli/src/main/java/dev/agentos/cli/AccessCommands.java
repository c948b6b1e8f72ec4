package dev.agentos.cli;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.PublisherKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about who may do something, and who did: tenants, their keys, the records of what was done. */
final class AccessCommands {
    private AccessCommands() {}

    /** Tenants of a server. */
    @Command(name = "tenant", description = "Create, list, export and erase tenants.")
    static final class Tenant {
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
                    + confirm.map(text -> "?confirm=" + ServerClient.encode(text))
                            .orElse(""));
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
                    dryRun
                            ? answer
                            : settled(client, path + "/" + answer.text("id").orElseThrow()));
        }

        @Command(name = "erasures", description = "List the tenants that were erased: all that is left of them.")
        void erasures(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/erasures"),
                    "id",
                    "tenant",
                    "name",
                    "state",
                    "requestedBy",
                    "finishedAt");
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

    /** Who may publish which plugin. */
    @Command(name = "publisher", description = "See and decide whose plugins a server accepts.")
    static final class Publisher {
        @Command(name = "list", description = "List the plugins and the certificates that they are bound to.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/publishers"), "plugin", "publisher", "fingerprint", "registry", "since");
        }

        @Command(
                name = "trust",
                description = "Bind a plugin to another certificate, or another registry, than before.")
        void trust(
                @Mixin Connection connection,
                @Parameters(paramLabel = "PLUGIN") String plugin,
                @Parameters(paramLabel = "FINGERPRINT", description = "As 'plugin validate' prints it.")
                        String fingerprint,
                @Option(
                                names = "--registry",
                                paramLabel = "KEY",
                                description =
                                        "Fingerprint of the registry's key (default: the next one that brings it).")
                        Optional<String> registry) {
            var request = JsonObject.of("fingerprint", fingerprint);
            connection.print(connection
                    .client()
                    .put(
                            "/publishers/" + ServerClient.encode(plugin),
                            registry.isPresent() ? request.with("registry", registry.get()) : request));
        }

        @Command(name = "forget", description = "Let a plugin's next signed version bind it anew.")
        void forget(@Mixin Connection connection, @Parameters(paramLabel = "PLUGIN") String plugin) {
            connection.client().delete("/publishers/" + ServerClient.encode(plugin));
            connection.say("Forgot the publisher of " + plugin + ".");
        }

        @Command(name = "revoke", description = "Refuse whatever is signed with a certificate from now on.")
        void revoke(
                @Mixin Connection connection,
                @Parameters(paramLabel = "FINGERPRINT") String fingerprint,
                @Option(names = "--reason", required = true, description = "Why; it is kept.") String reason) {
            connection.print(connection
                    .client()
                    .put("/revoked-certificates/" + ServerClient.encode(fingerprint), JsonObject.of("reason", reason)));
        }
    }

    /** Where a publisher's keys are. */
    static final class SigningKeys {
        private static final String DEVELOPMENT = "development";
        private static final int VALID_DAYS = 1095;

        @Option(names = "--keys", paramLabel = "DIR", description = "Where keys are kept (default: ${DEFAULT-VALUE}).")
        private Path directory = usualDirectory();

        @Option(
                names = "--key",
                paramLabel = "NAME",
                defaultValue = DEVELOPMENT,
                description = "As 'key new' made it (default: ${DEFAULT-VALUE}, which is made when it is not there).")
        private String name = DEVELOPMENT;

        /** The key that was named. */
        PublisherKey open() {
            var file = file(directory, name);
            if (name.equals(DEVELOPMENT) && !Files.exists(file)) {
                return PublisherKey.create(file, name, password(), Duration.ofDays(VALID_DAYS), Duration.ZERO);
            }
            return PublisherKey.open(file, password());
        }

        static Path file(Path directory, String name) {
            return directory.resolve(name.replaceAll("[^A-Za-z0-9._@-]", "_") + ".p12");
        }

        static Path usualDirectory() {
            return ServerAddress.dataDirectory().resolve("keys");
        }

        static String password() {
            return PublisherKey.password(System.getenv());
        }
    }

    /** API keys of a tenant, or of the platform when no tenant is named; and the keys that plugins are signed with. */
    @Command(name = "key", description = "Create, list and revoke API keys; make a key to sign plugins with.")
    static final class Key {
        @Command(name = "new", description = "Make a key to sign plugins with; no server is needed.")
        void make(
                @Parameters(paramLabel = "NAME", description = "The publisher, as people will read it.") String name,
                @Option(
                                names = "--keys",
                                paramLabel = "DIR",
                                description = "Where keys are kept (default: the server's data directory).")
                        Optional<Path> directory,
                @Option(
                                names = "--days",
                                defaultValue = "1095",
                                description = "For how long signatures are accepted (default: ${DEFAULT-VALUE}).")
                        int days) {
            var file = SigningKeys.file(directory.orElseGet(SigningKeys::usualDirectory), name);
            try {
                var key = PublisherKey.create(file, name, SigningKeys.password(), Duration.ofDays(days), Duration.ZERO);
                var terminal = Terminal.standard();
                terminal.line("Key: " + file.toAbsolutePath());
                terminal.line("Fingerprint: " + key.fingerprint());
            } catch (AgentOsException unusable) {
                throw CliException.of(unusable);
            }
        }

        @Command(name = "create", description = "Create a key; its secret is shown this once.")
        void create(
                @Mixin Connection connection,
                @Parameters(paramLabel = "NAME") String name,
                @Option(
                                names = "--scope",
                                required = true,
                                split = ",",
                                paramLabel = "SCOPE",
                                description = "As in executions:write; may be repeated, or several with commas.")
                        List<String> scopes,
                @Option(names = "--expires-at", paramLabel = "TIME", description = "As in 2030-01-31T12:00:00Z.")
                        Optional<String> expiresAt) {
            var request = JsonObject.of("name", name, "scopes", scopes);
            connection.print(connection
                    .client()
                    .post("/api-keys", expiresAt.isPresent() ? request.with("expiresAt", expiresAt.get()) : request));
        }

        @Command(name = "list", description = "List the keys, without their secrets.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/api-keys"),
                    "id",
                    "name",
                    "prefix",
                    "scopes",
                    "createdAt",
                    "expiresAt",
                    "revokedAt");
        }

        @Command(name = "revoke", description = "Revoke a key at once.")
        void revoke(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
            connection.client().delete("/api-keys/" + ServerClient.encode(id));
            connection.say("Revoked " + id + ".");
        }
    }

    /** What was done. */
    @Command(name = "audit", description = "See what was done, and whether the records of it are as they were written.")
    static final class Audit {

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
                    "action",
                    "outcome",
                    "target",
                    "details");
        }

        @Command(
                name = "verify",
                description = "Read the whole chain, and name the first record that is not as it was.")
        void verify(
                @Mixin Connection connection,
                @Option(
                                names = "--checkpoint",
                                paramLabel = "FILE",
                                description = "A checkpoint that was kept, as 'audit checkpoint -o json' prints it.")
                        Optional<Path> checkpoint) {
            var found = connection
                    .client()
                    .get("/audit/verify" + checkpoint.map(Audit::known).orElse(""));
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
}
