package dev.agentos.cli.plugins;

import dev.agentos.cli.authoring.PluginProject;
import dev.agentos.cli.authoring.SigningKeys;
import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.Installation;
import dev.agentos.cli.client.OperationProgress;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.cli.client.Terminal;
import dev.agentos.cli.client.Version;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.PluginVerifier;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Plugins of a server: what there is, what is installed, and changing that while it runs. */
@Command(name = "plugin", description = "Find, install, replace and remove plugins of a running server.")
public final class PluginCommand {
    private static final String[] LISTED = {
        "id", "version", "pending.version", "state", "callsInFlight", "description", "reason"
    };

    @Command(name = "list", description = "List the installed plugins, and which update of each waits for consent.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list("/plugins"), LISTED);
    }

    /** The installed plugins as a person sees them. */
    static List<String> table(List<JsonObject> plugins) {
        return Connection.table(plugins, LISTED);
    }

    @Command(name = "search", description = "Search the marketplace.")
    void search(
            @Mixin Connection connection,
            @Parameters(arity = "0..*", paramLabel = "WORDS", description = "What to look for (default: everything).")
                    List<String> words) {
        var query = ServerClient.encode(String.join(" ", words == null ? List.of() : words));
        connection.print(
                connection.client().list("/marketplace/listings?q=" + query),
                "slug",
                "latestVersion",
                "category",
                "publisher",
                "description");
    }

    @Command(name = "permissions", description = "Show what a plugin of the marketplace asks for.")
    void permissions(@Mixin Connection connection, @Parameters(paramLabel = "LISTING") String listing) {
        var release = Marketplace.latestRelease(connection.client(), listing);
        var permissions = Answers.objects(release.array("permissions").orElse(JsonArray.EMPTY));
        if (permissions.isEmpty()) {
            connection.say(listing + " asks for nothing beyond computing.");
        }
        if (connection.format == Connection.Format.json || !permissions.isEmpty()) {
            connection.print(
                    permissions.stream()
                            .map(permission -> permission.with("allows", Marketplace.inWords(permission)))
                            .toList(),
                    "risk",
                    "permission",
                    "optional",
                    "allows",
                    "reason");
        }
    }

    @Command(name = "install", description = "Install a plugin from the marketplace or from a JAR file.")
    void install(
            @Mixin Connection connection,
            @Mixin Consent consent,
            @Parameters(paramLabel = "LISTING|FILE", description = "A name of the marketplace, or a path to a JAR.")
                    String source,
            @Option(
                            names = "--plugin-version",
                            paramLabel = "VERSION",
                            description = "Version or range, as in 1.2.0 or ^1.2 (default: the newest).")
                    Optional<String> version) {
        var client = connection.client();
        var answer = source.endsWith(".jar") || source.contains("/")
                ? client.upload("/plugins" + consent.query(), existing(Path.of(source)))
                : client.post("/plugins", consent.in(release(source, version)));
        finish(connection, client, answer, consent.dryRun(), "Installed");
    }

    @Command(name = "swap", description = "Replace an installed plugin by another version, without a pause.")
    void swap(
            @Mixin Connection connection,
            @Mixin Consent consent,
            @Parameters(paramLabel = "ID") String id,
            @Parameters(
                            arity = "0..1",
                            paramLabel = "FILE",
                            description = "JAR file (default: the marketplace's newest).")
                    Optional<Path> file,
            @Option(
                            names = "--plugin-version",
                            paramLabel = "VERSION",
                            description = "Version or range of the marketplace.")
                    Optional<String> version,
            @Option(names = "--pending", description = "The update that waits for consent.") boolean pending) {
        var client = connection.client();
        var path = path(id) + "/swap";
        var wanted = pending ? JsonObject.of("pending", true) : release(id, version);
        var answer = file.isPresent()
                ? client.upload(path + consent.query(), existing(file.get()))
                : client.post(path, consent.in(wanted));
        finish(connection, client, answer, consent.dryRun(), "Now in force:");
    }

    @Command(name = "dismiss", description = "Forget the update of a plugin that waits for consent.")
    void dismiss(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.client().delete(path(id) + "/pending");
        connection.say("Forgot the update of " + id + " that waited.");
    }

