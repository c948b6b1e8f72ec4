package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Contest.Pace;
import java.time.Duration;
import java.util.List;

/**
 * How much is measured.
 *
 * @param pace how long each case is measured
 * @param warmUp how long a server of its own is under load before anything is measured: its virtual machine compiles
 *     for a minute
 * @param line how many executions of W1 go on at a time, case by case
 * @param loop the same for W4
 * @param streams how many clients W5 has, case by case
 * @param resumes the same for W6
 * @param churn how often plugins come and go
 * @param state what the benchmark of growing state varies
 * @param memory what the benchmark of memory holds
 * @param checks how much of the guard's benchmark
 */
record Scale(
        Pace pace,
        Duration warmUp,
        List<Integer> line,
        List<Integer> loop,
        List<Integer> streams,
        List<Integer> resumes,
        Churn churn,
        Growth state,
        Crowd memory,
        Checks checks) {

    /**
     * What grows.
     *
     * @param bytes sizes of the state
     * @param supersteps lengths of an execution
     * @param longest after how long an execution is ended early, and measured as far as it came
     */
    record Growth(List<Integer> bytes, List<Integer> supersteps, Duration longest) {}

    /**
     * How often plugins come and go.
     *
     * @param swaps of a plugin in use
     * @param clients that use it meanwhile
     * @param cycles of installing, using and removing one
     * @param settled the cycle after which nothing is to grow any more
     */
    record Churn(int swaps, int clients, int cycles, int settled) {}

    /** How many executions wait for an answer, and how many for a server. */
    record Crowd(int waiting, int queued) {}

    /**
     * How often the guard is asked.
     *
     * @param processes with it, and as many without
     * @param batches of work that are measured in each, after as many that are not
     * @param size of a batch
     */
    record Checks(int processes, int batches, int size) {}

    /** What the command measures. */
    static final Scale FULL = new Scale(
            new Pace(Duration.ofSeconds(20), Duration.ofMillis(500), Duration.ofMillis(2_000), 5),
            Duration.ofSeconds(45),
            List.of(1, 16, 64, 256),
            List.of(1, 16),
            List.of(1, 32, 256),
            List.of(1, 16),
            new Churn(200, 64, 1_000, 500),
            new Growth(
                    List.of(2 << 10, 16 << 10, 128 << 10, 1 << 20),
                    List.of(10, 100, 1_000, 10_000),
                    Duration.ofSeconds(30)),
            new Crowd(10_000, 100_000),
            new Checks(5, 20, 2_000));

    /** All of it, as small as can be: that it works, not how fast. */
    static final Scale TINY = new Scale(
            new Pace(Duration.ofMillis(50), Duration.ofMillis(1), Duration.ofMillis(50), 1),
            Duration.ofMillis(10),
            List.of(1, 2),
            List.of(1, 2),
            List.of(1, 2),
            List.of(1, 2),
            new Churn(2, 2, 4, 2),
            new Growth(List.of(2 << 10, 8 << 10), List.of(10, 20), Duration.ofSeconds(10)),
            new Crowd(20, 20),
            new Checks(1, 2, 10));
}
