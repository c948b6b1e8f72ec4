package dev.agentos.cli;

import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about people and service accounts, and about what they may do. */
final class UserCommands {
    private static final String USERS = "/users/";
    private static final String ROLES = "/roles/";

    private UserCommands() {}

    /** Users of a tenant, or of the platform when no tenant is named. */
    @Command(name = "user", description = "Invite people, add service accounts, and say what they may do.")
    static final class User {
        @Command(name = "create", description = "Invite a person, or add a service account.")
        void create(
                @Mixin Connection connection,
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
            var request = JsonObject.of("name", name, "roles", roles);
            connection.print(connection
                    .client()
                    .post(
                            "/users",
                            email.isPresent() ? request.with("email", email.get()) : request.with("kind", "SERVICE")));
        }

        @Command(name = "list", description = "List the users.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/users"), "id", "kind", "name", "email", "roles", "state", "createdAt");
        }

        @Command(name = "roles", description = "Give a user these roles, in the place of those that it had.")
        void roles(
                @Mixin Connection connection,
                @Parameters(paramLabel = "ID") String id,
                @Parameters(paramLabel = "ROLE", arity = "1..*") List<String> roles) {
            connection.print(
                    connection.client().put(USERS + ServerClient.encode(id) + "/roles", JsonObject.of("roles", roles)));
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
                    .put(
                            ROLES + ServerClient.encode(name),
                            JsonObject.of("description", description, "scopes", scopes)));
        }

        @Command(name = "remove", description = "Remove a role that nobody has.")
        void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.client().delete(ROLES + ServerClient.encode(name));
            connection.say("Removed the role " + name + ".");
        }
    }
}
