package dev.agentos.execution;

import dev.agentos.execution.internal.Commands;
import dev.agentos.execution.internal.EngineContext;
import dev.agentos.execution.internal.Setbacks;
import dev.agentos.execution.internal.Signals;
import dev.agentos.execution.internal.Stop;
import dev.agentos.execution.internal.SuperstepLoop;
import dev.agentos.execution.room.Places;
import dev.agentos.execution.room.Room;
import dev.agentos.execution.room.Suspects;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.LogFields;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims executions and carries them on, as many at a time as its configuration allows. Any number of engines share one
 * store; an execution whose engine is gone is claimed by another when its lease has run out.
 */
public final class ExecutionEngine implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ExecutionEngine.class);

    /** So often, in nanoseconds, it is looked whether something is still in the queue behind its deadline. */
    private static final long BETWEEN_OVERDUE = TimeUnit.SECONDS.toNanos(1);

    private static final int MOST_OVERDUE = 100;

    /** So long, in nanoseconds, a server without room leaves what is queued to others before it looks again. */
    private static final long BETWEEN_CROWDED = TimeUnit.MILLISECONDS.toNanos(500);

    /** So long an execution that servers ended at may keep the next such one waiting. */
    private static final Duration LONGEST_ALONE = Duration.ofMinutes(1);

    private final EngineContext context;
    private final Map<ExecutionId, SuperstepLoop> active = new ConcurrentHashMap<>();
    private final Map<Thread, SuperstepLoop> threads = new ConcurrentHashMap<>();
    private final Semaphore wake = new Semaphore(0);
    private final Thread claimer =
            Thread.ofPlatform().name("execution-claimer").daemon().unstarted(this::claimAll);
    private final Thread keeper =
            Thread.ofPlatform().name("lease-keeper").daemon().unstarted(this::keepAll);
    private final AtomicInteger reserved = new AtomicInteger();
    private final Places places = new Places(this::left);

    private volatile Function<ExecutionId, Runnable> holding = id -> () -> {};
    private volatile Room room = Room.endless();
    private volatile ExecutionMeter meter = outcome -> {};

    private long claimed = System.nanoTime() - BETWEEN_CROWDED;
    private long overdueSeen = System.nanoTime() - BETWEEN_OVERDUE;
    private volatile boolean drained;
    private final AbsentTypes absent;
    private final Suspects suspects = new Suspects(LONGEST_ALONE);
    private final Setbacks setbacks;
    private volatile boolean claiming = true;
    private volatile boolean keeping = true;

    /**
     * An engine that does the work of those executions; it does nothing before {@link #start}.
     *
     * @param random spreads repetitions
     * @param failpoints {@link Failpoints#NONE} in production
     */
    public ExecutionEngine(
            EngineConfig config,
            Executions executions,
            InstantSource clock,
            RandomGenerator random,
            Failpoints failpoints) {
        this.absent = new AbsentTypes(executions);
        this.context = EngineContext.of(
                        config,
                        executions.store(),
                        executions.graphs(),
                        executions.handlers(),
                        executions.signals(),
                        clock,
                        random,
                        failpoints)
                .stoppedBy(executions.switches());
        this.setbacks = new Setbacks(context);
        executions.switches().onChange(this::switched);
        executions.store().listenToEnds(outcome -> meter.ended(outcome));
        executions.signals().listen(this::wake, this::cancelled);
        executions.signals().listen(this::paused, this::steered);
        executions.signals().host(new Reception());
    }

    /** Lets admissions past the queue while this engine found nothing in it and has room. */
    private final class Reception implements Signals.Host {

        @Override
        public Optional<ExecutionStore.Claimant> reserve() {
            int most = context.config().maxConcurrent();
            if (!drained || !claiming || room.crowded()) {
                return Optional.empty();
            }
            if (reserved.incrementAndGet() + places.taken() > most) {
                reserved.decrementAndGet();
                return Optional.empty();
            }
            return Optional.of(context.claimant());
        }

        @Override
        public void claimed(Optional<ExecutionStore.Running> running) {
            try {
                running.ifPresent(one -> begin(one.claim(), running));
            } finally {
                reserved.decrementAndGet();
            }
        }
    }

    /**
     * Has something held for each execution while this engine carries it on, before {@link #start}.
     *
     * @param hold takes hold, or throws: then the execution is put off; what it answers lets go, when the execution has
     *     ended, parks, or goes elsewhere
     */
    public void holding(Function<ExecutionId, Runnable> hold) {
        holding = hold;
    }

    /** Has its executions share that memory, before {@link #start}. */
    public void within(Room memory) {
        room = memory;
    }

    /** Tells of the ends of its executions, and of those that its store ends, from now on. */
    public void measuredBy(ExecutionMeter measuring) {
        meter = measuring;
    }

    /** Begins to claim. */
    public void start() {
        claimer.start();
        keeper.start();
    }

    /** How many executions it holds now. */
    public int active() {
        return active.size();
    }

    /** Looks at the queue at once, as when another server says that there is something in it. */
    public void wake() {
        drained = false;
        wake.release();
    }

    private void cancelled(ExecutionId id) {
        SuperstepLoop loop = active.get(id);
        if (loop != null) {
            loop.stop(Stop.CANCEL);
        }
    }

    /** Stops what is to be stopped from now on, and claims what may go on again. */
    private void switched() {
        active.values().stream().filter(SuperstepLoop::switchedOff).forEach(loop -> loop.stop(Stop.SWITCHED_OFF));
        wake();
    }

    private void paused(ExecutionId id) {
        SuperstepLoop loop = active.get(id);
        if (loop != null) {
            loop.stop(Stop.PAUSE);
        }
    }

    /** Asks the store about one execution, instead of at the next renewal of all. */
    private void steered(ExecutionId id) {
        SuperstepLoop loop = active.get(id);
        if (loop != null) {
            Thread.ofVirtual().name("steered-" + id).start(() -> {
                try {
                    context.store()
                            .renew(List.of(loop.lease()), context.config().lease())
                            .forEach(this::renewed);
                } catch (RuntimeException e) {
                    LOG.debug("Execution {} is asked about at the next renewal: {}", id, e.toString());
                }
            });
        }
    }

    private void claimAll() {
        while (claiming) {
            boolean more = false;
            endOverdue();
            try {
                more = claimSome();
            } catch (RuntimeException e) {
                LOG.warn("The queue cannot be read: {}", e.toString());
            }
            try {
                if (!more) {
                    awaitMore();
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Waits until there may be something to claim, and looks after the deadlines of what stands in the queue. */
    private void awaitMore() throws InterruptedException {
        long poll = TimeUnit.MILLISECONDS.toNanos(pollMillis());
        long end = System.nanoTime() + (room.crowded() ? Math.min(poll, BETWEEN_CROWDED) : poll);
        long left = end - System.nanoTime();
        while (left > 0 && !wake.tryAcquire(Math.min(left, BETWEEN_OVERDUE), TimeUnit.NANOSECONDS)) {
            endOverdue();
            left = end - System.nanoTime();
        }
        wake.drainPermits();
    }

    /** Ends what has no place before its deadline; whatever keeps it from being claimed. */
    private void endOverdue() {
        long now = System.nanoTime();
        if (now - overdueSeen < BETWEEN_OVERDUE) {
            return;
        }
        overdueSeen = now;
        absent.look();
        try {
            context.store().endOverdue(Commands::overdue, MOST_OVERDUE).forEach(this::overdue);
        } catch (RuntimeException e) {
            LOG.warn("What is late in the queue cannot be ended: {}", e.toString());
        }
    }

    private void overdue(Execution ended) {
        LOG.info("Execution {} has ended in the queue, at its deadline", ended.id());
        context.signals().changed(ended.tenant(), ended.id());
        if (ended.request().session().isPresent()) {
            // The next one in line may be queued now.
            context.signals().queued();
        }
    }

    private long pollMillis() {
        long poll = context.config().poll().toMillis();
        return Math.max(1, poll - context.jitter(poll / 5.0));
    }

    /** Whether the queue may hold more than there was room for, or room was left and taken. */
    private boolean claimSome() {
        int free = Math.min(32, context.config().maxConcurrent() - places.taken() - reserved.get());
        if (free < 1 || (room.crowded() && System.nanoTime() - claimed < BETWEEN_CROWDED)) {
            return false;
        }
        claimed = System.nanoTime();
        // What is queued from now on says so again, and is not taken for seen.
        drained = true;
        List<ExecutionStore.Claim> claims = context.store().claim(context.claimant(), free);
        if (!claims.isEmpty()) {
            drained = false;
        }
        claims.forEach(claim -> begin(claim, Optional.empty()));
        return !claims.isEmpty();
    }

    private void begin(ExecutionStore.Claim claim, Optional<ExecutionStore.Running> running) {
        Places.Place place = places.take();
        SuperstepLoop loop = new SuperstepLoop(context, claim, running, room.share(), place);
        ExecutionId id = claim.execution().id();
        if (!enters(loop, id, running)) {
            place.leave();
            return;
        }
        Map<String, String> logFields = logFields(claim.execution());
        Thread thread = Thread.ofVirtual().name("execution-" + id).unstarted(() -> {
            try (LogFields.Work _ = LogFields.during(logFields)) {
                carryOn(claim, loop);
            } catch (RuntimeException e) {
                // What is not admitted yet never is; of another the lease runs out, and another claim tries again.
                LOG.error("Execution {} is dropped", id, e);
                loop.stop(Stop.LET_GO);
            } finally {
                absent.note(claim.execution().tenant(), id, loop.missing());
                active.remove(id, loop);
                threads.remove(Thread.currentThread());
                place.leave();
            }
        });
        threads.put(thread, loop);
        if (!claiming) {
            loop.stop(Stop.DRAIN);
        }
        thread.start();
    }

    private void carryOn(ExecutionStore.Claim claim, SuperstepLoop loop) {
        Runnable letGo;
        try {
            letGo = holding.apply(loop.lease().execution());
        } catch (RuntimeException e) {
            if (!loop.leased()) {
                throw e;
            }
            if (!claim.execution().progress().cancelRequested()) {
                setbacks.putOff(claim, e);
                return;
            }
            // It is only ended.
            letGo = () -> {};
        }
        try (Suspects.Turn _ =
                suspects.await(claim.crashes(), loop::stopping, begins -> context.suspect(claim, begins))) {
            setbacks.forget(loop.lease().execution());
            loop.run();
            loop.outcome().ifPresent(meter::ended);
        } finally {
            letGo.run();
        }
    }

    /**
     * Makes that loop the one that carries the execution on, in the place of one whose lease ran out and that this very
     * server won again: the older epoch can write nothing more. Of several that answer a question at once, each takes
     * over under the same epoch as long as nothing is stored, so that the first goes on and the others are let go.
     */
    private boolean enters(SuperstepLoop loop, ExecutionId id, Optional<ExecutionStore.Running> running) {
        Optional<ExecutionStore.Log> unopened =
                running.map(ExecutionStore.Running::log).filter(ExecutionStore.Log::unopened);
        SuperstepLoop before = active.putIfAbsent(id, loop);
        while (before != null) {
            if (unopened.isPresent() && before.lease().epoch() >= loop.lease().epoch()) {
                unopened.get().abandon();
                return false;
            }
            if (active.replace(id, before, loop)) {
                before.stop(Stop.LET_GO);
                return true;
            }
            before = active.putIfAbsent(id, loop);
        }
        return true;
    }

    /** With the trace of the request that begins or resumes it on this thread; what comes out of the queue has none. */
    private static Map<String, String> logFields(Execution execution) {
        Map<String, String> fields = execution.logFields();
        String trace = LogFields.here().get(LogFields.TRACE);
        if (trace != null) {
            fields.put(LogFields.TRACE, trace);
        }
        return fields;
    }

    private void left() {
        if (!drained) {
            wake.release();
        }
    }

    private void keepAll() {
        Duration lease = context.config().lease();
        long pause = Math.min(1_000, lease.toMillis() / 3);
        while (keeping) {
            try {
                Thread.sleep(pause);
                long now = System.nanoTime();
                List<Lease> leases = active.values().stream()
                        .filter(loop -> now - loop.since() > TimeUnit.MILLISECONDS.toNanos(pause) && loop.leased())
                        .map(SuperstepLoop::lease)
                        .toList();
                if (!leases.isEmpty()) {
                    context.store().renew(leases, lease).forEach(this::renewed);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("Leases cannot be prolonged: {}", e.toString());
            }
        }
    }

    private void renewed(ExecutionStore.Renewal renewal) {
        SuperstepLoop loop = active.get(renewal.lease().execution());
        if (loop == null || !loop.lease().equals(renewal.lease())) {
            return;
        }
        if (renewal.lost()) {
            loop.stop(Stop.LET_GO);
        } else if (renewal.cancelRequested()) {
            loop.stop(Stop.CANCEL);
        } else if (renewal.pauseRequested()) {
            loop.stop(Stop.PAUSE);
        }
    }

    /**
     * Stops claiming, lets each superstep that has begun end within the grace of the configuration, and hands the
     * executions back to the queue.
     */
    public void drain() {
        claiming = false;
        wake();
        join(claimer, context.config().grace());
        threads.values().forEach(loop -> loop.stop(Stop.DRAIN));
        context.failpoints().reach("draining");
        joinAll(context.config().grace());
        threads.values().forEach(loop -> loop.stop(Stop.HAND_BACK));
        joinAll(Duration.ofSeconds(5));
    }

    private void joinAll(Duration longest) {
        long end = System.nanoTime() + longest.toNanos();
        for (Thread thread : List.copyOf(threads.keySet())) {
            join(thread, Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        }
    }

    private static void join(Thread thread, Duration longest) {
        try {
            if (thread.isAlive()) {
                thread.join(longest);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Drains, and ends the engine's threads; what could not be handed back is claimed when its lease runs out. */
    @Override
    public void close() {
        drain();
        abandon();
    }

    /** Ends everything at once without a word to the store, as a crash does. */
    public void abandon() {
        claiming = false;
        keeping = false;
        claimer.interrupt();
        keeper.interrupt();
        threads.forEach((thread, loop) -> {
            loop.stop(Stop.LET_GO);
            thread.interrupt();
        });
    }
}
