package dev.agentos.pluginworker;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process, as the server has it. A call waits on the thread that makes it, which meanwhile has answered what the
 * plugin asks in that call: so a request of the plugin has the call's rights and its deadline, and ends with it.
 */
final class Worker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /**
     * How long a call may take to end once it was told to, two seconds in moments; then the process is killed. A moment
     * counts as one however long it was: what the server stood still is nobody's time.
     */
    private static final int GRACE_MOMENTS = 40;

    private static final long MOMENT_MILLIS = 50;

    private static final String DEAF = "it does not listen any more";
    private static final int MOST_TO_SEND = 64;
    /** What a process has said and nobody has looked at yet: more than that is no use that anybody makes. */
    private static final long MOST_UNREAD_BYTES = 64L << 20;

    private static final int MOST_UNREAD = 256;
    private static final int MOST_ASKED_OUTSIDE = 64;

    private final WorkerProcess process;
    private final Channel channel;
    private final Answers outside;
    private final Consumer<JsonObject> notes;
    private final Consumer<Worker> ended;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, BlockingQueue<Message>> calls = new ConcurrentHashMap<>();
    private final BlockingQueue<Message> toSend = new ArrayBlockingQueue<>(MOST_TO_SEND);
    private final Semaphore asked = new Semaphore(MOST_ASKED_OUTSIDE);
    private final AtomicReference<Optional<String>> reason = new AtomicReference<>(Optional.empty());
    private final AtomicLong unread = new AtomicLong();
    /** How much the process has taken, by which one sees whether it still listens. */
    private final AtomicLong sent = new AtomicLong();

    private volatile boolean over;

    /** Answers a request of the plugin. */
    @FunctionalInterface
    interface Answers {
        /**
         * The answer.
         *
         * @param parts hears what of it comes before
         */
        JsonObject answer(JsonObject request, Consumer<String> parts);
    }

    /**
     * Starts a process.
     *
     * @param outside answers what the plugin asks in no call
     * @param notes hears what wants no answer, on the thread that receives everything
     * @param ended hears once that the process has ended
     */
    Worker(WorkerProcess process, Answers outside, Consumer<JsonObject> notes, Consumer<Worker> ended) {
        this.process = process;
        this.channel = new Channel(process.output(), process.input());
        this.outside = outside;
        this.notes = notes;
        this.ended = ended;
        try {
            Thread.ofPlatform().daemon().name("worker-in-" + process.pid()).start(this::receive);
            Thread.ofPlatform().daemon().name("worker-out-" + process.pid()).start(this::send);
        } catch (Error e) {
            // No thread can be had: nobody else ends it then.
            process.kill();
            throw e;
        }
    }

    long pid() {
        return process.pid();
    }

    /** Why the process has ended, in words. */
    String reason() {
        return reason.get().orElse("it ended");
    }

    /**
     * Has something done and waits for it.
     *
     * @param answers answers what the plugin asks meanwhile
     * @throws AgentOsException {@code plugin:CRASHED} when the process ends first, {@code plugin:MESSAGE_TOO_LONG},
     *     {@code server:CANCELLED} when this thread is interrupted, or what the plugin reports
     * @throws PluginDefect when its code fails otherwise
     */
    JsonObject call(JsonObject request, Answers answers) {
        Message message = Message.of(Message.Kind.REQUEST, ids.incrementAndGet(), 0, request);
        if (!Channel.carries(message)) {
            throw tooLong();
        }
        BlockingQueue<Message> inbox = new LinkedBlockingQueue<>();
        calls.put(message.id(), inbox);
        boolean begun = false;
        Answering asked = new Answering("asked-by-" + process.pid());
        try {
            if (over) {
                throw crashed();
            }
            enqueue(message);
            begun = true;
            while (true) {
                Message next = inbox.take();
                switch (next.kind()) {
                    case ANSWER -> {
                        return read(next).body();
                    }
                    case FAILURE -> throw Failures.read(read(next).body());
                    case REQUEST -> begin(asked, next, answers);
                    default -> throw crashed();
                }
            }
        } catch (InterruptedException e) {
            asked.interrupt();
            if (!begun) {
                awaitRoom();
            } else if (!endsWhenTold(message.id(), inbox)) {
                kill("a call of it did not end when it was told to");
            }
            Thread.currentThread().interrupt();
            throw cancelled();
        } finally {
            asked.end();
            calls.remove(message.id());
            for (Message left = inbox.poll(); left != null; left = inbox.poll()) {
                refuse(read(left));
            }
        }
    }

    private void begin(Answering asked, Message request, Answers answers) throws InterruptedException {
        try {
            asked.begin(() -> answer(request, answers));
        } catch (InterruptedException e) {
            refuse(read(request));
            throw e;
        }
    }

    /** Tells a call to end, and waits for that although this thread is interrupted. */
    private boolean endsWhenTold(long id, BlockingQueue<Message> inbox) {
        Message cancel = new Message(Message.Kind.CANCEL, id, 0, new byte[0]);
        boolean told = false;
        for (int moment = 0; moment < GRACE_MOMENTS; moment++) {
            try {
                if (!told) {
                    told = toSend.offer(cancel, MOMENT_MILLIS, TimeUnit.MILLISECONDS);
                    continue;
                }
                Message next = inbox.poll(MOMENT_MILLIS, TimeUnit.MILLISECONDS);
                if (next != null && read(next).kind() != Message.Kind.REQUEST) {
                    return true;
                }
                if (next != null) {
                    insist(failed(next, cancelled()));
                }
            } catch (InterruptedException e) {
                LOG.debug("Told again to end a call that is being ended");
            }
        }
        return over;
    }

    /** Answers what was asked in a call; it counts as unread until then. */
    private void answer(Message request, Answers answers) {
        try {
            Message answer = answered(request, answers);
            // An answer that says that nobody wants it any more has to get there, too.
            if (Thread.interrupted() || !enqueued(answer)) {
                insist(answer);
            }
        } finally {
            read(request);
        }
    }

    /** Whoever asked in a call that has ended hears of it: he would wait for ever. */
    private void refuse(Message message) {
        if (message.kind() == Message.Kind.REQUEST) {
            insist(failed(message, new IllegalStateException("The call has ended")));
        }
    }

    /** False when this thread was told to end first. */
    private boolean enqueued(Message message) {
        try {
            while (!over && !toSend.offer(message, MOMENT_MILLIS, TimeUnit.MILLISECONDS)) {
                // Once more.
            }
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private void enqueue(Message message) throws InterruptedException {
        while (!toSend.offer(message, MOMENT_MILLIS, TimeUnit.MILLISECONDS)) {
            if (over) {
                throw crashed();
            }
        }
    }

    /** Has something sent although nobody waits for it here any more, or has the process killed that takes nothing. */
    private void insist(Message message) {
        while (!over && !toSend.offer(message)) {
            awaitRoom();
        }
    }

    /** A process that takes nothing for as long as a call may take to end is killed; any other is let be. */
    private void awaitRoom() {
        long before = sent.get();
        boolean interrupted = false;
        int moment = 0;
        while (moment < GRACE_MOMENTS && !over && sent.get() == before && toSend.remainingCapacity() == 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(MOMENT_MILLIS));
            interrupted |= Thread.interrupted();
            moment++;
        }
        if (moment == GRACE_MOMENTS) {
            kill(DEAF);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Message read(Message message) {
        unread.addAndGet(-message.json().length);
        return message;
    }

    private Message answered(Message request, Answers answers) {
        try {
            JsonObject body = answers.answer(request.body(), part -> sendPart(request.id(), part));
            Message answer = Message.of(Message.Kind.ANSWER, request.id(), 0, body);
            return Channel.carries(answer) ? answer : failed(request, tooLong());
        } catch (RuntimeException | Error e) {
            return failed(request, e);
        }
    }

    private void sendPart(long request, String part) {
        try {
            enqueue(Message.of(Message.Kind.NOTE, request, 0, JsonObject.of("text", part)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cancelled();
        }
    }

    private static Message failed(Message request, Throwable e) {
        return Message.of(Message.Kind.FAILURE, request.id(), 0, Failures.write(e, "the host"));
    }

    private void receive() {
        try {
            while (true) {
                received(channel.receive());
            }
        } catch (IOException e) {
            LOG.debug("Nothing more comes from worker {}", process.pid(), e);
        } catch (RuntimeException e) {
            LOG.warn("Worker {} said what makes no sense", process.pid(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            try {
                String ending = process.end();
                reason.compareAndSet(Optional.empty(), Optional.of(ending));
            } finally {
                tellTheEnd();
            }
        }
    }

    private void tellTheEnd() {
        over = true;
        calls.values().forEach(inbox -> inbox.add(Message.END));
        // Wakes the thread that sends.
        toSend.clear();
        toSend.offer(Message.END);
        ended.accept(this);
    }

    private void received(Message message) throws InterruptedException, IOException {
        switch (message.kind()) {
            case NOTE -> notes.accept(message.body());
            case REQUEST -> {
                if (message.call() == 0) {
                    askedOutside(message);
                } else {
                    askedInside(message);
                }
            }
            case ANSWER, FAILURE -> {
                BlockingQueue<Message> inbox = calls.get(message.id());
                if (inbox != null) {
                    keep(message, inbox);
                }
            }
            default -> throw new IOException("A worker does not say " + message.kind());
        }
    }

    private void askedInside(Message request) throws InterruptedException, IOException {
        BlockingQueue<Message> inbox = calls.get(request.call());
        if (inbox == null) {
            enqueue(failed(request, new IllegalStateException("The call has ended")));
        } else {
            keep(request, inbox);
        }
    }

    private void keep(Message message, BlockingQueue<Message> inbox) throws IOException {
        if (inbox.size() >= MOST_UNREAD || unread.addAndGet(message.json().length) > MOST_UNREAD_BYTES) {
            throw new IOException("It says more than anybody can listen to");
        }
        inbox.add(message);
        long call = message.kind() == Message.Kind.REQUEST ? message.call() : message.id();
        if (calls.get(call) != inbox && inbox.remove(message)) {
            refuse(read(message));
        }
    }

    private void askedOutside(Message request) throws InterruptedException {
        asked.acquire();
        Thread.ofVirtual().name("asked-by-" + process.pid()).start(() -> {
            try {
                enqueued(answered(request, outside));
            } finally {
                asked.release();
            }
        });
    }

    private void send() {
        try {
            while (!over) {
                Message next = toSend.take();
                if (next.kind() != Message.Kind.END) {
                    channel.send(next);
                    sent.incrementAndGet();
                }
            }
        } catch (IOException e) {
            kill(DEAF);
            discard();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whoever still has something to say gets rid of it: the end is not heard before that. */
    private void discard() {
        try {
            while (!over) {
                toSend.poll(MOMENT_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the process at once. */
    void kill(String why) {
        reason.compareAndSet(Optional.empty(), Optional.of(why));
        process.kill();
    }

    @Override
    public void close() {
        kill("the plugin was unloaded");
    }

    AgentOsException crashed() {
        return new AgentOsException(
                WorkerErrorCode.CRASHED,
                "The process of the plugin ended in the middle of the call: " + reason() + ".",
                "Try again: the process is started anew. If it happens again, look at the plugin's log, and give the"
                        + " process more memory or report it to the plugin's author.");
    }

    private static AgentOsException cancelled() {
        return new AgentOsException(
                KernelErrorCode.CANCELLED, "The call was taken back.", "Make it again when you want it done.");
    }

    private static AgentOsException tooLong() {
        return new AgentOsException(
                WorkerErrorCode.MESSAGE_TOO_LONG,
                "What the call carries is longer than the 32 MiB, or more than the million values and names, that go"
                        + " between the server and a plugin's process.",
                "Carry less, or run the plugin in the server's process.");
    }
}
