package dev.agentos.scripting;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.scripting.ScriptThread.Call;
import dev.agentos.scripting.ScriptThread.End;
import dev.agentos.scripting.ScriptThread.Kind;
import dev.agentos.scripting.ScriptThread.Message;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolResult;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches over one script from the thread that asked for it: answers its calls, and ends it at its limit of time. */
final class Supervision {

    private static final Logger LOG = LoggerFactory.getLogger(Supervision.class);

    /** How long a script may go on after it was interrupted; it looks at each turn of a loop, so this is plenty. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(30);

    private final ScriptThread thread;
    private final ScriptHost host;
    private final Semaphore processors;
    private final Map<Integer, AgentOsException> failures = new HashMap<>();
    private long nanosLeft;
    private boolean started;
    private boolean ended;

    Supervision(ScriptThread thread, ScriptLimits limits, ScriptHost host, Semaphore processors) {
        this.thread = thread;
        this.host = host;
        this.processors = processors;
        this.nanosLeft = limits.time().toNanos();
    }

    /** Whether the script's thread does nothing any more, so that what it used can be given to others. */
    boolean over() {
        return ended || !started;
    }

    /** What a call threw that the script was told of. */
    Optional<AgentOsException> failure(int call) {
        return Optional.ofNullable(failures.get(call));
    }

    /**
     * Has the script work until it ends; on every way out it has ended.
     *
     * @throws InterruptedException the calling thread was interrupted
     * @throws AgentOsException thrown by the host, and not the script's to know
     */
    End supervise() throws InterruptedException {
        try {
            Optional<Message> said = compute(() -> {
                started = true;
                thread.start();
            });
            while (said.isPresent() && said.get() instanceof Call call) {
                byte[] answer = Json.writeBytes(answer(call));
                said = compute(() -> thread.answer(answer));
            }
            return said.isPresent() && said.get() instanceof End end ? end : new End(Kind.TIMED_OUT, "");
        } finally {
            stop();
        }
    }

    /** Lets the script compute until it says something or its time is over; only this is counted as its time. */
    private Optional<Message> compute(Runnable begin) throws InterruptedException {
        processors.acquire();
        boolean waits = false;
        try {
            long began = System.nanoTime();
            begin.run();
            Optional<Message> said = thread.next(nanosLeft);
            nanosLeft -= System.nanoTime() - began;
            ended = said.isPresent() && said.get() instanceof End;
            waits = said.isPresent() && !ended;
            return said;
        } finally {
            if (!waits) {
                stop();
            }
            processors.release();
        }
    }

    private void stop() {
        if (over()) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        long until = System.nanoTime() + LAST_WORDS.toNanos();
        thread.interrupt();
        while (!ended && System.nanoTime() < until) {
            try {
                ended = thread.next(until - System.nanoTime())
                        .filter(End.class::isInstance)
                        .isPresent();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (!ended) {
            LOG.error("A script goes on {} after it was interrupted; its memory stays taken", LAST_WORDS);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private JsonObject answer(Call call) throws InterruptedException {
        try {
            JsonArray request = (JsonArray) Json.parse(call.request());
            String name = ((JsonString) request.items().getFirst()).value();
            JsonValue arguments = request.items().getLast();
            ToolResult result = host.call(call.number(), name, arguments);
            if (!result.failed()) {
                return JsonObject.of("output", result.output());
            }
            String message = result.output() instanceof JsonString(String text)
                    ? text
                    : result.output().toString();
            return failed(call, message, "tool:FAILED", result.output());
        } catch (AgentOsException e) {
            ErrorType type = e.errorCode().type();
            boolean mendable = type == ErrorType.USER || type == ErrorType.EXTERNAL;
            if (!mendable || e.errorCode() == KernelErrorCode.CANCELLED) {
                throw e;
            }
            failures.put(call.number(), e);
            return failed(call, String.valueOf(e.getMessage()), e.errorCode().code(), JsonNull.NULL);
        }
    }

    private static JsonObject failed(Call call, String message, String code, JsonValue output) {
        return JsonObject.of("failed", true, "call", call.number(), "message", message, "code", code, "output", output);
    }
}
