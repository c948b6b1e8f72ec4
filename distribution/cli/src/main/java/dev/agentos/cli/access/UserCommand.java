package dev.agentos.cli.access;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Users of a tenant, or of the platform when no tenant is named. */
@Command(name = "user", description = "Invite people, add service accounts, and say what they may do.")
public final class UserCommand {
    private static final String USERS = "/users/";

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

    @Command(
            name = "disable",
            description = "End a user's logins, and refuse the user and its keys until it is enabled again.")
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
