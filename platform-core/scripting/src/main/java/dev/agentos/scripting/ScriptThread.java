package dev.agentos.scripting;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;

/**
 * One script on a platform thread of its own, since it computes without pause. It talks to whoever supervises it by
 * messages, so that no code of the host runs on the stack of a script, which may be all but used up.
 */
final class ScriptThread implements Runnable {

    private static final long STACK_BYTES = 2 * 1024 * 1024;
    private static final int MOST_LINES = 100;
    private static final int SMALL_TEXT = 64 * 1024;
    private static final byte[] NOTHING = {'n', 'u', 'l', 'l'};

    private final GuestImage image;
    private final byte[] opening;
    private final ScriptLimits limits;
    private final GuestMemory memory;
    private final GuestImports imports;
    private final Thread thread;
    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    private final BlockingQueue<byte[]> answers = new ArrayBlockingQueue<>(1);
    private final List<String> lines = new ArrayList<>();
    private int calls;

    /** What a script has to say. */
    sealed interface Message {}

    /** It calls the host, and waits for the answer. */
    record Call(int number, String request) implements Message {}

    /** It has ended. */
    record End(Kind kind, String text, @Nullable Throwable thrown) implements Message {
        End(Kind kind, String text) {
            this(kind, text, null);
        }
    }

    /** How a script ends. */
    enum Kind {
        FINISHED,
        FAILED,
        UNFIT,
        FAULT,
        SOUND,
        REFUSED,
        TOO_LARGE,
        TOO_MANY_CALLS,
        NEVER_SETTLED,
        TIMED_OUT,
        BROKEN
    }

    /** Leaves the guest from within a request of its own. */
    private static final class Ended extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient End end;

        Ended(Kind kind, String text) {
            super(kind.name(), null, false, false);
            this.end = new End(kind, text);
        }
    }

    /** A script that waits to be started; the pages of the image have been taken from the budget for it. */
    ScriptThread(GuestImage image, byte[] opening, ScriptLimits limits, long nowNanos, MemoryBudget budget) {
        this.image = image;
        this.opening = opening;
        this.limits = limits;
        this.memory = new GuestMemory(image, (int) (limits.memoryBytes() / Memory.PAGE_SIZE), budget);
        this.imports = new GuestImports(this::answer, nowNanos);
        this.thread = platformThread("script", this);
    }

    static Thread platformThread(String name, Runnable work) {
        return Thread.ofPlatform()
                .name(name)
                .daemon(true)
                .stackSize(STACK_BYTES)
                .inheritInheritableThreadLocals(false)
                .unstarted(work);
    }

    void start() {
        thread.start();
    }

    /** What it says next; empty when it has said nothing for so long. */
    Optional<Message> next(long nanos) throws InterruptedException {
        return Optional.ofNullable(messages.poll(nanos, TimeUnit.NANOSECONDS));
    }

    /** Answers its call. */
    void answer(byte[] json) {
        answers.add(json);
    }

    /** Has it end; the compiled code looks at the interrupt in each turn of a loop and at each call. */
    void interrupt() {
        thread.interrupt();
    }

    /** What it wrote to the console; to be asked when it has ended. */
    List<String> lines() {
        return lines.stream()
                .map(line -> ((JsonString) Json.parse(line)).value())
                .toList();
    }

    /** The memory that it used; to be asked when it has ended. */
    GuestMemory memory() {
        return memory;
    }

    /** What the engine itself complained of; to be asked when it has ended. */
    String complaint() {
        return imports.complaint();
    }

    @Override
    public void run() {
        End end;
        try {
            Instance instance = image.instantiate(memory, imports);
            Guest.evaluate(instance, image.entry());
            end = new End(Kind.NEVER_SETTLED, "");
        } catch (Ended e) {
            end = e.end;
        } catch (Throwable thrown) {
            // Traps of the guest, an overflow of the stack, the interrupt: told apart by the supervisor.
            end = new End(Kind.BROKEN, "", thrown);
        }
        messages.add(end);
    }

    private byte[] answer(String what, GuestImports.Text text) {
        switch (what) {
            case "begin":
                return opening;
            case "call":
                return call(text);
            case "log":
                if (lines.size() < MOST_LINES) {
                    lines.add(read(text, SMALL_TEXT));
                }
                return NOTHING;
            default:
                throw new Ended(
                        switch (what) {
                            case "finished" -> Kind.FINISHED;
                            case "failed" -> Kind.FAILED;
                            case "unfit" -> Kind.UNFIT;
                            case "fault" -> Kind.FAULT;
                            case "sound" -> Kind.SOUND;
                            case "refuse" -> Kind.REFUSED;
                            case "large" -> Kind.TOO_LARGE;
                            default -> throw new IllegalArgumentException("The guest asks for '" + what + "'");
                        },
                        read(text, what.equals("finished") ? limits.outputBytes() : SMALL_TEXT));
        }
    }

    private byte[] call(GuestImports.Text text) {
        calls++;
        if (calls > limits.calls()) {
            throw new Ended(Kind.TOO_MANY_CALLS, "");
        }
        messages.add(new Call(calls, read(text, limits.outputBytes() + SMALL_TEXT / 64)));
        try {
            return answers.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Ended(Kind.BROKEN, "");
        }
    }

    private static String read(GuestImports.Text text, int mostBytes) {
        if (text.length() < 0 || text.length() > mostBytes) {
            throw new Ended(Kind.TOO_LARGE, "");
        }
        return text.read();
    }
}
