package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** How fast the graph runtime is, case by case beside what the same PostgreSQL or a bare server can do at most. */
final class GraphBenchmark {

    /** Those that are measured when none is named. */
    static final List<String> USUAL = List.of("W1", "W2", "W3", "W4", "W5", "W6");

    static final String STATE = "state";
    static final String MEMORY = "memory";
    static final String QUEUE = "queue";

    private static final List<String> ALL = List.of("W1", "W2", "W3", "W4", "W5", "W6", STATE, MEMORY, QUEUE);
    private static final Set<String> IN_PROCESS = Set.of("W1", "W3", "W4", STATE, MEMORY);

    private final JavaProgram program;
    private final Scale scale;
    private final Path work;
    private final Consumer<Result> out;

    GraphBenchmark(JavaProgram program, Scale scale, Path work, Consumer<Result> out) {
        this.program = program;
        this.scale = scale;
        this.work = work;
        this.out = out;
    }

    /** The benchmarks of a list as in {@code W1,W4}; the usual ones for an empty text. */
    static Set<String> named(String list) {
        var wanted = new LinkedHashSet<>(list.isEmpty() ? USUAL : List.of(list.split(",")));
        for (var name : wanted) {
            if (!ALL.contains(name)) {
                throw new IllegalArgumentException(
                        "There is no graph benchmark '" + name + "'. There are: " + String.join(", ", ALL));
            }
        }
        return wanted;
    }

    void run(Set<String> wanted) throws IOException {
        if (wanted.contains("W2")) {
            new InMemoryBenchmark(scale, out).line();
        }
        if (wanted.contains("W3")) {
            new InMemoryBenchmark(scale, out).dispatch();
        }
        if (wanted.stream().anyMatch(IN_PROCESS::contains)) {
            inProcess(wanted);
        }
        if (wanted.contains(QUEUE)) {
            new QueueBenchmark(program, scale, work, out).run();
        }
        if (wanted.contains("W5") || wanted.contains("W6")) {
            new StreamBenchmark(program, scale, work, out).run(wanted.contains("W5"), wanted.contains("W6"));
        }
    }

    private void inProcess(Set<String> wanted) {
        try (var engine = LocalEngine.open(work.resolve("engine"), Collections.max(scale.line()))) {
            if (wanted.contains("W1")) {
                new LineBenchmark(engine, scale, out).run();
            }
            if (wanted.contains("W3")) {
                new DispatchBenchmark(engine, scale, out).run();
            }
            if (wanted.contains("W4")) {
                new LoopBenchmark(engine, scale, out).run();
            }
            if (wanted.contains(STATE)) {
                new StateBenchmark(engine, scale, out).run();
            }
            // Last, because it leaves a queue behind that nobody is to carry on.
            if (wanted.contains(MEMORY)) {
                new CrowdBenchmark(engine, scale, work, out).run();
            }
        }
    }
}