    @Command(name = "grant", description = "Grant exactly these permissions, and load the plugin anew.")
    void grant(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Parameters(
                            arity = "0..*",
                            paramLabel = "PERMISSION",
                            description = "As in 'net.connect api.example.com:443'; none takes all away.")
                    List<String> permissions,
            @Option(names = "--accept-critical", description = "Also critical ones.") boolean critical) {
        var client = connection.client();
        var granted = permissions == null ? List.<String>of() : permissions;
        var request = JsonObject.of("granted", granted, "acceptCritical", critical);
        var place = path(id) + "/permissions";
        finish(connection, client, client.put(place, request, client.etag(place)), false, "Granted anew:");
    }

    @Command(name = "agree", description = "Agree to what tools say that are withheld for it; it is printed first.")
    void agree(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--dry-run", description = "Only print it.") boolean dryRun) {
        var client = connection.client();
        var tools = JsonObject.EMPTY;
        for (var tool : Answers.objects(client.get(path(id)).array("withheld").orElse(JsonArray.EMPTY))) {
            connection.say(Json.write(tool));
            tools = tools.with(
                    tool.text("tool").orElseThrow(), tool.text("sha256").orElseThrow());
        }
        if (tools.isEmpty()) {
            connection.say("No tool of " + id + " is withheld.");
        } else if (!dryRun) {
            var answer = client.post(path(id) + "/tools/agree", JsonObject.of("tools", tools));
            finish(connection, client, answer, false, "Agreed to");
        }
    }

    @Command(name = "show", description = "Show a plugin: what it offers, may do, was denied, and what waits.")
    void show(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        var client = connection.client();
        connection.print(client.get(path(id)).with("permissions", client.get(path(id) + "/permissions")));
    }

    @Command(name = "logs", description = "Print the last lines of a plugin's log on this server, the oldest first.")
    void logs(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(
                            names = "--level",
                            defaultValue = "",
                            description = "The least grave, as in WARNING (default: all).")
                    String level,
            @Option(names = "--follow", description = "Go on with what comes, until Ctrl-C.") boolean follow) {
        var client = connection.client();
        var json = connection.format == Connection.Format.json;
        var wanted = ServerClient.encode(level.toUpperCase(Locale.ROOT));
        if (follow) {
            var from = path(id) + "/logs" + (wanted.isEmpty() ? "" : "?level=" + wanted);
            client.follow(from, "", event -> event.is("removed"), event -> {
                PluginLog.line(event, json).ifPresent(connection.terminal()::line);
                return true;
            });
            return;
        }
        var lines = PluginLog.ordered(
                client.list(path(id) + "/logs?limit=200" + (wanted.isEmpty() ? "" : "&level=" + wanted)));
        if (json) {
            connection.print(lines);
        } else {
            lines.forEach(line -> connection.say(PluginLog.text(line)));
        }
    }

    @Command(name = "rollback", description = "Return to the version before the last swap.")
    void rollback(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        var client = connection.client();
        finish(connection, client, client.post(path(id) + "/rollback", JsonObject.EMPTY), false, "Now in force:");
    }

    @Command(
            name = "isolate",
            description = "Run a plugin in a process of its own, or with --off in the server's again.")
    void isolate(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--off", description = "In the server's process.") boolean off) {
        var client = connection.client();
        var request = JsonObject.of("isolated", !off);
        var operation = client.put(path(id) + "/isolation", request, client.etag(path(id)));
        finish(connection, client, operation, false, "Loaded anew:");
    }

    @Command(name = "restart", description = "Load a plugin anew, as after a change of its secrets.")
    void restart(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        var client = connection.client();
        finish(connection, client, client.post(path(id) + "/restart", JsonObject.EMPTY), false, "Restarted");
    }

    @Command(name = "configure", description = "Replace a plugin's configuration, and load it anew.")
    void configure(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Parameters(paramLabel = "JSON", description = "The configuration, a JSON object.")
                    JsonObject configuration) {
        var client = connection.client();
        var operation = client.put(path(id) + "/configuration", configuration, client.etag(path(id)));
        finish(connection, client, operation, false, "Configured");
    }

