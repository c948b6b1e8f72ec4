package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Temporary;
import dev.agentos.kernel.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Runs a benchmark by its name: {@code start [--json]} or {@code graph [--only W1,W4] [--json]}. */
public final class Benchmarks {
    private static final int USAGE = 2;
    private static final String START = "start";
    private static final String GRAPH = "graph";
    private static final String ONLY = "--only=";

    private Benchmarks() {}

    /** Prints each case as soon as it is measured; exit code 2 for an unknown name. */
    public static void main(String[] arguments) throws IOException {
        var words = List.of(arguments);
        Consumer<Result> out =
                result -> System.out.println(words.contains("--json") ? Json.write(result.json()) : result.line());
        var name = words.isEmpty() ? "" : words.getFirst();
        if (!List.of(START, GRAPH).contains(name)) {
            refuse("There is no such benchmark. There are: " + START + ", " + GRAPH);
        }
        var wanted = only(words);
        try (var work = Temporary.directory("agentos-bench-")) {
            if (name.equals(START)) {
                new StartBenchmark(home(), work.path()).run().forEach(out);
            } else {
                new GraphBenchmark(JavaProgram.installed(home()), Scale.FULL, work.path(), out).run(wanted);
            }
        }
    }

    private static Path home() {
        return Path.of(System.getProperty("agentos.home"));
    }

    private static Set<String> only(List<String> words) {
        var list = words.stream()
                .filter(word -> word.startsWith(ONLY))
                .map(word -> word.substring(ONLY.length()))
                .findFirst()
                .orElse("");
        try {
            return GraphBenchmark.named(list);
        } catch (IllegalArgumentException unknown) {
            refuse(String.valueOf(unknown.getMessage()));
            return Set.of();
        }
    }

    private static void refuse(String why) {
        System.err.println(why);
        System.exit(USAGE);
    }
}
