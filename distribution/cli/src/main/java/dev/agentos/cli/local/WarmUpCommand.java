package dev.agentos.cli.local;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.Installation;
import dev.agentos.cli.client.OperationProgress;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.cli.executions.ExecutionEvents;
import dev.agentos.kernel.JvmArguments;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/**
 * Starts a server once and uses it as later ones will be used: it installs a plugin and executes a graph with it, and
 * has commands of this command line ask it. When they end, their virtual machines write a cache of the classes that
 * were needed, linked, and of what they learnt about their methods, for later servers and commands to begin with. Both
 * hold for this installation in its place and for this Java.
 */
@Command(
        name = "warm-up",
        description = "Make later starts of servers and commands quick; to be repeated after an update of Java.")
public final class WarmUpCommand implements Callable<Integer> {
    private static final Duration LONGEST_WRITING = Duration.ofMinutes(5);
    private static final String COMMANDS = "dev.agentos.cli.Rehearsal";
    private static final String PLUGIN = "hello-tool";
    private static final String GRAPH = "warm-up";

    @Override
    public Integer call() throws IOException {
        var installation = Installation.current();
        var home = installation.home();
        if (!Files.isWritable(home)) {
            throw new CliException(
                    CliException.DENIED, "The cache cannot be written to " + home + ". Be the owner of it.");
        }
        var server = new Cache(JvmArguments.cache(home));
        var commands = new Cache(installation.commandCache());
        var work = Files.createTempDirectory("agentos-warm-up-");
        try {
            server.forget();
            commands.forget();
            rehearse(installation, work, server, commands);
            server.keep();
            commands.keep();
        } finally {
            server.cleanUp();
            commands.cleanUp();
            DemoCommand.delete(work);
        }
        return 0;
    }

    /**
     * A cache that is being made beside its place.
     *
     * @param place where later processes look for it
     */
    private record Cache(Path place) {

        Path made() {
            return place.resolveSibling(place.getFileName() + ".new");
        }

        /** One of another Java would be no help, and hide that this failed. */
        void forget() throws IOException {
            Files.deleteIfExists(place);
        }

        void keep() throws IOException {
            if (!Files.exists(made())) {
                throw new CliException(CliException.FAILED, "Java wrote no cache. Starts are slower without.");
            }
            Files.move(made(), place, StandardCopyOption.ATOMIC_MOVE);
        }

        void cleanUp() throws IOException {
            Files.deleteIfExists(made());
            Files.deleteIfExists(Path.of(made() + ".config"));
        }
    }

    private static void rehearse(Installation installation, Path work, Cache ofServer, Cache ofCommands)
            throws IOException {
        var data = work.resolve("data");
        var log = work.resolve("server.log");
        var server = ServerProcess.train(
                installation,
                ofServer.made(),
                List.of("--http-port=0", "--data-dir=" + data, "--unsafe-plugins=true"),
                log);
        try {
            use(server, Connection.readKey(data.resolve("admin.key")));
            runCommands(installation.rehearsal(COMMANDS, ofCommands.made()), data, log);
        } finally {
            server.stop(LONGEST_WRITING);
        }
    }

    /** A process of its own has the commands ask the server that keeps its data there. */
    private static void runCommands(List<String> java, Path data, Path log) throws IOException {
        var command = new ArrayList<>(java);
        command.addAll(List.of("--data-dir=" + data, "--tenant=" + Examples.TENANT));
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        try {
            if (!process.waitFor(LONGEST_WRITING.toMillis(), TimeUnit.MILLISECONDS) || process.exitValue() != 0) {
                throw new CliException(CliException.FAILED, "The rehearsal of commands failed: " + lastLine(log));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CliException(CliException.FAILED, "Interrupted.");
        } finally {
            process.destroyForcibly();
        }
    }

    private static String lastLine(Path log) throws IOException {
        return Files.readString(log).lines().reduce("", (earlier, last) -> last);
    }

    private static void use(ServerProcess server, String key) {
        var client = new ServerClient(server.address(), key, Optional.of(Examples.TENANT));
        client.answers("/readyz");
        client.list("/marketplace/listings");
        var install = client.post("/plugins", JsonObject.of("listing", PLUGIN, "acceptAll", true));
        OperationProgress.await(client, install, OperationProgress.View.NONE);
        client.post("/graphs", graph());
        var execution =
                client.post("/executions", JsonObject.of("graph", GRAPH, "input", JsonObject.of("name", "you")));
        var path = "/executions/" + execution.text("id").orElseThrow();
        client.follow(path + "/events", "", ExecutionEvents::isTerminal, event -> true);
        if (!ExecutionEvents.succeeded(client.get(path))) {
            throw new CliException(CliException.FAILED, "The rehearsal failed: " + client.get(path));
        }
        client.list("/executions");
        client.list("/plugins");
    }

    private static JsonObject graph() {
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", GRAPH),
                "channels",
                JsonObject.of(
                        "name", JsonObject.of("type", "string", "reducer", "last"),
                        "greeting", JsonObject.of("type", "any", "reducer", "last")),
                "nodes",
                List.of(JsonObject.of(
                        "id",
                        "greet",
                        "type",
                        "tool",
                        "config",
                        JsonObject.of(
                                "tool",
                                "hello.greet",
                                "arguments",
                                JsonObject.of("name", "name"),
                                "output",
                                "greeting"))),
                "edges",
                List.of(
                        JsonObject.of("source", "START", "target", "greet"),
                        JsonObject.of("source", "greet", "target", "END")));
    }
}
