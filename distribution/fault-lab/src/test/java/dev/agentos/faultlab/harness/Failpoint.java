package dev.agentos.faultlab.harness;

import dev.agentos.kernel.Ids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.awaitility.Awaitility;

/** One failpoint that is armed in one server; a test whose failpoint was never hit has proved nothing and fails. */
public final class Failpoint {

    /** The places that the engine has. */
    public static final String AFTER_CLAIM = "afterClaim";

    public static final String AFTER_TASK = "afterTask";
    public static final String BEFORE_CHECKPOINT = "beforeCheckpoint";
    public static final String BEFORE_WRITE = "beforeWrite";
    public static final String AFTER_WRITE = "afterWrite";
    public static final String BEFORE_SUSPEND = "beforeSuspend";
    public static final String AFTER_SUSPEND = "afterSuspend";
    public static final String BEFORE_FINISH = "beforeFinish";
    public static final String AFTER_FINISH = "afterFinish";
    public static final String DRAINING = "draining";
    public static final String AFTER_WEBHOOK = "afterWebhook";

    private final Path directory;
    private final String name;
    private final String token;

    private Failpoint(Path directory, String name, String token) {
        this.directory = directory;
        this.name = name;
        this.token = token;
    }

    /** What happens at a failpoint. */
    public enum Action {
        /** The process ends at once, as by SIGKILL. */
        HALT,
        /** The thread stays there until the failpoint is disarmed. */
        HANG,
        /** The thread throws. */
        THROW,
        /** The thread stays there for some milliseconds. */
        DELAY
    }

    static Failpoint arm(Path directory, String name, Action action, long argument, int hit) {
        try {
            String token = Ids.system().next("arm");
            String text = String.join(
                    " ",
                    token,
                    action.name().toLowerCase(java.util.Locale.ROOT),
                    Long.toString(argument),
                    Integer.toString(hit));
            Path written = Files.writeString(directory.resolve(name + ".arm.new"), text);
            Files.move(written, directory.resolve(name + ".arm"), StandardCopyOption.ATOMIC_MOVE);
            return new Failpoint(directory, name, token);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it is hit. */
    public void awaitHit() {
        Awaitility.await("failpoint " + name)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(this::hit);
    }

    /** Whether it was hit. */
    public boolean hit() {
        try {
            Path marker = directory.resolve(name + ".hit");
            return Files.exists(marker) && Files.readString(marker).equals(token);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it; a thread that hangs there goes on. */
    public void disarm() {
        try {
            Files.deleteIfExists(directory.resolve(name + ".arm"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
