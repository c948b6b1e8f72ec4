package dev.agentos.cli;

import dev.agentos.spi.JsonObject;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What an administrator agrees to when a plugin is installed or replaced. */
final class Consent {
    @Option(
            names = "--accept",
            paramLabel = "PERMISSION",
            description = "Grant this permission, as in 'net.connect api.example.com:443'; may be repeated.")
    private List<String> accepted = new ArrayList<>();

    @Option(names = "--accept-all", description = "Grant all that it asks for, save critical ones.")
    private boolean all;

    @Option(names = "--accept-critical", description = "Grant critical permissions too.")
    private boolean critical;

    @Option(names = "--dry-run", description = "Say what would happen, and do nothing.")
    private boolean dryRun;

    boolean dryRun() {
        return dryRun;
    }

    /** As members of a request's body. */
    JsonObject in(JsonObject request) {
        var terms = request.with("acceptAll", all).with("acceptCritical", critical);
        var named = accepted.isEmpty() ? terms : terms.with("acceptPermissions", accepted);
        return dryRun ? named.with("dryRun", true) : named;
    }

    /** As a query, for a body that is a file. */
    String query() {
        var query = new StringBuilder("?acceptAll=" + all + "&acceptCritical=" + critical);
        accepted.forEach(permission -> query.append("&acceptPermissions=").append(ServerClient.encode(permission)));
        return dryRun ? query.append("&dryRun=true").toString() : query.toString();
    }
}
