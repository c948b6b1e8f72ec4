package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Browser;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Temporary;
import dev.agentos.kernel.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Runs a benchmark by its name: {@code start}, {@code graph [--only W1,W4]}, {@code swap}, {@code reload},
 * {@code guard}, {@code policy}, {@code pipeline}, {@code rls} or {@code console}.
 */
public final class Benchmarks {
    private static final int USAGE = 2;
    private static final String START = "start";
    private static final String GRAPH = "graph";
    private static final String SWAP = "swap";
    private static final String RELOAD = "reload";
    private static final String GUARD = "guard";
    private static final String POLICY = "policy";
    private static final String PIPELINE = "pipeline";
    private static final String RLS = "rls";
    private static final String CONSOLE = "console";
    private static final List<String> ALL = List.of(START, GRAPH, SWAP, RELOAD, GUARD, POLICY, PIPELINE, RLS, CONSOLE);
    private static final String ONLY = "--only=";
    private static final String SOURCES = "--sources=";

    /** For tests: that it works, not how fast. */
    private static final String TINY = "--tiny";

    private Benchmarks() {}

    /** Prints each case as soon as it is measured; exit code 2 for an unknown name. */
    public static void main(String[] arguments) throws IOException {
        var words = List.of(arguments);
        Consumer<Result> out =
                result -> System.out.println(words.contains("--json") ? Json.write(result.json()) : result.line());
        var name = words.isEmpty() ? "" : words.getFirst();
        if (!ALL.contains(name)) {
            refuse("There is no such benchmark. There are: " + String.join(", ", ALL));
        }
        var wanted = only(words);
        try (var work = Temporary.directory("agentos-bench-")) {
            switch (name) {
                case START -> new StartBenchmark(home(), work.path()).run().forEach(out);
                case GRAPH ->
                    new GraphBenchmark(JavaProgram.installed(home()), Scale.FULL, work.path(), out).run(wanted);
                case GUARD -> new GuardBenchmark(JavaProgram.installed(home()), Scale.FULL, work.path(), out).run();
                case POLICY -> new PolicyBenchmark(Scale.FULL, out).run();
                case PIPELINE ->
                    new PipelineBenchmark(JavaProgram.installed(home()), Scale.FULL, work.path(), out).run();
                case RLS -> new RowSecurityBenchmark(Scale.FULL, work.path(), out).run();
                case CONSOLE -> console(words, work.path(), out);
                case SWAP -> churn(work.path(), out).swap();
                default -> churn(work.path(), out).reload();
            }
        }
    }

    private static ChurnBenchmark churn(Path work, Consumer<Result> out) {
        return new ChurnBenchmark(JavaProgram.installed(home()), Scale.FULL, work, out);
    }

    private static void console(List<String> words, Path work, Consumer<Result> out) throws IOException {
        var browser = Browser.of(after(SOURCES, words).map(Path::of));
        var size = words.contains(TINY) ? ConsoleBenchmark.Size.TINY : ConsoleBenchmark.Size.FULL;
        new ConsoleBenchmark(JavaProgram.installed(home()), browser, size, work, out).run();
    }

    private static Optional<String> after(String option, List<String> words) {
        return words.stream()
                .filter(word -> word.startsWith(option))
                .map(word -> word.substring(option.length()))
                .findFirst();
    }

    private static Path home() {
        return Path.of(System.getProperty("agentos.home"));
    }

    private static Set<String> only(List<String> words) {
        try {
            return GraphBenchmark.named(after(ONLY, words).orElse(""));
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
