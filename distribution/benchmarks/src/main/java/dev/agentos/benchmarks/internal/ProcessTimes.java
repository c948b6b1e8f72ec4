package dev.agentos.benchmarks.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Processor time of processes, from {@code /proc/PID/stat} (Linux); NaN elsewhere. */
public final class ProcessTimes {

    /** The unit of the times is 1/100 s on every Linux, whatever the kernel's own clock. */
    private static final double TICKS_PER_SECOND = 100;

    private static final Path PROC = Path.of("/proc");

    private ProcessTimes() {}

    /** Seconds that a process itself has used. */
    public static double of(long pid) {
        return stat(pid).map(stat -> stat.own / TICKS_PER_SECOND).orElse(Double.NaN);
    }

    /** Seconds that a process and its children have used, those that have ended included. */
    public static double ofFamily(long pid) {
        // The parent is read first: a child that ends in between is then missed and not counted twice.
        var parent = stat(pid);
        if (parent.isEmpty()) {
            return Double.NaN;
        }
        try (Stream<Path> all = Files.list(PROC)) {
            var children = all.map(Path::getFileName)
                    .map(Path::toString)
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .map(name -> stat(Long.parseLong(name)))
                    .flatMap(Optional::stream)
                    .filter(stat -> stat.parent == pid)
                    .mapToLong(stat -> stat.own + stat.ended)
                    .sum();
            return (parent.get().own + parent.get().ended + children) / TICKS_PER_SECOND;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The process that started that one; empty where the system does not tell. */
    public static Optional<Long> parent(long pid) {
        return stat(pid).map(stat -> stat.parent);
    }

    /** What matters of one process: its parent, its own ticks, and those of its children that have ended. */
    private record Stat(long parent, long own, long ended) {}

    private static Optional<Stat> stat(long pid) {
        try {
            var line = Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"));
            // The second field is a name in parentheses, which may hold spaces.
            var fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
            return Optional.of(new Stat(
                    Long.parseLong(fields[1]),
                    Long.parseLong(fields[11]) + Long.parseLong(fields[12]),
                    Long.parseLong(fields[13]) + Long.parseLong(fields[14])));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }
}
