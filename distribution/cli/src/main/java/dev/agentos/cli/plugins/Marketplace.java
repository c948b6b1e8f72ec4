package dev.agentos.cli.plugins;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the server's marketplace says of a plugin before it is installed. */
public final class Marketplace {
    private Marketplace() {}

    static JsonObject latestRelease(ServerClient client, String listing) {
        var releases = client.list("/marketplace/listings/" + ServerClient.encode(listing) + "/releases");
        if (releases.isEmpty()) {
            throw new CliException(CliException.FAILED, "The marketplace has no release of " + listing + ".");
        }
        return releases.getFirst();
    }

    /** Returns the newest releases of a plugin and of all that it depends on, the plugin last. */
    public static Map<String, JsonObject> withDependencies(ServerClient client, String listing) {
        var found = new LinkedHashMap<String, JsonObject>();
        collect(client, listing, found);
        return found;
    }

    private static void collect(ServerClient client, String listing, Map<String, JsonObject> found) {
        if (found.containsKey(listing)) {
            return;
        }
        var release = latestRelease(client, listing);
        for (var dependency : Answers.objects(release.array("dependencies").orElse(JsonArray.EMPTY))) {
            if (!dependency.bool("optional").orElse(false)) {
                collect(client, dependency.text("id").orElseThrow(), found);
            }
        }
        found.put(listing, release);
    }

    /** A permission in a line: its risk, what it allows, and the plugin's reason. */
    public static String line(JsonObject permission) {
        return permission
                        .text("risk")
                        .map(risk -> "[" + risk.toLowerCase(Locale.ROOT) + "] ")
                        .orElse("")
                + inWords(permission)
                + (permission.bool("optional").orElse(false) ? " (if you allow it)" : "")
                + permission.text("reason").map(reason -> ": " + reason).orElse("");
    }

    /** Says what a permission allows, as in "read files in the workspace of the tenant". */
    static String inWords(JsonObject permission) {
        var phrase = permission
                .text("phrase")
                .or(() -> permission.text("permission"))
                .orElse("");
        var written = permission.text("permission").orElse("");
        var target = Optional.of(written)
                .filter(text -> text.indexOf(' ') > 0)
                .map(text -> text.substring(text.indexOf(' ') + 1))
                .map(text -> switch (text) {
                    case "*", "*/*", "**" -> " (any)";
                    case "*:*" -> " (any host)";
                    default -> " " + text;
                })
                .orElse("");
        return phrase
                + target.replace("${temp}", "a temporary directory of its own")
                        .replace("${data}", "a data directory of its own")
                        .replace("${workspace}", "the workspace of the tenant")
                        .replace("/**", "");
    }

    /**
     * What came of publishing, as a line.
     *
     * @throws CliException with status 6 while people must agree to the release
     */
    static String published(JsonObject answer) {
        if (answer.text("nonce").isPresent()) {
            throw new CliException(
                    CliException.WAITING,
                    "Waits until somebody else has agreed: " + answer.text("id").orElse("") + ".\n"
                            + "It comes in by itself then. 'agentos registry approvals' shows what is asked.");
        }
        return "Published " + answer.text("slug").orElse("") + " "
                + answer.text("version").orElse("") + " with SHA-512 "
                + answer.text("sha512").orElse("") + ".";
    }
}