    @Command(
            name = "settings",
            description = "Show or set what a plugin is for a tenant: its configuration and secrets, whether and how"
                    + " much it may be used.")
    void settings(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--configuration", paramLabel = "JSON", description = "Laid over the administrator's.")
                    Optional<JsonObject> configuration,
            @Option(
                            names = "--secret",
                            paramLabel = "NAME=FILE",
                            description = "A secret that the plugin declares, from a file; '-' reads it from here.")
                    Map<String, Path> secrets,
            @Option(names = "--forget", paramLabel = "NAME", description = "Removes a secret.") List<String> forgotten,
            @Option(
                            names = "--enabled",
                            arity = "1",
                            paramLabel = "true|false",
                            description = "Whether the tenant may use it.")
                    Optional<Boolean> enabled,
            @Option(
                            names = "--concurrent-calls",
                            paramLabel = "N",
                            description = "How many calls at once on each server; 0 for no bound.")
                    Optional<Integer> calls,
            @Option(names = "--reset", description = "Forgets all that is set, secrets included.") boolean reset,
            @Option(names = "--dry-run", description = "Checks, and changes nothing.") boolean dryRun) {
        var client = connection.client();
        var path = "/tenants/" + connection.tenant.map(ServerClient::encode).orElse("self") + path(id);
        if (reset) {
            reset(connection, client, id, path, dryRun);
            return;
        }
        var change = JsonObject.EMPTY;
        change = configuration.isPresent() ? change.with("configuration", configuration.get()) : change;
        change = enabled.isPresent() ? change.with("enabled", enabled.get()) : change;
        if (calls.isPresent()) {
            change = change.with(
                    "limits", calls.get() == 0 ? JsonObject.EMPTY : JsonObject.of("concurrentCalls", calls.get()));
        }
        var values = JsonObject.EMPTY;
        for (var secret : Optional.ofNullable(secrets).orElse(Map.of()).entrySet()) {
            values = values.with(secret.getKey(), connection.secret(secret.getValue()));
        }
        for (var name : Optional.ofNullable(forgotten).orElse(List.of())) {
            values = values.with(name, JsonNull.NULL);
        }
        change = values.isEmpty() ? change : change.with("secrets", values);
        if (change.isEmpty()) {
            connection.print(client.get(path));
        } else {
            connection.print(client.put(path, dryRun ? change.with("dryRun", true) : change, client.etag(path)));
        }
    }

    private static void reset(Connection connection, ServerClient client, String id, String path, boolean dryRun) {
        if (dryRun) {
            connection.print(client.get(path));
            connection.say("Nothing was changed.");
        } else {
            client.delete(path);
            connection.say("Nothing is set for " + id + " any more.");
        }
    }

    @Command(name = "uninstall", aliases = "remove", description = "Remove a plugin; calls in flight end first.")
    void uninstall(
            @Mixin Connection connection, @Parameters(paramLabel = "ID") String id, @Mixin Consent.ToRemoval removal) {
        var client = connection.client();
        removal.finish(connection, client, client.delete(path(id) + removal.query()), "Removed");
    }

    @Command(name = "disable", description = "Stop a plugin and keep it installed, until 'plugin enable'.")
    void disable(
            @Mixin Connection connection, @Parameters(paramLabel = "ID") String id, @Mixin Consent.ToRemoval removal) {
        var client = connection.client();
        var answer = client.post(path(id) + "/disable" + removal.query(), JsonObject.EMPTY);
        removal.finish(connection, client, answer, "Stopped");
    }

    @Command(name = "enable", description = "Start a plugin that was disabled.")
    void enable(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        var client = connection.client();
        finish(connection, client, client.post(path(id) + "/enable", JsonObject.EMPTY), false, "Started");
    }

    @Command(name = "new", description = "Begin a plugin: a Maven project that builds, tests and runs.")
    void begin(
            @Parameters(paramLabel = "ID", description = "The plugin's id, as in weather-tool.") String id,
            @Option(names = "--kind", required = true, description = "What it brings, one of ${COMPLETION-CANDIDATES}.")
                    PluginProject.Kind kind,
            @Option(names = "--package", description = "Package of its classes (default: plugins.ID).")
                    Optional<String> javaPackage,
            @Option(names = "--dir", description = "Where it is written (default: a directory named ID).")
                    Optional<Path> directory) {
        try {
            var target = directory.orElse(Path.of(id));
            var home = Installation.current().home();
            new PluginProject(id, kind, javaPackage.orElse(PluginProject.usualPackage(id)))
                    .write(target, Version.number(), home)
                    .forEach(file -> Terminal.standard().line("  " + target.resolve(file)));
            PluginProject.next(target).forEach(Terminal.standard()::line);
        } catch (IllegalArgumentException wrong) {
            throw new CliException(CliException.USAGE, String.valueOf(wrong.getMessage()));
        } catch (IOException unwritable) {
            throw new CliException(CliException.FAILED, "The project cannot be written: " + unwritable);
        }
    }

