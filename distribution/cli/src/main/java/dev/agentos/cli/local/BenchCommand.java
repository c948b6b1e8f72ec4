package dev.agentos.cli.local;

import dev.agentos.cli.client.Installation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures this installation on this machine. */
@Command(name = "bench", description = "Measure the server on this machine.")
public final class BenchCommand implements Callable<Integer> {
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
        return LocalProgram.run(
                Installation.current(), "dev.agentos.benchmarks.Benchmarks", arguments.toArray(String[]::new));
    }
}
