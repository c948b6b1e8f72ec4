package dev.agentos.webhooks;

import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.outbound.OutboundErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import dev.agentos.tenancy.TenantId;
import dev.agentos.webhooks.Delivery.Attempt;
import dev.agentos.webhooks.WebhookStore.Claimed;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what is due. What has ended on this server is sent at once; what has ended on one that is gone, or was
 * cancelled while it waited, is found by looking at all that waits, bit by bit. An execution that nobody wants to be
 * told of costs nothing here: as long as none is known that somebody does, ends are not even noted.
 */
public final class Deliverer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Deliverer.class);

    /** Before a message is sent, and behind it before that is written down; tests end servers there. */
    private static final String BEFORE = "beforeWebhook";

    private static final String AFTER = "afterWebhook";

    private static final int MOST = 64;
    private static final int MOST_OF_A_TENANT = 16;
    private static final int MOST_NOTED = 10_000;
    private static final int LOOKED_AT = 1_000;
    private static final int GONE = 410;
    private static final int KEPT_BYTES = 512;
    private static final int KEPT = 200;
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    /** Longer than an attempt takes with all around it. */
    private static final Duration LEASE = Duration.ofSeconds(60);

    /** When the database could not say what signs. */
    private static final Duration BEFORE_ANEW = Duration.ofSeconds(3);

    private static final Duration LONGEST_STOP = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
    private static final Duration EXPECTING = Duration.ofSeconds(10);
    /** What ends a moment after another one is looked up together with it. */
    private static final Duration GATHERING = Duration.ofMillis(50);

    private final WebhookStore store;
    private final Secrets secrets;
    private final Receivers receivers;
    private final InstantSource clock;
    private final Failpoints failpoints;
    private final DeliveryMeter meter;
    private final SecureRandom random = new SecureRandom();
    private final Map<TenantId, Integer> sending = new ConcurrentHashMap<>();
    private final Queue<String> ended = new LinkedBlockingQueue<>(MOST_NOTED);
    private final ExecutorService senders = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("webhook-", 0).factory());
    /** Until when there may be somebody who wants to be told of an end on this server. */
    private final AtomicLong expectingUntil = new AtomicLong(System.nanoTime());

    private volatile Runnable wake = () -> {};
    private volatile boolean more;
    private long lookedAt = System.nanoTime() - BETWEEN_LOOKS.toNanos();
    private String lookedBehind = "";

    Deliverer(
            WebhookStore store,
            Secrets secrets,
            Receivers receivers,
            InstantSource clock,
            Failpoints failpoints,
            DeliveryMeter meter) {
        this.store = store;
        this.secrets = secrets;
        this.receivers = receivers;
        this.clock = clock;
        this.failpoints = failpoints;
        this.meter = meter;
    }

    /** Calls that when there is something to look at, on threads that it must not block. */
    public void onDue(Runnable waker) {
        wake = waker;
    }

    /** An execution has been or is being admitted whose end somebody wants to know. */
    void expect() {
        expectingUntil.set(System.nanoTime() + EXPECTING.toNanos());
    }

    /** An execution has ended on this server; returns at once. */
    public void ended(String execution) {
        if (System.nanoTime() - expectingUntil.get() < 0 && ended.offer(execution)) {
            wake.run();
        }
    }

    /** There is something due. */
    void due() {
        wake.run();
    }

    /** Sends what is due; to be called again and again, by one thread. */
    public void look() throws InterruptedException {
        List<String> noted = new ArrayList<>();
        for (String one = ended.poll(); one != null; one = ended.poll()) {
            noted.add(one);
        }
        if (!noted.isEmpty()) {
            store.ended(noted);
        }
        if (System.nanoTime() - lookedAt >= BETWEEN_LOOKS.toNanos()) {
            lookedAt = System.nanoTime();
            Optional<String> last = store.lookBehind(lookedBehind, LOOKED_AT);
            if (last.isPresent()) {
                expect();
            }
            lookedBehind = last.orElse("");
        }
        send();
        TimeUnit.NANOSECONDS.sleep(GATHERING.toNanos());
    }

    private void send() {
        int room = MOST - sending.values().stream().mapToInt(Integer::intValue).sum();
        more = room <= 0;
        while (room > 0) {
            List<TenantId> busy = sending.entrySet().stream()
                    .filter(one -> one.getValue() >= MOST_OF_A_TENANT)
                    .map(Map.Entry::getKey)
                    .toList();
            List<Claimed> claimed = store.claim(room, MOST_OF_A_TENANT, busy, LEASE);
            more = more || !busy.isEmpty() || claimed.size() == room;
            if (claimed.isEmpty()) {
                return;
            }
            claimed.forEach(one -> {
                sending.merge(one.delivery().tenant(), 1, Integer::sum);
                senders.execute(() -> run(one));
            });
            room -= claimed.size();
        }
    }

    private void run(Claimed claimed) {
        try {
            attempt(claimed);
        } catch (RuntimeException e) {
            // It is due again when this server's time for it is over.
            LOG.warn(
                    "What came of the delivery {} could not be kept",
                    claimed.delivery().id(),
                    e);
        } finally {
            sending.computeIfPresent(claimed.delivery().tenant(), (tenant, now) -> now == 1 ? null : now - 1);
            if (more) {
                wake.run();
            }
        }
    }

    private void attempt(Claimed claimed) {
        Instant at = clock.instant();
        failpoints.reach(BEFORE);
        Outcome outcome;
        try {
            outcome = outcome(receivers.send(request(claimed, at), KEPT_BYTES));
        } catch (RuntimeException e) {
            if (handedBack(claimed, e)) {
                return;
            }
            outcome = failed(claimed, e);
        }
        failpoints.reach(AFTER);
        keep(claimed, at, outcome);
    }

    /** Whether this server is why nothing was heard: the receiver keeps all of its attempts. */
    private boolean handedBack(Claimed claimed, RuntimeException e) {
        Optional<ErrorCode> code =
                e instanceof AgentOsException known ? Optional.of(known.errorCode()) : Optional.empty();
        // This server stops, wherever that was met; another one goes on.
        boolean stops = Thread.interrupted() || code.equals(Optional.of(OutboundErrorCode.INTERRUPTED));
        if (!stops && !code.equals(Optional.of(KernelErrorCode.DATABASE_UNAVAILABLE))) {
            return false;
        }
        LOG.debug("The delivery {} is put off", claimed.delivery().id(), e);
        store.handBack(claimed, stops ? Duration.ZERO : BEFORE_ANEW);
        return true;
    }

    private static Outcome failed(Claimed claimed, RuntimeException e) {
        if (e instanceof AgentOsException known) {
            return Outcome.failed(
                    known.errorCode().type() == ErrorType.DENIED ? DeliveryState.GIVEN_UP : DeliveryState.DUE,
                    known.errorCode().code() + ": " + known.getMessage());
        }
        LOG.warn("The delivery {} could not be sent", claimed.delivery().id(), e);
        return Outcome.failed(DeliveryState.DUE, "The server met an error that it did not expect.");
    }

    /** What came of an attempt. */
    private record Outcome(DeliveryState state, Optional<Integer> status, Optional<String> failure) {

        static Outcome failed(DeliveryState state, String why) {
            return new Outcome(state, Optional.empty(), Optional.of(readable(why)));
        }
    }

    private static Outcome outcome(HttpResponse answer) {
        Optional<Integer> status = Optional.of(answer.status());
        if (answer.status() / 100 == 2) {
            return new Outcome(DeliveryState.DELIVERED, status, Optional.empty());
        }
        String said = new String(answer.body(), StandardCharsets.UTF_8).strip();
        return new Outcome(
                answer.status() == GONE ? DeliveryState.GIVEN_UP : DeliveryState.DUE,
                status,
                Optional.of(readable("HTTP " + answer.status() + (said.isEmpty() ? "" : ": " + said))));
    }

    private HttpRequest request(Claimed claimed, Instant at) {
        byte[] body = claimed.ending().body();
        String id = claimed.delivery().id();
        return HttpRequest.of("POST", URI.create(claimed.delivery().url()))
                .withBody("application/json", body)
                .withHeader("webhook-id", id)
                .withHeader("webhook-timestamp", Long.toString(at.getEpochSecond()))
                .withHeader(
                        "webhook-signature",
                        SigningSecret.signatures(
                                secrets.signing(claimed.delivery().tenant()), id, at, body))
                .withTimeout(TIMEOUT);
    }

    private void keep(Claimed claimed, Instant at, Outcome outcome) {
        int attempts = claimed.delivery().attempts();
        boolean enough = outcome.state() == DeliveryState.DUE && attempts >= Schedule.ATTEMPTS;
        DeliveryState state = enough ? DeliveryState.GIVEN_UP : outcome.state();
        store.attempted(
                claimed, new Attempt(at, outcome.status(), outcome.failure()), state, Schedule.pause(attempts, random));
        meter.attempted(state);
    }

    /** On one line, and not long. */
    private static String readable(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\\uFFFD]+", " ");
        return line.substring(0, line.offsetByCodePoints(0, Math.min(KEPT, line.codePointCount(0, line.length()))));
    }

    /** Stops; what is being sent has a moment to end and is given back then. */
    @Override
    public void close() throws InterruptedException {
        senders.shutdownNow();
        if (!senders.awaitTermination(LONGEST_STOP.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warn("Some deliveries did not stop; another server sends them again");
        }
    }
}
