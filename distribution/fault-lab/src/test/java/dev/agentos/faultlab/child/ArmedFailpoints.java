package dev.agentos.faultlab.child;

import dev.agentos.kernel.Failpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;

/**
 * Failpoints that are armed from outside while the server runs. The file {@code NAME.arm} holds a token, an action, its
 * argument and at which hit it acts; the file {@code NAME.hit} with the same token says that it did. A failpoint acts
 * once for each time that it is armed.
 */
final class ArmedFailpoints implements Failpoints {

    private static final int KILLED = 137;

    private final Path directory;
    private final Map<String, Count> counts = new HashMap<>();

    /** How often a failpoint was reached since it was armed. */
    private record Count(String token, int reached) {}

    ArmedFailpoints(Path directory) {
        this.directory = directory;
    }

    @Override
    public void reach(String name) {
        Path arm = directory.resolve(name + ".arm");
        if (!Files.exists(arm)) {
            return;
        }
        try {
            // token, action, argument, hit
            String[] armed = Files.readString(arm).strip().split(" ");
            if (count(name, armed[0]) == Integer.parseInt(armed[3])) {
                mark(name, armed[0]);
                act(armed[1], Long.parseLong(armed[2]), name, arm);
            }
        } catch (IOException e) {
            // Disarmed between two looks.
            if (Files.exists(arm)) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private synchronized int count(String name, String token) {
        Count before = counts.get(name);
        Count now = new Count(token, before != null && before.token().equals(token) ? before.reached() + 1 : 1);
        counts.put(name, now);
        return now.reached();
    }

    private void mark(String name, String token) throws IOException {
        Path written = Files.writeString(directory.resolve(name + ".hit.new"), token);
        Files.move(written, directory.resolve(name + ".hit"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void act(String action, long argument, String name, Path arm) {
        switch (action) {
            case "halt" -> Runtime.getRuntime().halt(KILLED);
            case "throw" -> throw new IllegalStateException("Failpoint " + name);
            case "delay" -> sleep(argument);
            case "hang" -> {
                while (Files.exists(arm)) {
                    sleep(5);
                }
            }
            default -> throw new IllegalArgumentException("No such action: " + action);
        }
    }

    /** Whoever interrupts a server at such a place does not shorten the fault. */
    private static void sleep(long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        boolean interrupted = false;
        for (long left = millis; left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            try {
                Thread.sleep(left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
