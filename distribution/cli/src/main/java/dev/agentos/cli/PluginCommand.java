package dev.agentos.cli;

import dev.agentos.spi.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Plugins of a server: what there is, what is installed, and changing that while it runs. */
@Command(name = "plugin", description = "Find, install, replace and remove plugins of a running server.")
final class PluginCommand {
    @Command(name = "list", description = "List the installed plugins.")
    void list(@Mixin Connection connection) {
        connection.print(
                connection.client().list("/plugins"), "id", "version", "title", "state", "callsInFlight", "reason");
    }

    @Command(name = "search", description = "Search the marketplace.")
    void search(
            @Mixin Connection connection,
            @Parameters(arity = "0..1", defaultValue = "", paramLabel = "WORDS") String words) {
        connection.print(
                connection.client().list("/marketplace/listings?q=" + ServerClient.encode(words)),
                "slug",
                "latestVersion",
                "category",
                "publisher",
                "description");
    }

    @Command(name = "permissions", description = "Show what a plugin of the marketplace asks for.")
    void permissions(@Mixin Connection connection, @Parameters(paramLabel = "LISTING") String listing) {
        var permissions =
                Marketplace.latestRelease(connection.client(), listing).array("permissions");
        connection.print(
                permissions.map(Marketplace::objects).orElse(List.of()), "risk", "permission", "phrase", "reason");
    }

    @Command(name = "install", description = "Install a plugin from the marketplace or from a JAR file.")
    void install(
            @Mixin Connection connection,
            @Parameters(paramLabel = "LISTING|FILE") String source,
            @Option(names = "--plugin-version", description = "Version (default: the newest).")
                    Optional<String> version,
            @Option(names = "--accept", description = "Grant this permission; may be repeated.")
                    Optional<List<String>> accepted,
            @Option(names = "--accept-all", description = "Grant all that it asks for, save critical ones.")
                    boolean acceptAll,
            @Option(names = "--accept-critical", description = "Grant critical permissions too.")
                    boolean acceptCritical,
            @Option(names = "--dry-run", description = "Say what would happen, and do nothing.") boolean dryRun) {
        var client = connection.client();
        var file = Path.of(source);
        if (source.endsWith(".jar") && Files.exists(file)) {
            var query = new StringBuilder("?acceptAll=" + acceptAll + "&acceptCritical=" + acceptCritical);
            accepted.orElse(List.of())
                    .forEach(permission -> query.append("&acceptPermissions=").append(ServerClient.encode(permission)));
            if (dryRun) {
                query.append("&dryRun=true");
            }
            finish(connection, client, client.upload("/plugins" + query, file), dryRun);
            return;
        }
        var request = release(source, version).with("acceptAll", acceptAll).with("acceptCritical", acceptCritical);
        if (accepted.isPresent()) {
            request = request.with("acceptPermissions", accepted.get());
        }
        finish(connection, client, client.post("/plugins", dryRun ? request.with("dryRun", true) : request), dryRun);
    }

    @Command(name = "swap", description = "Replace an installed plugin by another version, without a pause.")
    void swap(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Parameters(
                            arity = "0..1",
                            paramLabel = "FILE",
                            description = "JAR file (default: the marketplace's newest).")
                    Optional<Path> file,
            @Option(names = "--plugin-version", description = "Version of the marketplace.") Optional<String> version) {
        var client = connection.client();
        var path = "/plugins/" + ServerClient.encode(id) + "/swap";
        var operation = file.isPresent()
                ? client.upload(path + "?acceptAll=true", file.get())
                : client.post(path, release(id, version).with("acceptAll", true));
        finish(connection, client, operation, false);
    }

    @Command(name = "uninstall", description = "Remove a plugin; calls in flight end first.")
    void uninstall(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--force", description = "Even when something still needs it.") boolean force) {
        var client = connection.client();
        finish(connection, client, client.delete("/plugins/" + ServerClient.encode(id) + "?force=" + force), false);
    }

    private static JsonObject release(String listing, Optional<String> version) {
        var request = JsonObject.of("listing", listing);
        return version.isPresent() ? request.with("version", version.get()) : request;
    }

    private static void finish(Connection connection, ServerClient client, JsonObject answer, boolean dryRun) {
        var table = connection.format == Connection.Format.table;
        connection.print(dryRun ? answer : OperationProgress.await(client, answer, connection.terminal(), table));
    }
}
