package dev.agentos.cli;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Yaml;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.PublisherKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about who may do what: tenants, keys, rules, approvals, and the records of what was done. */
final class AccessCommands {
    private AccessCommands() {}

    /** Tenants of a server. */
    @Command(name = "tenant", description = "Create and list tenants.")
    static final class Tenant {
        @Command(name = "create", description = "Create a tenant.")
        void create(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.print(connection.client().post("/tenants", JsonObject.of("name", name)));
        }

        @Command(name = "list", description = "List the tenants.")
        void list(@Mixin Connection connection) {
            connection.print(connection.client().list("/tenants"), "id", "name", "createdAt");
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

    /** Rules of a tenant, or of the platform when no tenant is named. */
    @Command(
            name = "policy",
            description = "Write, try and remove rules, of a tenant or, without one, of the platform.")
    static final class Policy {
        @Command(name = "list", description = "List the policies.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/policies"),
                    "name",
                    "owner",
                    "version",
                    "changedAt",
                    "changedBy",
                    "note");
        }

        @Command(name = "show", description = "Show a policy with its rules.")
        void show(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.print(connection.client().get(path(name)));
        }

        @Command(name = "set", description = "Write a policy; it holds at once.")
        void set(
                @Mixin Connection connection,
                @Parameters(index = "0", paramLabel = "NAME") String name,
                @Parameters(index = "1", paramLabel = "FILE", description = "Its rules, in JSON or YAML.") Path file,
                @Option(names = "--note", description = "Why; it is kept.") Optional<String> note,
                @Option(names = "--dry-run", description = "Check it, and keep nothing.") boolean dryRun) {
            var request = document(file).with("dryRun", dryRun);
            var whole = note.isPresent() ? request.with("note", note.get()) : request;
            connection.print(connection.client().put(path(name), whole, "*"));
        }

        @Command(name = "remove", description = "Remove a policy; it can be rolled back.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.client().delete(path(name), "*");
            connection.say("Removed " + name + ".");
        }

        @Command(name = "versions", description = "List what a policy has said.")
        void versions(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.print(
                    connection.client().list(path(name) + "/versions"),
                    "version",
                    "removed",
                    "changedAt",
                    "changedBy",
                    "note");
        }

        @Command(name = "rollback", description = "Write a policy as an earlier version had it.")
        void rollback(
                @Mixin Connection connection,
                @Parameters(index = "0", paramLabel = "NAME") String name,
                @Parameters(index = "1", paramLabel = "VERSION") int version) {
            connection.print(connection.client().post(path(name) + "/rollback", JsonObject.of("version", version)));
        }

        @Command(name = "evaluate", description = "Ask what the rules come to, and why, without doing anything.")
        void evaluate(
                @Mixin Connection connection,
                @Parameters(index = "0", paramLabel = "POINT", description = "admission, model or tool.") String point,
                @Parameters(
                                index = "1",
                                paramLabel = "VALUES",
                                defaultValue = "{}",
                                description = "As in {\"tool\": {\"name\": \"mail.send\"}}.")
                        String values,
                @Option(names = "--with", paramLabel = "FILE", description = "A policy that is tried and not kept.")
                        Optional<Path> candidate) {
            var request = JsonObject.of("point", point, "values", object(values));
            connection.print(connection
                    .client()
                    .post(
                            "/policies/evaluate",
                            candidate.isPresent() ? request.with("policy", document(candidate.get())) : request));
        }

        private static String path(String name) {
            return "/policies/" + ServerClient.encode(name);
        }

        private static JsonObject document(Path file) {
            try {
                if (Yaml.parse(Files.readString(file)) instanceof JsonObject object) {
                    return object;
                }
                throw new CliException(2, file + " holds no object.\nWrite it as docs/reference/policies.md says.");
            } catch (IOException e) {
                throw new CliException(2, file + " cannot be read.\nName a file with the policy's rules.");
            } catch (AgentOsException e) {
                throw CliException.of(e);
            }
        }
    }

    private static JsonObject object(String text) {
        try {
            return Json.parseObject(text);
        } catch (AgentOsException e) {
            throw CliException.of(e);
        }
    }

