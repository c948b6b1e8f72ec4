package dev.agentos.http.sockets;

import dev.agentos.http.internal.EventModes;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.limits.RateLimits;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Fields;
import dev.agentos.web.HttpErrorCode;
import dev.agentos.web.Problem;
import dev.agentos.web.events.EventLog;
import dev.agentos.web.events.EventStreams;
import dev.agentos.web.events.Follower;
import dev.agentos.web.events.Subscription;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's socket. It reads one text at a time, the next when that is answered; what is read of the logs is bounded
 * by what waits to be sent, so that a client that takes nothing costs its own buffer and is dropped after a while. It
 * is public for the container alone, which calls what it implements.
 */
public final class EventSocket implements Session.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(EventSocket.class);

    /** How many executions one socket follows at most. */
    static final int MOST_SUBSCRIPTIONS = 100;

    /** How long a text of a client may be, in bytes. */
    static final int MOST_TEXT_BYTES = 16 * 1024;

    /** No more is read from the logs while so many characters wait to be sent. */
    private static final int FULL_CHARACTERS = 64 * 1024;

    private final Sockets sockets;
    private final Visitor visitor;
    private final Map<String, Subscription> subscriptions = new ConcurrentHashMap<>();

    private final Object sending = new Object();
    private final Deque<String> waiting = new ArrayDeque<>();
    private long waitingCharacters;
    private boolean sends;
    private boolean heldBack;
    private boolean closed;
    private long lastSent = System.nanoTime();
    private long askedSince;

    private final Sender sender = new Sender();
    private @Nullable Session session;
    private EventStreams.@Nullable Watch watch;

    EventSocket(Sockets sockets, Visitor visitor) {
        this.sockets = sockets;
        this.visitor = visitor;
    }

    /**
     * Who opened a socket.
     *
     * @param reach the agents whose executions are there for it
     * @param follower by which credential, and whether it still lets in
     */
    record Visitor(TenantId tenant, Principal principal, Reach reach, Follower follower) {}

    @Override
    public void onWebSocketOpen(Session opened) {
        opened.setMaxTextMessageSize(MOST_TEXT_BYTES);
        opened.setMaxFrameSize(MOST_TEXT_BYTES);
        // Pings keep it open for as long as the client answers them.
        opened.setIdleTimeout(Duration.ZERO);
        synchronized (sending) {
            session = opened;
            watch = sockets.streams()
                    .watch(
                            visitor.follower().credential(),
                            visitor.follower().allowed(),
                            () -> close(StatusCode.POLICY_VIOLATION, "the credential is no longer valid"),
                            this::tick);
        }
        opened.demand();
    }

    @Override
    public void onWebSocketText(String text) {
        // Finding an execution asks the database, which is nothing for a thread of the connections.
        aside(() -> {
            answer(text);
            synchronized (sending) {
                if (waitingCharacters >= FULL_CHARACTERS) {
                    // Who asks and takes no answers is asked for nothing more until he does.
                    heldBack = true;
                    return;
                }
            }
            demand();
        });
    }

    private static void aside(Runnable work) {
        Thread.ofVirtual().name("socket").start(work);
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        callback.succeed();
        close(StatusCode.BAD_DATA, "only texts are understood here");
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
        synchronized (sending) {
            askedSince = 0;
        }
        demand();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        LOG.debug("A socket of {} failed: {}", visitor.principal().id(), cause.toString());
        end();
    }

    @Override
    public void onWebSocketClose(int code, String reason, Callback callback) {
        end();
        callback.succeed();
    }

    private void demand() {
        Session open = openSession();
        if (open != null && open.isOpen()) {
            open.demand();
        }
    }

    private @Nullable Session openSession() {
        synchronized (sending) {
            return closed ? null : session;
        }
    }

    private void answer(String text) {
        JsonObject asked = JsonObject.EMPTY;
        try {
            if (!visitor.principal().platform()) {
                RateLimits.refusal(sockets.limits()
                                .count(visitor.tenant(), visitor.principal().id()))
                        .ifPresent(refusal -> {
                            throw refusal;
                        });
            }
            asked = Json.parseObject(text);
            Fields fields = Fields.of(asked, "SocketRequest");
            String type = fields.requiredText("type", 20);
            String execution = fields.requiredText("execution", 100);
            switch (type) {
                case "subscribe" -> subscribe(execution, fields, asked);
                case "unsubscribe" -> unsubscribe(execution, asked);
                default -> throw Fields.invalid("type", "can only be 'subscribe' or 'unsubscribe'");
            }
        } catch (RuntimeException e) {
            Problem problem = Problem.of(e);
            if (problem.defect()) {
                LOG.error(
                        "A text on a socket of {} could not be answered",
                        visitor.principal().id(),
                        e);
            }
            send(message("problem", asked.text("execution").orElse(""))
                    .with("problem", problem.toJson("/api/v1/ws", "")));
        }
    }

    private void subscribe(String execution, Fields fields, JsonObject asked) {
        long after = Follower.after(fields.text("after").orElse(null));
        Optional<String> until = fields.text("until");
        if (until.isPresent() && !until.get().equals("waiting")) {
            throw Fields.invalid("until", "can only be 'waiting'");
        }
        EventLog log = sockets.logs()
                .of(
                        visitor.tenant(),
                        visitor.reach(),
                        execution,
                        after,
                        until.isPresent(),
                        EventModes.of(fields.text("modes").orElse(null)));
        Subscription before;
        int others;
        synchronized (sending) {
            // Where the end of one is put behind what was said of it: of one that is not here, all is said.
            before = subscriptions.get(execution);
            others = subscriptions.size();
        }
        if (before == null && others >= MOST_SUBSCRIPTIONS) {
            throw new AgentOsException(
                    HttpErrorCode.TOO_MANY_SUBSCRIPTIONS,
                    "This socket follows " + MOST_SUBSCRIPTIONS + " executions already.",
                    "Unsubscribe from one, or open another socket.");
        }
        EventStreams.Place place = place(execution, before);
        send(message("subscribed", execution).with("request", asked));
        Subscription subscription = sockets.streams()
                .subscribe(
                        visitor.follower().about(execution),
                        log,
                        after == 0 ? "" : String.valueOf(after),
                        new Forward(execution),
                        place);
        subscriptions.put(execution, subscription);
        if (subscription.over()) {
            // It came to its end meanwhile; what it says of that is waited for, see above.
            subscription.close();
            forget(execution);
        }
        synchronized (sending) {
            if (!closed) {
                return;
            }
        }
        end();
    }

    /** A place for what replaces another one, which ends here; it is told to have ended when there is none for both. */
    private EventStreams.Place place(String execution, @Nullable Subscription before) {
        String tenant = visitor.follower().tenant();
        Optional<EventStreams.Place> free = sockets.streams().take(tenant);
        if (before == null) {
            return free.orElseGet(() -> sockets.streams().require(tenant));
        }
        before.close();
        try {
            return free.orElseGet(() -> sockets.streams().require(tenant));
        } catch (AgentOsException e) {
            if (subscriptions.remove(execution, before)) {
                send(end(execution, "there is no place for what was to replace it"));
            }
            throw e;
        }
    }

    private static JsonObject end(String execution, String reason) {
        return message("end", execution).with("reason", reason.isEmpty() ? JsonNull.NULL : new JsonString(reason));
    }

    /** Asks it outside of the map: whoever reads on holds it, and comes here. */
    private void forget(String execution) {
        Subscription one = subscriptions.get(execution);
        if (one != null && one.over()) {
            subscriptions.remove(execution, one);
        }
    }

    private void unsubscribe(String execution, JsonObject asked) {
        Subscription subscription = subscriptions.remove(execution);
        if (subscription == null) {
            throw new AgentOsException(
                    KernelErrorCode.NOT_FOUND,
                    "This socket does not follow the execution '" + execution + "'.",
                    "Unsubscribe from what was subscribed to and has not ended.");
        }
        subscription.close();
        send(message("unsubscribed", execution).with("request", asked));
    }

    private static JsonObject message(String type, String execution) {
        JsonObject message = JsonObject.of("type", type);
        return execution.isEmpty() ? message : message.with("execution", execution);
    }

    /** Hands the events of one execution to the client. */
    private final class Forward implements Subscription.Sink {

        private final String execution;

        Forward(String execution) {
            this.execution = execution;
        }

        @Override
        public boolean full() {
            synchronized (sending) {
                return waitingCharacters >= FULL_CHARACTERS;
            }
        }

        @Override
        public void event(EventLog.Entry entry) {
            send(message("event", execution)
                    .with(
                            "event",
                            JsonObject.of("sequence", entry.sequence(), "type", entry.type())
                                    .overlaidBy(entry.data())));
        }

        @Override
        public void gap(JsonObject data) {
            send(message("gap", execution).with("gap", data));
        }

        @Override
        public void ended(String reason) {
            String text = Json.write(EventSocket.end(execution, reason));
            synchronized (sending) {
                // Together, so that it is behind the end that the same one can be subscribed to anew.
                forget(execution);
                put(text);
            }
            sender.iterate();
        }
    }

    private void send(JsonObject message) {
        String text = Json.write(message);
        synchronized (sending) {
            put(text);
        }
        sender.iterate();
    }

    /** Under the lock. */
    private void put(String text) {
        if (!closed) {
            waiting.add(text);
            waitingCharacters += text.length();
        }
    }

    /** Sends what waits, one text after the other; each is under way alone, so that nothing piles up below. */
    private final class Sender extends IteratingCallback {

        private int underWay;

        @Override
        protected Action process() {
            String next;
            Session open;
            boolean room;
            boolean asks;
            synchronized (sending) {
                boolean full = waitingCharacters >= FULL_CHARACTERS;
                waitingCharacters -= underWay;
                room = full && waitingCharacters < FULL_CHARACTERS;
                asks = room && heldBack;
                heldBack &= !asks;
                open = session;
                next = closed ? null : waiting.poll();
                underWay = next == null ? 0 : next.length();
                lastSent = System.nanoTime();
                sends = next != null;
            }
            if (room) {
                // Not here, where one of them may be in the middle of what it hands over.
                aside(() -> {
                    List.copyOf(subscriptions.values()).forEach(Subscription::roomAgain);
                    if (asks) {
                        demand();
                    }
                });
            }
            if (next == null || open == null) {
                return Action.IDLE;
            }
            open.sendText(next, Callback.from(this::succeeded, this::failed));
            return Action.SCHEDULED;
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            onWebSocketError(cause);
        }
    }

    /** Asks a silent client whether it lives, and drops one that does not answer or takes nothing. */
    private void tick(long now) {
        boolean dead;
        boolean ask;
        Session open;
        synchronized (sending) {
            open = session;
            dead = (sends && now - lastSent > sockets.stall().toNanos())
                    || (askedSince != 0 && now - askedSince > sockets.stall().toNanos());
            ask = !dead
                    && !sends
                    && askedSince == 0
                    && now - lastSent > sockets.heartbeat().toNanos();
            if (ask) {
                askedSince = now;
                lastSent = now;
            }
        }
        if (open == null) {
            return;
        }
        if (dead) {
            LOG.info(
                    "A client on a socket of {} does not answer and is dropped; it may resume",
                    visitor.principal().id());
            open.disconnect();
            end();
        } else if (ask) {
            open.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
        }
    }

    private void close(int code, String reason) {
        Session open = openSession();
        end();
        if (open != null) {
            // Whoever does not answer the close, or cannot be told of it, is disconnected; that has to be read as well.
            open.setIdleTimeout(sockets.stall());
            open.close(code, reason, Callback.from(() -> {}, failure -> open.disconnect()));
            try {
                open.demand();
            } catch (IllegalStateException demanded) {
                LOG.trace("The next text is asked for already", demanded);
            }
        }
    }

    /** Follows nothing any more. */
    private void end() {
        EventStreams.Watch watched;
        synchronized (sending) {
            closed = true;
            waiting.clear();
            watched = watch;
        }
        if (watched != null) {
            watched.close();
        }
        List.copyOf(subscriptions.values()).forEach(Subscription::close);
        subscriptions.clear();
    }
}
