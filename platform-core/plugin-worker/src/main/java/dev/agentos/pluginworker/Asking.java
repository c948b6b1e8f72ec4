package dev.agentos.pluginworker;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** What the worker asks of the server, and waits for. */
final class Asking {

    private final Channel channel;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, BlockingQueue<Message>> waiting = new ConcurrentHashMap<>();

    Asking(Channel channel) {
        this.channel = channel;
    }

    /** Asks in a call, or in none. */
    JsonObject ask(long call, JsonObject request) {
        return ask(call, request, part -> {});
    }

    /**
     * Asks, and hears what of the answer comes before.
     *
     * @throws AgentOsException what the host reports, {@code plugin:MESSAGE_TOO_LONG}, {@code server:CANCELLED}
     */
    JsonObject ask(long call, JsonObject request, Consumer<String> parts) {
        Message message = Message.of(Message.Kind.REQUEST, ids.incrementAndGet(), call, request);
        BlockingQueue<Message> inbox = new LinkedBlockingQueue<>();
        waiting.put(message.id(), inbox);
        try {
            send(message);
            while (true) {
                Message next = inbox.take();
                switch (next.kind()) {
                    case ANSWER -> {
                        return next.body();
                    }
                    case NOTE -> parts.accept(Values.text(next.body(), "text"));
                    default -> throw Failures.read(next.body());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentOsException(
                    KernelErrorCode.CANCELLED, "The call was taken back.", "Make it again when you want it done.");
        } finally {
            waiting.remove(message.id());
        }
    }

    /** Says something that wants no answer. */
    void note(JsonObject note) {
        Message message = Message.of(Message.Kind.NOTE, 0, 0, note);
        if (Channel.carries(message)) {
            send(message);
        }
    }

    /** An answer has come, or a part of one. */
    void answered(Message message) {
        BlockingQueue<Message> inbox = waiting.get(message.id());
        if (inbox != null) {
            inbox.add(message);
        }
    }

    void send(Message message) {
        if (!Channel.carries(message)) {
            throw new AgentOsException(
                    WorkerErrorCode.MESSAGE_TOO_LONG,
                    "What the plugin says is longer than the 32 MiB, or more than the million values and names, that go"
                            + " between the server and its process.",
                    "Say less at once.");
        }
        try {
            channel.send(message);
        } catch (IOException e) {
            throw new IllegalStateException("The server is gone", e);
        }
    }
}
