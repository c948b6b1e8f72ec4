package dev.agentos.cli.local;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.ApiException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.Installation;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.cli.client.Terminal;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Serves the installation's registry to other machines or servers, and decides which other one is believed. */
@Command(name = "registry", description = "Run a plugin registry until Ctrl-C; or see to the one that a server uses.")
public final class RegistryCommand implements Callable<Integer> {
    @Option(names = "--dir", description = "Directory of the registry (default: this installation's).")
    private Optional<Path> directory = Optional.empty();

    @Option(names = "--port", defaultValue = "7778", description = "Port (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--host", defaultValue = "127.0.0.1", description = "Address (default: ${DEFAULT-VALUE}).")
    private String host = "";

    @Option(
            names = "--publish-token-file",
            paramLabel = "FILE",
            description = "Who sends the token in it may publish (default: nobody may).")
    private Optional<Path> publishToken = Optional.empty();

    @Option(
            names = "--people",
            paramLabel = "FILE",
            description = "Who may publish and who may agree to it, a line each: NAME publish|review|publish,review"
                    + " TOKEN.")
    private Optional<Path> people = Optional.empty();

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description = "The rules at the point publish, as JSON or YAML (default: none).")
    private Optional<Path> policy = Optional.empty();

    @Option(
            names = "--name",
            defaultValue = "AgentOS registry",
            description = "What it calls itself (default: ${DEFAULT-VALUE}).")
    private String name = "";

    @Option(
            names = "--index-days",
            defaultValue = "7",
            description = "For how long its signed index is valid (default: ${DEFAULT-VALUE}).")
    private int days;

    @Override
    public Integer call() {
        var installation = Installation.current();
        var arguments = new ArrayList<>(List.of(
                "--data-dir",
                directory.orElse(installation.registry()).toString(),
                "--port",
                Integer.toString(port),
                "--host",
                host,
                "--name",
                name,
                "--index-days",
                Integer.toString(days)));
        publishToken.ifPresent(file -> arguments.addAll(List.of("--publish-token-file", file.toString())));
        people.ifPresent(file -> arguments.addAll(List.of("--people", file.toString())));
        policy.ifPresent(file -> arguments.addAll(List.of("--policy", file.toString())));
        return LocalProgram.run(
                installation, "dev.agentos.registryservice.RegistryMain", arguments.toArray(String[]::new));
    }

    @Command(name = "show", description = "Show the key that a server trusts its registry with.")
    void show(@Mixin Connection connection) {
        connection.print(connection.client().get("/registry-trust"));
    }

    @Command(name = "trust", description = "Trust another key of the registry that a server uses.")
    void trust(
            @Mixin Connection connection,
            @Parameters(paramLabel = "FINGERPRINT", description = "As 'agentos registry' prints it.")
                    String fingerprint) {
        var client = connection.client();
        connection.print(client.put("/registry-trust", JsonObject.of("fingerprint", fingerprint), seen(client)));
    }

    @Command(
            name = "forget",
            description = "Forget the registry's key and version: what a server sees next decides anew.")
    void forget(@Mixin Connection connection) {
        var client = connection.client();
        client.delete("/registry-trust", seen(client));
        connection.say("Forgot what was known of the registry.");
    }

    /** A damaged file shows nothing that somebody else could have changed. */
    private static String seen(ServerClient client) {
        try {
            return client.etag("/registry-trust");
        } catch (ApiException damaged) {
            if (damaged.status() < 500) {
                throw damaged;
            }
            return "*";
        }
    }

    @Command(name = "approvals", description = "List what people of a registry have to agree to.")
    void approvals(
            @Mixin ReviewedRegistry registry,
            @Option(names = "--state", defaultValue = "", description = "Only those, as in PENDING.") String state) {
        var query = state.isEmpty() ? "" : "&state=" + ServerClient.encode(state.toUpperCase(Locale.ROOT));
        var approvals = Answers.objects(registry.ask("?limit=200" + query, Optional.empty())
                .array("items")
                .orElse(JsonArray.EMPTY));
        Connection.table(approvals, "id", "state", "name", "arguments.plugin.version", "risk", "startedBy", "expiresAt")
                .forEach(line -> Terminal.standard().line(line));
    }

    @Command(name = "approve", description = "Show a release that waits, whole, and agree to it; it comes in at once.")
    void approve(@Mixin ReviewedRegistry registry, @Mixin Ballot ballot) {
        registry.decide(ballot, "/approve");
    }

    @Command(name = "reject", description = "Show a release that waits, whole, and refuse it.")
    void reject(@Mixin ReviewedRegistry registry, @Mixin Ballot ballot) {
        registry.decide(ballot, "/reject");
    }

    @Command(name = "fetch", description = "Save the JAR of a release that waits, to look at it.")
    void fetch(
            @Mixin ReviewedRegistry registry,
            @Parameters(paramLabel = "ID", description = "As 'registry approvals' names it.") String id,
            @Parameters(paramLabel = "FILE", description = "Where it is written.") Path file) {
        registry.fetch(id, file);
    }

    @Command(
            name = "mirror",
            description = "Copy plugins and the signed index to a directory, for servers without a network.")
    int mirror(
            @Option(names = "--from", required = true, paramLabel = "URL|DIR", description = "The registry.")
                    String from,
            @Option(names = "--to", required = true, paramLabel = "DIR", description = "The mirror.") Path to,
            @Option(
                            names = "--key",
                            paramLabel = "FINGERPRINT",
                            description = "The registry's key (default: the first that is seen).")
                    Optional<String> key,
            @Parameters(
                            arity = "0..*",
                            paramLabel = "PLUGIN",
                            description = "Which plugins, with all that they need (default: all).")
                    List<String> plugins) {
        var arguments = new ArrayList<>(List.of("--from", from, "--to", to.toString()));
        key.ifPresent(fingerprint -> arguments.addAll(List.of("--key", fingerprint)));
        if (plugins != null) {
            arguments.addAll(plugins);
        }
        return LocalProgram.run(
                Installation.current(), "dev.agentos.registryclient.MirrorMain", arguments.toArray(String[]::new));
    }
}
