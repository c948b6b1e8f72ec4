package dev.agentos.benchmarks.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Measures several things in turn, window by window, so that whatever else this machine does hurts all of them. */
public final class Contest {

    private Contest() {}

    /**
     * How long things are measured.
     *
     * @param warmUp how long each goes on before the first window
     * @param ramp how long each goes on before each window
     * @param window the length of a window
     * @param windows how many windows each has; the median counts
     */
    public record Pace(Duration warmUp, Duration ramp, Duration window, int windows) {

        /** The same with a warm-up of another length. */
        public Pace warmedUp(Duration other) {
            return new Pace(other, ramp, window, windows);
        }
    }

    /** Something that can be measured. */
    @FunctionalInterface
    public interface Contender {

        /** Measures one window. */
        Window measure(Duration ramp, Duration length);
    }

    /** The median of each contender, in their order. */
    public static List<Window> hold(Pace pace, List<? extends Contender> contenders) {
        var windows = new ArrayList<List<Window>>();
        for (var contender : contenders) {
            contender.measure(pace.warmUp(), Duration.ofMillis(1));
            windows.add(new ArrayList<>());
        }
        for (var round = 0; round < pace.windows(); round++) {
            for (var i = 0; i < contenders.size(); i++) {
                windows.get(i).add(contenders.get(i).measure(pace.ramp(), pace.window()));
            }
        }
        return windows.stream().map(Window::median).toList();
    }
}
