package dev.agentos.benchmarks;

import dev.agentos.kernel.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Runs a benchmark by its name: {@code start [--json]}. */
public final class Benchmarks {
    private static final int USAGE = 2;

    private Benchmarks() {}

    /** Prints one line a case; exit code 2 for an unknown name. */
    public static void main(String[] arguments) throws IOException {
        var words = List.of(arguments);
        if (words.isEmpty() || !words.getFirst().equals("start")) {
            System.err.println("There is no such benchmark. There is: start");
            System.exit(USAGE);
        }
        for (var result : new StartBenchmark(Path.of(System.getProperty("agentos.home"))).run()) {
            System.out.println(words.contains("--json") ? Json.write(result.json("start")) : result.line());
        }
    }
}
