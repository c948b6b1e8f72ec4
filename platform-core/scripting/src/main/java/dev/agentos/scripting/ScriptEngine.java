package dev.agentos.scripting;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolResult;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.Memory;

/**
 * Executes scripts, each in a copy of QuickJS of its own that nobody used before. At most so many compute at once, and
 * all of them together hold at most so much memory. QuickJS is loaded when the first script comes.
 */
public final class ScriptEngine {

    /** How long a script waits for memory until it is told that the server is busy. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final ScriptLimits CHECK =
            new ScriptLimits(16L * 1024 * 1024, Duration.ofSeconds(5), 0, 1024 * 1024);

    private static final ScriptHost NO_HOST = new ScriptHost() {
        @Override
        public ToolResult call(int number, String name, JsonValue arguments) {
            throw new IllegalStateException("A script that is only read makes no calls");
        }

        @Override
        public void log(List<String> lines) {
            // Nothing is executed, so nothing is written.
        }
    };

    private final Semaphore processors;
    private final MemoryBudget memory;
    private final Duration patience;
    private @Nullable CompletableFuture<GuestImage> image;

    /**
     * An engine that has loaded nothing yet.
     *
     * @param processors how many scripts compute at once
     * @param memoryBytes of all scripts together
     */
    public ScriptEngine(int processors, long memoryBytes) {
        this(processors, memoryBytes, PATIENCE);
    }

    ScriptEngine(int processors, long memoryBytes, Duration patience) {
        this.processors = new Semaphore(processors, true);
        this.memory = new MemoryBudget(Math.toIntExact(memoryBytes / Memory.PAGE_SIZE));
        this.patience = patience;
    }

    /** An engine for this virtual machine: all its processors, a quarter of its heap and at most 512 MiB. */
    public static ScriptEngine create() {
        Runtime machine = Runtime.getRuntime();
        return new ScriptEngine(machine.availableProcessors(), Math.min(machine.maxMemory() / 4, 512L * 1024 * 1024));
    }

    /**
     * Reads a source without executing it.
     *
     * @return what is wrong with it; empty when it is the body of a function
     * @throws AgentOsException {@code script:BUSY}, {@code server:CANCELLED}, or for a source that cannot be read
     *     within the limits
     */
    public Optional<ScriptFault> check(String source) {
        if (source.length() > Script.MAX_SOURCE) {
            return Optional.of(new ScriptFault(
                    "The script has " + source.length() + " characters; at most " + Script.MAX_SOURCE + " are taken.",
                    1,
                    1));
        }
        if (source.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(source)) {
            return Optional.of(
                    new ScriptFault("The script holds U+0000 or half of a surrogate pair, which is no text.", 1, 1));
        }
        JsonObject opening = JsonObject.of("check", true, "source", source);
        return execute(opening, CHECK, Instant.EPOCH, NO_HOST, (end, outcome) -> switch (end.kind()) {
            case SOUND -> Optional.empty();
            case FAULT -> Optional.of(Outcome.fault(end));
            default -> throw outcome.failure(end);
        });
    }

    /**
     * Executes a script.
     *
     * @return what it returned, {@code null} for nothing
     * @throws AgentOsException a {@link ScriptErrorCode}, {@code server:CANCELLED} when the calling thread is
     *     interrupted, or what a call to the host threw
     */
    public JsonValue execute(Script script, ScriptHost host) {
        JsonObject opening = JsonObject.of(
                "source", script.source(),
                "state", script.state(),
                "tools", script.tools(),
                "seed", seed(script.seed()),
                "most", script.limits().outputBytes());
        return execute(opening, script.limits(), script.now(), host, (end, outcome) -> outcome.value(end));
    }

    private <T> T execute(
            JsonObject opening,
            ScriptLimits limits,
            Instant now,
            ScriptHost host,
            BiFunction<ScriptThread.End, Outcome, T> meaning) {
        try {
            GuestImage ready = image();
            if (!memory.begin(ready.pages(), patience)) {
                throw Outcome.busy();
            }
            ScriptThread thread =
                    new ScriptThread(ready, Json.writeBytes(opening), limits, GuestImage.nanos(now), memory);
            Supervision supervision = new Supervision(thread, limits, host, processors);
            try {
                ScriptThread.End end = supervision.supervise();
                return meaning.apply(end, new Outcome(thread, limits, supervision));
            } finally {
                if (supervision.over()) {
                    memory.release(thread.memory().pages());
                    List<String> lines = thread.lines();
                    if (!lines.isEmpty()) {
                        host.log(lines);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Outcome.cancelled();
        }
    }

    int freePages() {
        return memory.freePages();
    }

    /** The image, made by whoever needs it first while others wait; made anew when that failed. */
    private GuestImage image() throws InterruptedException {
        CompletableFuture<GuestImage> future;
        synchronized (this) {
            if (image == null || image.isCompletedExceptionally()) {
                CompletableFuture<GuestImage> made = new CompletableFuture<>();
                ScriptThread.platformThread("script-image", () -> {
                            try {
                                made.complete(GuestImage.create());
                            } catch (Throwable thrown) {
                                made.completeExceptionally(thrown);
                            }
                        })
                        .start();
                image = made;
            }
            future = image;
        }
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new AgentOsException(
                    ScriptErrorCode.BROKEN,
                    "The engine for scripts does not start.",
                    "Look for the reason in the server's log.",
                    e.getCause());
        }
    }

    /** Four words from whatever text names the task. */
    private static List<Integer> seed(String text) {
        try {
            ByteBuffer digest =
                    ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
            return List.of(digest.getInt(), digest.getInt(), digest.getInt(), digest.getInt());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
