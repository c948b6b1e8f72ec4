package dev.agentos.cli;

import dev.agentos.kernel.JvmArguments;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands that run another program of the installation, or nothing at all. */
final class LocalCommands {
    private LocalCommands() {}

    /** Serves the installation's registry to other machines or servers, and decides which other one is believed. */
    @Command(
            name = "registry",
            description = "Run a plugin registry until Ctrl-C; or see to the one that a server uses.")
    static final class Registry implements Callable<Integer> {
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
            return run(installation, "dev.agentos.registryservice.RegistryMain", arguments.toArray(String[]::new));
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
                @Option(names = "--state", defaultValue = "", description = "Only those, as in PENDING.")
                        String state) {
            var query = state.isEmpty() ? "" : "&state=" + ServerClient.encode(state.toUpperCase(Locale.ROOT));
            var approvals = Marketplace.objects(registry.ask("?limit=200" + query, Optional.empty())
                    .array("items")
                    .orElse(JsonArray.EMPTY));
            Connection.table(
                            approvals,
                            "id",
                            "state",
                            "name",
                            "arguments.plugin.version",
                            "risk",
                            "startedBy",
                            "expiresAt")
                    .forEach(line -> Terminal.standard().line(line));
        }

        @Command(
                name = "approve",
                description = "Show a release that waits, whole, and agree to it; it comes in at once.")
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
            return run(
                    Installation.current(), "dev.agentos.registryclient.MirrorMain", arguments.toArray(String[]::new));
        }
    }

    /** A registry in which somebody may publish or review. */
    static final class ReviewedRegistry {
        @Option(names = "--registry", required = true, paramLabel = "URL", description = "The registry's address.")
        private URI address = URI.create("");

        @Option(
                names = "--token-file",
                required = true,
                paramLabel = "FILE",
                description = "File that holds your token of the registry.")
        private Path token = Path.of("");

        private String secret() {
            return Connection.readSecret(token, "token", "");
        }

        JsonObject ask(String path, Optional<JsonObject> said) {
            return ServerClient.registry(address, secret(), "/approvals" + path, said);
        }

        void fetch(String id, Path file) {
            ServerClient.download(address, secret(), "/approvals/" + ServerClient.encode(id) + "/jar", file);
        }

        /** Shows what is decided on first, and names that and nothing else. */
        void decide(Ballot ballot, String how) {
            var path = "/" + ServerClient.encode(ballot.id);
            var shown = ask(path, Optional.empty());
            RuleCommands.describe(shown).forEach(line -> Terminal.standard().line(line));
            var decided =
                    ask(path + how, Optional.of(RuleCommands.Approval.ballot(shown, ballot.nonce, ballot.reason)));
            RuleCommands.outcome(decided).forEach(line -> Terminal.standard().line(line));
            decided.object("failure")
                    .ifPresent(why -> Terminal.standard()
                            .line("It did not come in: "
                                    + RuleCommands.visible(why.text("message").orElse(""))));
        }
    }

    /** A decision about a release that waits. */
    static final class Ballot {
        @Parameters(paramLabel = "ID", description = "As 'registry approvals' names it.")
        private String id = "";

        @Option(names = "--nonce", description = RuleCommands.Approval.NONCE)
        private Optional<String> nonce = Optional.empty();

        @Option(names = "--reason", description = "Why; it is kept.")
        private Optional<String> reason = Optional.empty();
    }

    /** Prints the settings that a server would start with. */
    @Command(name = "config", description = "Print each setting, its value and where the value came from.")
    static final class Config implements Callable<Integer> {
        @Parameters(arity = "0..*", paramLabel = "NAME=VALUE", description = "Settings as given to the server.")
        private List<String> settings = new ArrayList<>();

        @Override
        public Integer call() {
            var arguments = new ArrayList<>(List.of("--print-settings"));
            settings.forEach(setting -> arguments.add("--" + named(setting)));
            return run(Installation.current(), "dev.agentos.server.ServerMain", arguments.toArray(String[]::new));
        }
    }

    /** Measures this installation on this machine. */
    @Command(name = "bench", description = "Measure the server on this machine.")
    static final class Bench implements Callable<Integer> {
        @Parameters(
                paramLabel = "NAME",
                description = "Which one: start, graph, swap, reload, guard, policy, pipeline, rls or console.")
        private String name = "";

        @Option(
                names = "--only",
                paramLabel = "LIST",
                description = "Some of the graph benchmarks, as in W1,W4; also: state, memory, queue.")
        private Optional<String> only = Optional.empty();

        @Option(names = "--json", description = "One JSON object a line.")
        private boolean json;

        @Override
        public Integer call() {
            var arguments = new ArrayList<>(List.of(name));
            only.ifPresent(list -> arguments.add("--only=" + list));
            Installation.current().sources().ifPresent(root -> arguments.add("--sources=" + root));
            if (json) {
                arguments.add("--json");
            }
            return run(Installation.current(), "dev.agentos.benchmarks.Benchmarks", arguments.toArray(String[]::new));
        }
    }

    /** Prints the version. */
    @Command(name = "version", description = "Print the version.")
    static final class Version implements Callable<Integer> {
        @Override
        public Integer call() {
            Terminal.standard().line(String.join("\n", new AgentOs.Version().getVersion()));
            return 0;
        }
    }

    /**
     * Starts a server once and uses it as later ones will be used: it installs a plugin and executes a graph with it.
     * When that server ends, its virtual machine writes a cache of the classes that were needed, linked, and of what it
     * learnt about their methods, for later starts to begin with. It holds for this installation in its place and for
     * this Java.
     */
    @Command(name = "warm-up", description = "Make later starts quick; to be repeated after an update of Java.")
    static final class WarmUp implements Callable<Integer> {
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

    /** Checks that a setting is written with its value. */
    static String named(String setting) {
        if (setting.indexOf('=') < 1 || setting.startsWith("-")) {
            throw new CliException(
                    CliException.USAGE, "'" + setting + "' is not of the form NAME=VALUE, as in max-executions=8.");
        }
        return setting;
    }

    private static int run(Installation installation, String mainClass, String... arguments) {
        var command = new ArrayList<>(installation.java(mainClass));
        command.addAll(List.of(arguments));
        try {
            var builder = new ProcessBuilder(command).inheritIO();
            builder.environment().put("AGENTOS_HOME", installation.home().toString());
            var process = builder.start();
            var stop = new Thread(() -> {
                process.destroy();
                process.onExit().join();
            });
            Runtime.getRuntime().addShutdownHook(stop);
            return process.waitFor();
        } catch (IOException failure) {
            throw new CliException(CliException.FAILED, "Java cannot be started: " + failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CliException(CliException.FAILED, "Interrupted.");
        }
    }
}
