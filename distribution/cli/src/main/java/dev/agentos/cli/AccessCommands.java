package dev.agentos.cli;

import dev.agentos.cli.internal.AgentOption;
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
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Commands about who may do something, and who did: tenants, their users, roles and keys, the records of what was done.
 */
final class AccessCommands {
    private static final String USERS = "/users/";
    private static final String ROLES = "/roles/";
    private static final String GROUPS = "/groups/";

    private AccessCommands() {}

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
                    .replace(
                            "/publishers/" + ServerClient.encode(plugin),
                            registry.isPresent() ? request.with("registry", registry.get()) : request));
        }

        @Command(name = "forget", description = "Let a plugin's next signed version bind it anew.")
        void forget(@Mixin Connection connection, @Parameters(paramLabel = "PLUGIN") String plugin) {
            connection.client().remove("/publishers/" + ServerClient.encode(plugin));
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
    @Command(name = "key", description = "Create, list, rotate and revoke API keys; make a key to sign plugins with.")
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
                @Mixin AgentOption agents,
                @Parameters(paramLabel = "NAME") String name,
                @Option(
                                names = "--scope",
                                required = true,
                                split = ",",
                                paramLabel = "SCOPE",
                                description = "As in executions:write; may be repeated, or several with commas.")
                        List<String> scopes,
                @Option(names = "--expires-at", paramLabel = "TIME", description = "As in 2030-01-31T12:00:00Z.")
                        Optional<String> expiresAt,
                @Option(
                                names = "--user",
                                paramLabel = "ID",
                                description = "A service account; the key can do at most what that one may.")
                        Optional<String> user) {
            var request = agents.in(JsonObject.of("name", name, "scopes", scopes));
            if (expiresAt.isPresent()) {
                request = request.with("expiresAt", expiresAt.get());
            }
            connection.print(connection
                    .client()
                    .post("/api-keys", user.isPresent() ? request.with("user", user.get()) : request));
        }

        @Command(name = "permissions", description = "Show what a key may do now.")
        void permissions(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
            connection.print(connection.client().get("/api-keys/" + ServerClient.encode(id) + "/permissions"));
        }

        @Command(name = "rotate", description = "Make a key like another one, which is accepted for a while beside it.")
        void rotate(
                @Mixin Connection connection,
                @Parameters(paramLabel = "ID") String id,
                @Option(
                                names = "--overlap",
                                paramLabel = "DURATION",
                                defaultValue = "PT24H",
                                description =
                                        "How long the old key is still accepted, ISO 8601 (default: ${DEFAULT-VALUE}).")
                        String overlap) {
            connection.print(connection
                    .client()
                    .post("/api-keys/" + ServerClient.encode(id) + "/rotate", JsonObject.of("overlap", overlap)));
        }

        @Command(name = "list", description = "List the keys, without their secrets.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/api-keys"),
                    "id",
                    "name",
                    "prefix",
                    "scopes",
                    "agents",
                    "createdAt",
                    "expiresAt",
                    "revokedAt",
                    "user",
                    "lastUsedAt");
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
                    "actorName",
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

    /** Users of a tenant, or of the platform when no tenant is named. */
    @Command(name = "user", description = "Invite people, add service accounts, and say what they may do.")
    static final class User {
        @Command(name = "create", description = "Invite a person, or add a service account.")
        void create(
                @Mixin Connection connection,
                @Mixin AgentOption agents,
                @Parameters(paramLabel = "NAME") String name,
                @Option(
                                names = "--email",
                                paramLabel = "ADDRESS",
                                description = "By which a person logs in; without it, a service account is added.")
                        Optional<String> email,
                @Option(
                                names = "--role",
                                required = true,
                                split = ",",
                                paramLabel = "ROLE",
                                description = "As in viewer; may be repeated, or several with commas.")
                        List<String> roles) {
            var request = agents.in(JsonObject.of("name", name, "roles", roles));
            connection.print(connection.linked(connection
                    .client()
                    .post(
                            "/users",
                            email.isPresent() ? request.with("email", email.get()) : request.with("kind", "SERVICE"))));
        }

        @Command(
                name = "invite",
                description = "Invite a person anew, or let an active one set a new password; the token is shown once.")
        void invite(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
            connection.print(connection.linked(
                    connection.client().post(USERS + ServerClient.encode(id) + "/invitation", JsonObject.EMPTY)));
        }

        @Command(name = "list", description = "List the users.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/users"),
                    "id",
                    "kind",
                    "name",
                    "email",
                    "roles",
                    "agents",
                    "state",
                    "createdAt");
        }

        @Command(name = "roles", description = "Give a user these roles, in the place of those that it had.")
        void roles(
                @Mixin Connection connection,
                @Mixin AgentOption agents,
                @Parameters(paramLabel = "ID") String id,
                @Parameters(paramLabel = "ROLE", arity = "1..*") List<String> roles) {
            var client = connection.client();
            var user = USERS + ServerClient.encode(id);
            connection.print(client.put(user + "/roles", agents.in(JsonObject.of("roles", roles)), client.etag(user)));
        }

        @Command(name = "permissions", description = "Show what a user may do now.")
        void permissions(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
            connection.print(connection.client().get(USERS + ServerClient.encode(id) + "/permissions"));
        }

        @Command(name = "disable", description = "Refuse a user, its logins and its keys, until it is enabled again.")
        void disable(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
            connection.print(connection.client().post(USERS + ServerClient.encode(id) + "/disable", JsonObject.EMPTY));
        }

        @Command(name = "enable", description = "Let a user do again what its roles allow.")
        void enable(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
            connection.print(connection.client().post(USERS + ServerClient.encode(id) + "/enable", JsonObject.EMPTY));
        }

        @Command(name = "remove", description = "Remove a user, and revoke its keys.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
            connection.client().delete(USERS + ServerClient.encode(id));
            connection.say("Removed " + id + ".");
        }
    }

    /** Roles of a tenant, or of the platform when no tenant is named. */
    @Command(name = "role", description = "See the roles that there are, and make some.")
    static final class Role {
        @Command(name = "list", description = "List the roles.")
        void list(@Mixin Connection connection) {
            connection.print(connection.client().list("/roles"), "name", "builtIn", "description", "scopes");
        }

        @Command(name = "put", description = "Make a role, or change it for all who have it.")
        void put(
                @Mixin Connection connection,
                @Parameters(paramLabel = "NAME") String name,
                @Option(
                                names = "--scope",
                                required = true,
                                split = ",",
                                paramLabel = "SCOPE",
                                description = "As in executions:read; may be repeated, or several with commas.")
                        List<String> scopes,
                @Option(names = "--description", description = "What it is for.", defaultValue = "")
                        String description) {
            connection.print(connection
                    .client()
                    .replace(
                            ROLES + ServerClient.encode(name),
                            JsonObject.of("description", description, "scopes", scopes)));
        }

        @Command(name = "remove", description = "Remove a role that nobody has.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.client().remove(ROLES + ServerClient.encode(name));
            connection.say("Removed the role " + name + ".");
        }
    }

    /** Users who have roles together. */
    @Command(name = "group", description = "See and make groups of users, who have roles together.")
    static final class Group {
        @Command(name = "list", description = "List the groups of a tenant.")
        void list(@Mixin Connection connection) {
            connection.print(connection.client().list("/groups"), "name", "roles", "agents", "members", "description");
        }

        @Command(name = "put", description = "Make a group of just these members and roles, or change it.")
        void put(
                @Mixin Connection connection,
                @Mixin AgentOption agents,
                @Parameters(paramLabel = "NAME") String name,
                @Option(
                                names = "--member",
                                paramLabel = "USER",
                                defaultValue = "",
                                description = "Its id; several with commas (default: nobody).")
                        String members,
                @Option(
                                names = "--role",
                                paramLabel = "ROLE",
                                defaultValue = "",
                                description = "As in approver; several with commas (default: none).")
                        String roles,
                @Option(names = "--description", description = "What it is for.", defaultValue = "")
                        String description) {
            connection.print(connection
                    .client()
                    .replace(
                            GROUPS + ServerClient.encode(name),
                            agents.in(JsonObject.of(
                                    "description", description,
                                    "roles", words(roles),
                                    "members", words(members)))));
        }

        private static List<String> words(String written) {
            return Stream.of(written.split(",", -1))
                    .map(String::strip)
                    .filter(word -> !word.isEmpty())
                    .toList();
        }

        @Command(name = "remove", description = "Remove a group; its members lose the roles that it gave.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.client().remove(GROUPS + ServerClient.encode(name));
            connection.say("Removed the group " + name + ".");
        }
    }
}
