package dev.agentos.cli.policy;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.Installation;
import dev.agentos.cli.client.ServerAddress;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.cli.client.Setting;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Kill switches. A server on this machine that does not answer is gone round: the switch is set in its database, so
 * that this works when nothing else does.
 */
@Command(name = "kill", description = "Stop everything, or a tenant, agent, tool, plugin or provider, at once.")
public final class KillCommand {
    private static final String MAIN = "dev.agentos.server.KillSwitchMain";
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final String[] COLUMNS = {
        "kind",
        "target",
        "tenant",
        "state",
        "engaged.at",
        "engaged.by",
        "engaged.byName",
        "engaged.reason",
        "lifted.reason"
    };

    /** How the database is reached when the server is gone round. */
    static final class Direct {
        @Option(
                names = "--direct",
                description =
                        "Go round the server, to its database; for everybody without --tenant. Also done by itself"
                            + " when a server on this machine does not answer and it is known for whom: by --tenant,"
                            + " or by the admin.key of --data-dir.")
        private boolean direct;

        @Option(
                names = "--set",
                paramLabel = "NAME=VALUE",
                description = "A setting of the server that --direct needs, as in database-url=jdbc:postgresql://…;"
                        + " may be repeated.")
        private List<String> settings = new ArrayList<>();
    }

    @Command(name = "engage", description = "Stop something; it stays stopped until it is lifted.")
    void engage(
            @Mixin Connection connection,
            @Mixin Direct direct,
            @Parameters(
                            paramLabel = "TARGET",
                            description = "platform, tenant/NAME, agent/PACK/AGENT, tool/NAME, plugin/ID or"
                                    + " provider/NAME.")
                    String target,
            @Option(names = "--reason", required = true, description = "Why; whoever is stopped reads it.")
                    String reason,
            @Option(names = "--dry-run", description = "Only say how many executions that would concern.")
                    boolean dryRun) {
        var path = path(target);
        if (dryRun) {
            connection.print(connection
                    .client()
                    .put("/kill-switches/" + path + "?dryRun=true", JsonObject.of("reason", reason)));
            return;
        }
        connection.print(ask(
                        connection,
                        direct,
                        server -> List.of(server.put("/kill-switches/" + path, JsonObject.of("reason", reason))),
                        "engage",
                        target(target),
                        reason)
                .getFirst());
    }

    @Command(name = "lift", description = "Let something go on again.")
    void lift(
            @Mixin Connection connection,
            @Mixin Direct direct,
            @Parameters(paramLabel = "TARGET", description = "As for engage.") String target,
            @Option(names = "--reason", required = true, description = "Why; it is kept.") String reason) {
        connection.print(ask(
                        connection,
                        direct,
                        server -> List.of(server.delete(
                                "/kill-switches/" + path(target) + "?reason=" + ServerClient.encode(reason))),
                        "lift",
                        target(target),
                        reason)
                .getFirst());
    }

    @Command(name = "list", description = "List what is stopped, and with --all what was.")
    void list(
            @Mixin Connection connection,
            @Mixin Direct direct,
            @Option(names = "--all", description = "Also those that were lifted.") boolean all) {
        var path = "/kill-switches" + (all ? "?state=all" : "");
        connection.print(
                ask(connection, direct, server -> server.list(path), "list", all ? "all" : "engaged", ""), COLUMNS);
    }

    /** The target with its kind, as in {@code platform/all}. */
    private static String target(String target) {
        if (target.equals("platform")) {
            return "platform/all";
        }
        if (!target.matches("[a-z]+/.+")) {
            throw new CliException(
                    CliException.USAGE,
                    "'" + target + "' names nothing that can be stopped. Write platform, tenant/NAME, agent/PACK/AGENT,"
                            + " tool/NAME, plugin/ID or provider/NAME.");
        }
        return target;
    }

    private static String path(String target) {
        return ServerClient.encode(target(target)).replace("%2F", "/");
    }

    private static List<JsonObject> ask(
            Connection connection, Direct direct, Function<ServerClient, List<JsonObject>> request, String... words) {
        if (direct.direct) {
            return direct(connection, direct, words);
        }
        try {
            return request.apply(connection.client().within(PATIENCE));
        } catch (CliException failure) {
            var silent = failure.exitCode() == CliException.UNAVAILABLE || failure.exitCode() == CliException.TIMEOUT;
            if (!silent || !ServerAddress.local(connection.server())) {
                throw failure;
            }
            if (connection.tenant.isEmpty() && !connection.hasServersKey()) {
                // The key of a tenant stops things for that one: without the server nobody knows which that is.
                throw new CliException(
                        CliException.UNAVAILABLE,
                        failure.getMessage()
                                + "\nIts database was not asked: for whom that key stops things only the server knows."
                                + " Name the tenant with --tenant, or go round the server with --direct, which"
                                + " without --tenant is for everybody.");
            }
            System.err.println("The server at " + connection.server() + " does not answer; its database is asked.");
            return direct(connection, direct, words);
        }
    }

    /** Runs the program that opens the server's database. */
    private static List<JsonObject> direct(Connection connection, Direct direct, String... words) {
        var installation = Installation.current();
        var command = new ArrayList<>(installation.java(MAIN));
        command.addAll(List.of(words));
        command.add(connection.tenant.orElse(""));
        command.add("--data-dir=" + connection.dataDirectory.toAbsolutePath());
        direct.settings.forEach(setting -> command.add("--" + Setting.named(setting)));
        try {
            var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().put("AGENTOS_HOME", installation.home().toString());
            var process = builder.start();
            var told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            var status = process.waitFor();
            if (status != 0) {
                throw new CliException(status, "Nothing was changed.");
            }
            return told.lines()
                    .filter(line -> line.startsWith("{"))
                    .map(Json::parseObject)
                    .toList();
        } catch (IOException failure) {
            throw new CliException(CliException.FAILED, "Java cannot be started: " + failure.getMessage());
        } catch (AgentOsException unreadable) {
            throw CliException.of(unreadable);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CliException(CliException.FAILED, "Interrupted.");
        }
    }
}
