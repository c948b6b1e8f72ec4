package dev.agentos.web.events;

import dev.agentos.spi.AgentOsException;
import dev.agentos.web.HttpErrorCode;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open event streams. None holds a thread: one timer looks after all of them, and a short virtual thread reads a
 * log when a hint or the timer says so. A stream reads only as far ahead as its client has room for, so a slow client
 * costs its own bounded buffer, and one that reads nothing is dropped; the log lets it resume where it was.
 */
public final class EventStreams implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);
    private static final long TICK_MILLIS = 50;
    private static final long MIN_POLL_MILLIS = 100;

    /** The timer polls all streams together no more than 1,000 / this many times a second. */
    private static final long POLL_MILLIS_A_STREAM = 5;

    /** Unless it is set. */
    private static final int MOST_OF_A_TENANT = 1_000;

    private static final int CONCURRENT_READS = 8;
    private static final long CREDENTIAL_CHECK_NANOS = Duration.ofSeconds(2).toNanos();

    private final Duration heartbeat;
    private final Duration stall;
    private final Map<LogReader, Place> streams = new ConcurrentHashMap<>();
    private final Map<String, Integer> ofTenants = new ConcurrentHashMap<>();
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final Map<String, Set<Runnable>> waiters = new ConcurrentHashMap<>();
    private final Semaphore reads = new Semaphore(CONCURRENT_READS);
    private final ExecutorService readers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("stream-", 0).factory());
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("event-streams").factory());
    private final AtomicBoolean checking = new AtomicBoolean();
    private long lastCheck = System.nanoTime();
    private volatile int most = MOST_OF_A_TENANT;
    private volatile boolean closed;

    /**
     * No streams yet.
     *
     * @param heartbeat how often a silent stream shows that it lives
     * @param stall how long a client may read nothing
     */
    public EventStreams(Duration heartbeat, Duration stall) {
        this.heartbeat = heartbeat;
        this.stall = stall;
        timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Sets how many a tenant may have open at once. */
    public void bound(int mostOfATenant) {
        most = mostOfATenant;
    }

    /** A place among the streams that a tenant may have open at once, until it is closed. */
    public final class Place implements AutoCloseable {

        private final String tenant;
        private final AtomicBoolean left = new AtomicBoolean();

        private Place(String tenant) {
            this.tenant = tenant;
        }

        @Override
        public void close() {
            if (left.compareAndSet(false, true)) {
                ofTenants.computeIfPresent(tenant, (id, open) -> open == 1 ? null : open - 1);
            }
        }
    }

    /**
     * Takes a place for one more stream; however many ask at once, no more than there are get one.
     *
     * @param tenant the id of the tenant; empty for the platform
     * @return nothing when the tenant has as many open as it may
     */
    public Optional<Place> take(String tenant) {
        AtomicBoolean taken = new AtomicBoolean();
        int bound = most;
        ofTenants.compute(tenant, (id, open) -> {
            int now = open == null ? 0 : open;
            taken.set(now < bound);
            return now < bound ? Integer.valueOf(now + 1) : open;
        });
        return taken.get() ? Optional.of(new Place(tenant)) : Optional.empty();
    }

    /**
     * The same where there must be one.
     *
     * @throws AgentOsException {@code server:TOO_MANY_STREAMS}
     */
    public Place require(String tenant) {
        return take(tenant)
                .orElseThrow(() -> new AgentOsException(
                        HttpErrorCode.TOO_MANY_STREAMS,
                        "This tenant has " + most
                                + " event streams open at this server, and may have no more (streams-per-tenant).",
                        "Close some, or read pages: the same address gives them for Accept: application/json."));
    }

    /**
     * Answers a request with the events of a log; one for the head alone with how they would be answered.
     *
     * @param resumeAfter the client's {@code Last-Event-ID}; empty for all events
     * @param place of the follower's tenant; is given back when the stream has ended, or never began
     */
    public void open(
            HttpServletRequest request,
            HttpServletResponse response,
            Follower follower,
            EventLog log,
            String resumeAfter,
            Place place)
            throws IOException {
        boolean begun = false;
        try {
            begun = begin(request, response, follower, log, resumeAfter, place);
        } finally {
            if (!begun) {
                place.close();
            }
        }
    }

    private boolean begin(
            HttpServletRequest request,
            HttpServletResponse response,
            Follower follower,
            EventLog log,
            String resumeAfter,
            Place place)
            throws IOException {
        response.setStatus(200);
        response.setContentType("text/event-stream");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("X-Accel-Buffering", "no");
        response.setBufferSize(1_024);
        if (request.getMethod().equals("HEAD")) {
            // Nobody would ever read a stream, nor learn that it goes on.
            response.flushBuffer();
            return false;
        }
        AsyncContext async = request.startAsync(request, response);
        async.setTimeout(0);
        ServletContextRequest jetty = ServletContextRequest.getServletContextRequest(request);
        EventStream stream = new EventStream(
                this,
                follower,
                log,
                resumeAfter,
                () -> jetty.getConnectionMetaData()
                        .getConnection()
                        .getEndPoint()
                        .close(new IOException("The client reads nothing")));
        add(stream, place);
        stream.start(async, response.getOutputStream());
        endIfClosed(stream);
        return true;
    }

    /**
     * Hands the events of a log to a sink, on threads of its own.
     *
     * @param resumeAfter the number of the last event that the client has; empty for all events
     * @param place of the follower's tenant; is given back when the subscription has ended
     */
    public Subscription subscribe(
            Follower follower, EventLog log, String resumeAfter, Subscription.Sink sink, Place place) {
        Subscription subscription = new Subscription(this, follower, log, resumeAfter, sink);
        add(subscription, place);
        subscription.beginAside();
        endIfClosed(subscription);
        return subscription;
    }

    /** Whether somebody follows that topic here. */
    public boolean followed(String topic) {
        return waiters.containsKey(topic);
    }

    /** Something was added to the log of that topic. */
    public void wake(String topic) {
        Set<Runnable> waiting = waiters.get(topic);
        if (waiting != null) {
            waiting.forEach(Runnable::run);
        }
    }

    /**
     * Blocks a virtual thread until something is so, at most that long, or until the server stops.
     *
     * @param topic hints about it look again at once
     */
    public boolean await(String topic, Duration most, BooleanSupplier condition) {
        long end = System.nanoTime() + most.toNanos();
        while (!condition.getAsBoolean()) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0 || closed) {
                return false;
            }
            CountDownLatch hint = new CountDownLatch(1);
            Runnable waiter = hint::countDown;
            addWaiter(topic, waiter);
            try {
                hint.await(Math.min(left, pollMillis(1)), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            } finally {
                removeWaiter(topic, waiter);
            }
        }
        return true;
    }

    /**
     * Looks also after an answer that somebody else writes: ends it when its credential is revoked.
     *
     * @param credential what is asked about; answers with equal ones are asked for once
     * @param allowed whether it may still have the answer; asked now and then
     * @param end ends the answer; blocks nobody
     */
    public Watch watch(Object credential, BooleanSupplier allowed, Runnable end) {
        return watch(credential, allowed, end, now -> {});
    }

    /** The same, and something more is looked after: called often, with the time by {@link System#nanoTime}. */
    public Watch watch(Object credential, BooleanSupplier allowed, Runnable end, LongConsumer tick) {
        Watch watch = new Watch(credential, allowed, end, tick);
        watches.add(watch);
        return watch;
    }

    /** An answer that is looked after until this is closed. */
    public final class Watch implements AutoCloseable {

        private final Object credential;
        private final BooleanSupplier allowed;
        private final Runnable end;
        private final LongConsumer tick;

        private Watch(Object credential, BooleanSupplier allowed, Runnable end, LongConsumer tick) {
            this.tick = tick;
            this.credential = credential;
            this.allowed = allowed;
            this.end = end;
        }

        @Override
        public void close() {
            watches.remove(this);
        }
    }

    /** How many streams are open. */
    public int size() {
        return streams.size();
    }

    /**
     * Ends all streams with a comment; their clients come back to another server, or to this one when it is up again.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        streams.keySet().forEach(stream -> stream.end("server is stopping"));
        timer.schedule(timer::shutdownNow, stall.toMillis(), TimeUnit.MILLISECONDS);
        readers.shutdown();
    }

    /**
     * Runs a read of a log on a thread of its own, a few at a time so that streams never hold all of a store's
     * connections.
     */
    void read(Runnable task) {
        if (!readers.isShutdown()) {
            readers.execute(() -> {
                reads.acquireUninterruptibly();
                try {
                    task.run();
                } finally {
                    reads.release();
                }
            });
        }
    }

    void forget(LogReader stream) {
        Place place = streams.remove(stream);
        if (place != null) {
            place.close();
        }
        removeWaiter(stream.follower().topic(), stream);
    }

    private void add(LogReader reader, Place place) {
        streams.put(reader, place);
        addWaiter(reader.follower().topic(), reader);
    }

    private void endIfClosed(LogReader reader) {
        if (closed) {
            reader.end("server is stopping");
        }
    }

    private void addWaiter(String topic, Runnable waiter) {
        waiters.compute(topic, (name, waiting) -> {
            Set<Runnable> all = waiting == null ? ConcurrentHashMap.newKeySet() : waiting;
            all.add(waiter);
            return all;
        });
    }

    private void removeWaiter(String topic, Runnable waiter) {
        waiters.computeIfPresent(topic, (name, waiting) -> {
            waiting.remove(waiter);
            return waiting.isEmpty() ? null : waiting;
        });
    }

    /** Each tenant has the same part of the polls: who has many streams open waits longer, and nobody else does. */
    private long pollMillis(int ofTenant) {
        return Math.max(MIN_POLL_MILLIS, (long) ofTenant * ofTenants.size() * POLL_MILLIS_A_STREAM);
    }

    private void tick() {
        try {
            long now = System.nanoTime();
            for (LogReader stream : streams.keySet()) {
                int ofTenant = ofTenants.getOrDefault(stream.follower().tenant(), 1);
                long poll = TimeUnit.MILLISECONDS.toNanos(pollMillis(ofTenant));
                stream.tick(now, poll, heartbeat.toNanos(), stall.toNanos());
            }
            watches.forEach(watch -> watch.tick.accept(now));
            if (now - lastCheck > CREDENTIAL_CHECK_NANOS && checking.compareAndSet(false, true)) {
                lastCheck = now;
                read(this::checkCredentials);
            }
        } catch (RuntimeException e) {
            LOG.error("The event streams could not be looked after; trying again", e);
        }
    }

    /** Ends the answers whose credential was revoked; each credential is asked for once. */
    private void checkCredentials() {
        try {
            Map<Object, Boolean> known = new HashMap<>();
            List<RuntimeException> unknown = new ArrayList<>();
            for (LogReader stream : streams.keySet()) {
                Follower follower = stream.follower();
                if (!letsIn(follower.credential(), follower.allowed(), known, unknown)) {
                    stream.end("the credential is no longer valid");
                }
            }
            for (Watch watch : watches) {
                if (!letsIn(watch.credential, watch.allowed, known, unknown)) {
                    watch.end.run();
                }
            }
            if (!unknown.isEmpty()) {
                LOG.warn(
                        "Whether {} credentials of open streams still let in is not known now; trying again",
                        unknown.size(),
                        unknown.getFirst());
            }
        } catch (RuntimeException e) {
            LOG.warn("The credentials of open streams could not be checked; trying again", e);
        } finally {
            checking.set(false);
        }
    }

    /** Whether a credential still lets in; one of which that is not known now holds up no other, and is asked again. */
    private static boolean letsIn(
            Object credential, BooleanSupplier allowed, Map<Object, Boolean> known, List<RuntimeException> unknown) {
        return known.computeIfAbsent(credential, any -> {
            try {
                return allowed.getAsBoolean();
            } catch (RuntimeException e) {
                unknown.add(e);
                return true;
            }
        });
    }
}