    @Command(
            name = "dev",
            description =
                    "Build and sign a plugin whenever its sources change, and swap it into a running server, until"
                            + " Ctrl-C.")
    void develop(
            @Mixin Connection connection,
            @Mixin Consent consent,
            @Mixin SigningKeys keys,
            @Parameters(arity = "0..1", paramLabel = "DIR", description = "Its project (default: this directory).")
                    Optional<Path> directory,
            @Option(names = "--once", description = "Build and install once, then end.") boolean once) {
        var project = directory.orElse(Path.of("."));
        if (!Files.isRegularFile(project.resolve("pom.xml"))) {
            throw new CliException(
                    CliException.USAGE,
                    "There is no pom.xml in " + project.toAbsolutePath().normalize()
                            + ". Begin a plugin with 'agentos plugin new'.");
        }
        new PluginDevelopment(connection, consent, keys, once).run(project);
    }

    /** How a verifier's report is written. */
    enum ReportFormat {
        text,
        json,
        sarif
    }

    @Command(
            name = "validate",
            description = "Read a plugin's JAR as a server would before it installs it; no server is needed.")
    int validate(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(
                            names = "--format",
                            defaultValue = "text",
                            description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    ReportFormat format) {
        try {
            var report = new PluginVerifier().verify(existing(file));
            Terminal.standard()
                    .line(
                            switch (format) {
                                case text -> report.toText().strip();
                                case json -> Json.write(report.toJson());
                                case sarif -> Json.write(report.toSarif());
                            });
            return report.accepted() ? 0 : CliException.FAILED;
        } catch (AgentOsException unreadable) {
            throw CliException.of(unreadable);
        }
    }

    @Command(name = "sign", description = "Sign a plugin's JAR, in place; no server is needed.")
    void sign(@Mixin SigningKeys keys, @Parameters(paramLabel = "FILE") Path file) {
        try {
            var key = keys.open();
            key.sign(existing(file), file);
            Terminal.standard().line("Signed " + file + " with " + key.fingerprint() + ".");
        } catch (AgentOsException unusable) {
            throw CliException.of(unusable);
        }
    }

    @Command(name = "publish", description = "Publish a plugin's JAR in a registry; no server is needed.")
    void publish(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--registry", required = true, paramLabel = "URL", description = "The registry's address.")
                    URI registry,
            @Option(
                            names = "--token-file",
                            required = true,
                            paramLabel = "FILE",
                            description = "File that holds a token of the registry with which to publish.")
                    Path token) {
        var release = ServerClient.publish(registry, Connection.readSecret(token, "publish token", ""), existing(file));
        Terminal.standard().line(Marketplace.published(release));
    }

    static String path(String id) {
        return "/plugins/" + ServerClient.encode(id);
    }

    private static Path existing(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new CliException(CliException.USAGE, "There is no file " + file + ".");
        }
        return file;
    }

    private static JsonObject release(String listing, Optional<String> version) {
        var request = JsonObject.of("listing", listing);
        return version.isPresent() ? request.with("version", version.get()) : request;
    }

    static void finish(Connection connection, ServerClient client, JsonObject answer, boolean dryRun, String done) {
        var table = connection.format == Connection.Format.table;
        var progress = table ? connection.terminal().progress() : OperationProgress.View.NONE;
        var result = dryRun ? answer : OperationProgress.await(client, answer, progress);
        if (!table) {
            connection.print(result);
        } else if (dryRun) {
            Consent.plan(connection, answer);
        } else {
            connection.say(done + " "
                    + result.text("id").or(() -> answer.text("subject")).orElse("")
                    + result.text("version").map(version -> " " + version).orElse("") + ".");
            Consent.warn(connection, result);
        }
    }
}
