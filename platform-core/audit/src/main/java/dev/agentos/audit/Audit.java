package dev.agentos.audit;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes records, many in one transaction, by one thread: what waits meanwhile goes into the next. Records that nobody
 * waits for are gathered for a moment, because a transaction for each of them costs more than they do. What cannot be
 * written is kept and tried again until it can.
 */
public final class Audit implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
    private static final int MOST_WAITING = 10_000;
    private static final int AT_ONCE = 500;
    private static final long PAUSE_MILLIS = 200;
    private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
    private static final long SETTLE_MILLIS = 1_000;

    private final AuditStore store;
    private final Duration patience;
    private final AuditCheckpoints checkpoints;
    private final BlockingQueue<Waiting> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Refusals refusals = new Refusals(InstantSource.system());
    private final Thread writer = Thread.ofVirtual().name("audit").unstarted(this::write);
    /** Notes of changes whose records this server is going to write. */
    private final Set<String> expected = ConcurrentHashMap.newKeySet();
    /** How many wait for a record of theirs. */
    private final AtomicInteger awaited = new AtomicInteger();

    private volatile boolean closing;

    /** An entry, or without one whoever wants to know that those before it are written. */
    private record Waiting(Optional<AuditEntry> entry, Optional<String> noted, CompletableFuture<Boolean> written) {
        static Waiting forThoseBefore() {
            return new Waiting(Optional.empty(), Optional.empty(), new CompletableFuture<>());
        }
    }

    /**
     * Records kept in that store.
     *
     * @param patience how long whoever records something waits for it to be durable
     * @param checkpoints of the same store
     */
    public Audit(AuditStore store, Duration patience, AuditCheckpoints checkpoints) {
        this.store = store;
        this.checkpoints = checkpoints;
        this.patience = patience;
        writer.start();
    }

    /**
     * Does work of a request. As long as that takes, and until its record is written, no server takes what it has noted
     * for {@link #sweep abandoned}.
     */
    public <T, X extends Throwable> T during(ScopedValue.CallableOp<T, X> work) throws X {
        return Act.during(expected, work);
    }

    /**
     * Records something and waits until it is durable.
     *
     * @throws AgentOsException {@code audit:NOT_RECORDED} when that takes too long; it is written later all the same,
     *     if the server lives so long
     */
    public void record(AuditEntry entry) {
        awaited.incrementAndGet();
        try {
            CompletableFuture<Boolean> written = queue(entry);
            LockSupport.unpark(writer);
            written.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw notRecorded(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notRecorded(e);
        } finally {
            awaited.decrementAndGet();
        }
    }

    /** Records something that may be written a moment later; a server that is killed in that moment forgets it. */
    public void note(AuditEntry entry) {
        try {
            queue(entry);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notRecorded(e);
        }
    }

    private CompletableFuture<Boolean> queue(AuditEntry entry) throws InterruptedException {
        Waiting one = new Waiting(Optional.of(scrubbed(entry)), Act.kept(), new CompletableFuture<>());
        if (!waiting.offer(one, patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw notRecorded(new TimeoutException("The queue is full"));
        }
        Act.handOver();
        return one.written();
    }

    /** A record can never be taken back, so that a key in a reason or a name must not come into one. */
    private static AuditEntry scrubbed(AuditEntry entry) {
        return new AuditEntry(
                entry.tenant(),
                entry.at(),
                entry.actor(),
                entry.action(),
                AuditEntry.CREDENTIALS.object(entry.target()),
                entry.outcome(),
                AuditEntry.CREDENTIALS.object(entry.details()));
    }

    private static AgentOsException notRecorded(Exception cause) {
        return new AgentOsException(
                AuditErrorCode.NOT_RECORDED,
                "What was done could not be recorded in time, so that it is not acknowledged.",
                "Look whether it was done, and at the database; the record is written when that can be.",
                cause);
    }

    private void write() {
        List<Waiting> batch = new ArrayList<>();
        boolean troubled = false;
        while (true) {
            try {
                if (batch.isEmpty()) {
                    Waiting first = waiting.poll(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
                    if (first != null) {
                        batch.add(first);
                        if (awaited.get() == 0 && !closing) {
                            LockSupport.parkNanos(this, GATHER_NANOS);
                        }
                        waiting.drainTo(batch, AT_ONCE - 1);
                    }
                    addRefusals(batch);
                    if (batch.isEmpty()) {
                        if (closing) {
                            return;
                        }
                        continue;
                    }
                }
                List<AuditEntry> entries =
                        batch.stream().flatMap(one -> one.entry().stream()).toList();
                if (!entries.isEmpty()) {
                    store.append(
                            entries,
                            batch.stream().flatMap(one -> one.noted().stream()).collect(Collectors.toSet()));
                }
                batch.forEach(this::written);
                batch.clear();
                troubled = false;
            } catch (InterruptedException e) {
                closing = true;
            } catch (RuntimeException e) {
                if (!troubled) {
                    LOG.warn("{} records wait to be written; it is tried again", batch.size(), e);
                }
                troubled = true;
                if (closing) {
                    LOG.error("{} records are lost: the server ends and they cannot be written", batch.size());
                    return;
                }
                pause();
            }
        }
    }

    private void written(Waiting one) {
        one.noted().ifPresent(expected::remove);
        one.written().complete(true);
    }

    /** The last time, nobody can wait any more for a minute to be over. */
    private void addRefusals(List<Waiting> batch) {
        refusals.due(closing && waiting.isEmpty())
                .forEach(entry -> batch.add(
                        new Waiting(Optional.of(scrubbed(entry)), Optional.empty(), new CompletableFuture<>())));
    }

    /**
     * Says which records are to be expected of this server, and records what servers have changed that ended before
     * they recorded it; to be called now and then, on every server.
     *
     * @param age for how long nothing may be heard of a server; some times as long as between two calls
     */
    public void sweep(Duration age) {
        store.renew(expected);
        while (store.appendAbandoned(age, AT_ONCE, Audit::interrupted) == AT_ONCE) {
            LOG.debug("There is more that was changed and not recorded");
        }
    }

    private static AuditEntry interrupted(JsonObject noted, Instant at) {
        JsonObject interrupted = JsonObject.of("interrupted", "true");
        JsonObject details = noted.text("traceId")
                .map(id -> interrupted.with("traceId", new JsonString(id)))
                .orElse(interrupted);
        return scrubbed(new AuditEntry(
                noted.text("tenant").map(TenantId::new),
                at.truncatedTo(ChronoUnit.MICROS),
                noted.text("actor").orElse(""),
                noted.text("action").orElse(""),
                noted.object("target").orElse(JsonObject.EMPTY),
                AuditEntry.Outcome.DONE,
                noted.object("before").map(was -> details.with("before", was)).orElse(details)));
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Counts requests that were refused because of who sent them, and records their numbers. */
    public Refusals refusals() {
        return refusals;
    }

    /** Waits a moment for what this server has yet to write, so that whoever reads finds what he has just done. */
    private void settle() {
        awaited.incrementAndGet();
        try {
            Waiting marker = Waiting.forThoseBefore();
            if (!closing && waiting.offer(marker)) {
                LockSupport.unpark(writer);
                marker.written().get(SETTLE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (TimeoutException | ExecutionException e) {
            LOG.debug("Records are read while others wait to be written");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            awaited.decrementAndGet();
        }
    }

    /** Records that fit, before that number, the newest first. */
    public List<AuditRecord> find(Optional<TenantId> tenant, AuditStore.Filter filter, long before, int most) {
        settle();
        return store.find(tenant, filter, before, most);
    }

    /** Records that fit, behind that number, in order. */
    public List<AuditRecord> read(Optional<TenantId> tenant, AuditStore.Filter filter, long after, int most) {
        settle();
        return store.kept(tenant, filter, after, most).stream()
                .map(AuditStore.Kept::record)
                .toList();
    }

    /** What is signed of the chains. */
    public AuditCheckpoints checkpoints() {
        return checkpoints;
    }

    /**
     * Reads a whole chain and tells whether it is as it was written.
     *
     * @param known an end that the chain had once, as whoever asks remembers it
     */
    public AuditVerification verify(Optional<TenantId> tenant, Optional<AuditStore.Head> known) {
        settle();
        return new AuditVerifier(store, tenant, known, checkpoints.publicKey()).verify();
    }

    /** Writes what waits, and ends. */
    @Override
    public void close() throws InterruptedException {
        closing = true;
        writer.join(Duration.ofSeconds(10));
    }
}
