package dev.agentos.cli.local;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.cli.client.Terminal;
import dev.agentos.cli.policy.ApprovalCommand;
import dev.agentos.cli.policy.ApprovalReport;
import dev.agentos.spi.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** A registry in which somebody may publish or review. */
public final class ReviewedRegistry {
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
        ApprovalReport.describe(shown).forEach(line -> Terminal.standard().line(line));
        var decided = ask(path + how, Optional.of(ApprovalCommand.ballot(shown, ballot.nonce, ballot.reason)));
        ApprovalReport.outcome(decided).forEach(line -> Terminal.standard().line(line));
        if (decided.object("failure").isPresent()) {
            var why = decided.object("failure").get().text("message").orElse("");
            throw new CliException(CliException.FAILED, "It did not come in: " + why);
        }
    }
}
