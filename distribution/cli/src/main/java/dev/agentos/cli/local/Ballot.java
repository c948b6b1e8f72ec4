package dev.agentos.cli.local;

import dev.agentos.cli.policy.ApprovalCommand;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A decision about a release that waits. */
public final class Ballot {
    @Parameters(paramLabel = "ID", description = "As 'registry approvals' names it.")
    String id = "";

    @Option(names = "--nonce", description = ApprovalCommand.NONCE)
    Optional<String> nonce = Optional.empty();

    @Option(names = "--reason", description = "Why; it is kept.")
    Optional<String> reason = Optional.empty();
}
