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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Starts a server once and uses it as later ones will be used: it installs a plugin and executes a graph with it. When
 * that server ends, its virtual machine writes a cache of the classes that were needed, linked, and of what it learnt
 * about their methods, for later starts to begin with. It holds for this installation in its place and for this Java.
 */
@Command(name = "warm-up", description = "Make later starts quick; to be repeated after an update of Java.")
public final class WarmUpCommand implements Callable<Integer> {
    private static final Duration LONGEST_WRITING = Duration.ofMinutes(5);
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
        // A cache of another Java would be no help, and hide that this failed.
        Files.deleteIfExists(JvmArguments.cache(home));
        var made = home.resolve("server.aot.new");
        var work = Files.createTempDirectory("agentos-warm-up-");
        try {
            rehearse(installation, work, made);
            if (!Files.exists(made)) {
                throw new CliException(CliException.FAILED, "Java wrote no cache. Starts are slower without.");
            }
            Files.move(made, JvmArguments.cache(home), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(made);
            Files.deleteIfExists(Path.of(made + ".config"));
            DemoCommand.delete(work);
        }
        return 0;
    }

    private static void rehearse(Installation installation, Path work, Path cache) {
        var data = work.resolve("data");
        var server = ServerProcess.train(
                installation,
                cache,
                List.of("--http-port=0", "--data-dir=" + data, "--unsafe-plugins=true"),
                work.resolve("server.log"));
        try {
            use(server, Connection.readKey(data.resolve("admin.key")));
        } finally {
            server.stop(LONGEST_WRITING);
        }
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