    /** What people of a tenant are asked to agree to. */
    @Command(name = "approval", description = "See and decide what executions wait for people to agree to.")
    static final class Approval {
        @Command(name = "list", description = "List approvals, the newest first.")
        void list(
                @Mixin Connection connection,
                @Option(names = "--state", description = "As in PENDING (default: all).") Optional<String> state) {
            connection.print(
                    connection
                            .client()
                            .list("/approvals"
                                    + state.map(one -> "?state=" + ServerClient.encode(one))
                                            .orElse("")),
                    "id",
                    "state",
                    "kind",
                    "name",
                    "risk",
                    "expiresAt",
                    "execution");
        }

        @Command(name = "show", description = "Show what is to be done, whole.")
        void show(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
            connection.print(connection.client().get(path(id)));
        }

        @Command(name = "approve", description = "Agree to what is shown; the execution goes on at once.")
        void approve(
                @Mixin Connection connection,
                @Parameters(paramLabel = "ID") String id,
                @Option(names = "--nonce", description = "As 'show' printed it: agree to nothing else.")
                        Optional<String> nonce,
                @Option(names = "--arguments", paramLabel = "JSON", description = "Run it with these instead.")
                        Optional<String> arguments,
                @Option(names = "--reason", description = "Why; it is kept.") Optional<String> reason) {
            var ballot = ballot(connection, id, nonce, reason);
            connection.print(connection
                    .client()
                    .post(
                            path(id) + "/approve",
                            arguments.isPresent() ? ballot.with("arguments", object(arguments.get())) : ballot));
        }

        @Command(name = "reject", description = "Refuse, once and for all.")
        void reject(
                @Mixin Connection connection,
                @Parameters(paramLabel = "ID") String id,
                @Option(names = "--reason", description = "Why; the execution is told.") Optional<String> reason) {
            connection.print(
                    connection.client().post(path(id) + "/reject", ballot(connection, id, Optional.empty(), reason)));
        }

        @Command(name = "delegate", description = "Leave the decision to one key, which alone may decide then.")
        void delegate(
                @Mixin Connection connection,
                @Parameters(paramLabel = "ID") String id,
                @Option(names = "--to", required = true, paramLabel = "KEY", description = "Its id, as in key_….")
                        String to) {
            connection.print(connection
                    .client()
                    .post(
                            path(id) + "/delegate",
                            ballot(connection, id, Optional.empty(), Optional.empty())
                                    .with("to", to)));
        }

        /** Names what is shown just before, unless the user names what he has seen. */
        private static JsonObject ballot(
                Connection connection, String id, Optional<String> nonce, Optional<String> reason) {
            var ballot = JsonObject.of("nonce", nonce.orElseGet(() -> {
                var shown = connection.client().get(path(id));
                connection.say(shown.text("kind").orElse("") + " "
                        + shown.text("name").orElse("") + " "
                        + shown.object("arguments").orElse(JsonObject.EMPTY));
                return shown.text("nonce").orElse("");
            }));
            return reason.isPresent() ? ballot.with("reason", reason.get()) : ballot;
        }

        private static String path(String id) {
            return "/approvals/" + ServerClient.encode(id);
        }
    }

    /** What was done. */
    @Command(name = "audit", description = "See what was done, and whether the records of it are as they were written.")
    static final class Audit {
        @Command(name = "list", description = "List records, the newest first.")
        void list(
                @Mixin Connection connection,
                @Option(names = "--action", description = "As in putPolicy.") Optional<String> action,
                @Option(names = "--actor", description = "The id of a key.") Optional<String> actor) {
            var query = new StringBuilder("?limit=50");
            action.ifPresent(one -> query.append("&action=").append(ServerClient.encode(one)));
            actor.ifPresent(one -> query.append("&actor=").append(ServerClient.encode(one)));
            connection.print(
                    connection.client().page("/audit" + query),
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
        void verify(@Mixin Connection connection) {
            var found = connection.client().get("/audit/verify");
            connection.print(found);
            if (!found.bool("sound").orElse(false)) {
                throw new CliException(
                        1,
                        "The records are not as they were written.\nKeep the database as it is, and compare it with a"
                                + " backup from that record on.");
            }
        }
    }
}
