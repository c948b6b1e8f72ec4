package dev.agentos.cli.access;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Users who have roles together. */
@Command(name = "group", description = "See and make groups of users, who have roles together.")
public final class GroupCommand {
    private static final String GROUPS = "/groups/";

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
            @Option(names = "--description", description = "What it is for.", defaultValue = "") String description) {
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
