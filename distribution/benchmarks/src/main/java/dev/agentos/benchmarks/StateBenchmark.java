package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Durability;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.benchmarks.internal.Window;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * How the price of a step grows: with what the step adds, or with all that is there. One execution at a time repeats a
 * node that appends a message of 100 bytes; measured is the second half of its steps, so that neither admission nor the
 * final answer counts, which cost what the state is long.
 */
final class StateBenchmark {

    private static final String NAME = "state";
    private static final String RATE = "steps/s";
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int KIBIBYTE = 1_024;

    /** How many supersteps an execution has whose state is varied. */
    private static final int SUPERSTEPS = 100;

    /** Flat, as far as a busy machine can show it. */
    private static final Target FLAT = Target.share(0.8);

    private final LocalEngine engine;
    private final Scale scale;
    private final Consumer<Result> out;
    private volatile StepClock current = new StepClock(1, Duration.ZERO);

    StateBenchmark(LocalEngine engine, Scale scale, Consumer<Result> out) {
        this.engine = engine;
        this.scale = scale;
        this.out = out;
    }

    /** One size: so many supersteps on a state that begins with so many bytes. */
    private record Size(String name, int bytes, int supersteps) {}

    void run() {
        engine.offer(Workload.STEP, StubNode.pure(call -> current.step()));
        compare(scale.state().bytes().stream()
                .map(bytes -> new Size("bytes-" + bytes / KIBIBYTE + "KiB", bytes, SUPERSTEPS))
                .toList());
        compare(scale.state().supersteps().stream()
                .map(most -> new Size("supersteps-" + most, Workload.STATE_BYTES, most))
                .toList());
    }

    /** A size and what was measured of it. */
    private static final class Measured {
        private final Size size;
        private final List<Double> rates = new ArrayList<>();
        private int reached;

        Measured(Size size) {
            this.size = size;
            this.reached = size.supersteps;
        }

        double median() {
            return Window.median(rates.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }

    private void compare(List<Size> sizes) {
        var all = sizes.stream().map(Measured::new).toList();
        all.forEach(one -> measure(one, scale.pace().ramp()));
        for (var round = 0; round < scale.pace().windows(); round++) {
            all.forEach(one -> one.rates.add(measure(one, scale.pace().window())));
        }
        var smallest = all.getFirst();
        for (var one : all) {
            var result = Result.of(NAME, one.size.name, RATE, one.median());
            if (one.reached < one.size.supersteps) {
                result = result.noting("ended early, after " + one.reached + " supersteps");
            }
            out.accept(
                    one == smallest ? result : result.against(smallest.median()).reaching(FLAT));
        }
    }

    /** Executes again and again until that much time has gone by; returns the steps a second of the second halves. */
    private double measure(Measured one, Duration atLeast) {
        var graph = engine.save(Workload.steps(one.size.supersteps));
        var input = Workload.input(one.size.bytes);
        var began = System.nanoTime();
        var steps = 0;
        var nanos = 0L;
        do {
            var clock = new StepClock(one.size.supersteps, scale.state().longest());
            current = clock;
            engine.execute(graph, input, Durability.BARRIER);
            one.reached = Math.min(one.reached, clock.steps);
            var half = clock.steps / 2;
            steps += clock.steps - 1 - half;
            nanos += clock.times[clock.steps - 1] - clock.times[half];
        } while (System.nanoTime() - began < atLeast.toNanos());
        return steps / (nanos / NANOS_PER_SECOND);
    }

    /** Remembers when each step of one execution began, and says when it is enough. */
    private static final class StepClock {
        private final long[] times;
        private final long end;
        private int steps;

        StepClock(int most, Duration longest) {
            times = new long[most];
            end = System.nanoTime() + longest.toNanos();
        }

        /** The steps of an execution follow one another, so that no two threads are here at once. */
        synchronized JsonObject step() {
            var now = System.nanoTime();
            times[steps] = now;
            var number = steps;
            steps++;
            return JsonObject.of("messages", StubNode.message(number), "more", steps < times.length && now < end);
        }
    }
}
