package dev.agentos.cli.local;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.Installation;
import dev.agentos.cli.client.ServerAddress;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.cli.client.Setting;
import dev.agentos.cli.client.Terminal;
import dev.agentos.spi.JsonArray;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a server in the foreground. */
@Command(name = "up", description = "Run a server until Ctrl-C.")
public final class UpCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Option(
            names = {"--port", "--http-port"},
            description = "Port on 127.0.0.1 (default: 7777, or AGENTOS_HTTP_PORT).")
    private Optional<Integer> port = Optional.empty();

    @Option(names = "--data-dir", description = "Where the server keeps everything (default: ${DEFAULT-VALUE}).")
    private Path dataDirectory = ServerAddress.dataDirectory();

    @Option(names = "--database-url", description = "JDBC URL of your PostgreSQL; without it the server runs its own.")
    private Optional<String> databaseUrl = Optional.empty();

    @Option(
            names = "--allow-unsigned",
            arity = "0..1",
            fallbackValue = "true",
            paramLabel = "true|false",
            description = "Whether plugins that nobody signed may be installed.")
    private Optional<Boolean> allowUnsigned = Optional.empty();

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "Any other setting, as in --set name=value; may be repeated.")
    private List<String> others = new ArrayList<>();

    @Override
    public Integer call() {
        var installation = Installation.current();
        var settings = new ArrayList<String>();
        port.ifPresent(number -> settings.add("--http-port=" + number));
        settings.add("--data-dir=" + dataDirectory.toAbsolutePath());
        databaseUrl.ifPresent(url -> settings.add("--database-url=" + url));
        allowUnsigned.ifPresent(allowed -> settings.add("--allow-unsigned=" + allowed));
        others.forEach(setting -> settings.add("--" + Setting.named(setting)));
        var log = dataDirectory.resolve("log/server.log");
        try {
            Files.createDirectories(log.getParent());
        } catch (IOException unusable) {
            throw new CliException(
                    CliException.UNAVAILABLE,
                    "The data directory " + dataDirectory + " cannot be used ("
                            + unusable.getClass().getSimpleName() + ").\nCheck its rights, or choose another with"
                            + " --data-dir.");
        }
        var server = ServerProcess.start(installation, settings, log);
        greet(Terminal.standard(), server, log);
        var exitCode = server.await();
        ServerProcess.waitWhileStopping();
        throw new CliException(
                CliException.UNAVAILABLE,
                "The server ended by itself (status " + exitCode + "). Its log: " + log.toAbsolutePath());
    }

    private void greet(Terminal terminal, ServerProcess server, Path log) {
        var key = dataDirectory.resolve("admin.key").toAbsolutePath();
        var address = server.address();
        terminal.line("AgentOS is ready at " + terminal.good(address.toString()) + "  (in "
                + server.startTime().toMillis() + " ms)");
        terminal.line("Console: " + address + "/console/");
        terminal.line("Administrator's key: " + key);
        terminal.line("Log: " + log.toAbsolutePath());
        warn(terminal, address, key);
        terminal.heading("Try, in another terminal: install an agent pack, enable it, ask it");
        var curl = "curl -sS -H \"Authorization: Bearer $(cat '" + key + "')\"";
        var tenant = " -H 'AgentOS-Tenant: default'";
        var json = " -H 'Content-Type: application/json'";
        for (var line : Examples.curlLines(address, curl, tenant, json)) {
            terminal.line("  " + line);
        }
        terminal.heading("Ctrl-C stops the server.");
    }

    /** Says what makes the server less safe than it is meant to be, whichever way it was set. */
    private static void warn(Terminal terminal, URI address, Path key) {
        try {
            var server = new ServerClient(address, Connection.readKey(key), Optional.empty()).within(PATIENCE);
            for (var warning : Answers.objects(server.get("").array("warnings").orElse(JsonArray.EMPTY))) {
                terminal.line(terminal.paint(
                        "1;31", "WARNING: " + warning.text("message").orElse("")));
            }
        } catch (CliException unknown) {
            // One server of several has no key of its own here; its log has the warnings, too.
            terminal.line(terminal.faint("Warnings, if there are any, are in the log."));
        }
    }
}
