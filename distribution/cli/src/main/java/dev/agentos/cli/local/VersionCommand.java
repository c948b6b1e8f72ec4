package dev.agentos.cli.local;

import dev.agentos.cli.client.Terminal;
import dev.agentos.cli.client.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Prints the version. */
@Command(name = "version", description = "Print the version.")
public final class VersionCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        Terminal.standard().line(String.join("\n", new Version().getVersion()));
        return 0;
    }
}
