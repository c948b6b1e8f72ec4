package dev.agentos.execution.internal;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.ExecutionId;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens in this server, or is hinted at from another, so that nobody waits for the next poll. A signal says only
 * that it is worth looking; the store says what there is, or what this server remembers of what it stored.
 */
public final class Signals {

    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

    private final Map<ExecutionId, Set<Watch>> watches = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<Runnable> onQueued = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Consumer<ExecutionId>> onCancelled = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Consumer<ExecutionId>> onPaused = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Consumer<ExecutionId>> onSteered = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<BiConsumer<TenantId, ExecutionId>> onChanged = new CopyOnWriteArrayList<>();

    private final Tails tails = new Tails();
    private volatile Optional<Host> host = Optional.empty();

    /** The engine of this server, as those see it who admit executions. */
    public interface Host {

        /** Takes a place for an execution that is about to be admitted; empty when the queue is the place for it. */
        Optional<ExecutionStore.Claimant> reserve();

        /** Executes what was admitted for a place that was taken; gives the place back when there is nothing. */
        void claimed(Optional<ExecutionStore.Running> running);
    }

    /** Names the engine of this server. */
    public void host(Host engine) {
        host = Optional.of(engine);
    }

    /** See {@link Host#reserve}; empty as well for whom places are given out in the queue alone. */
    public Optional<ExecutionStore.Claimant> reserve(boolean atOnce) {
        return host.filter(engine -> atOnce).flatMap(Host::reserve);
    }

    /** See {@link Host#claimed}. */
    public void claimed(Optional<ExecutionStore.Running> running) {
        host.ifPresent(one -> one.claimed(running));
    }

    /** Waits for signals of one execution. */
    public final class Watch implements AutoCloseable {
        private final ExecutionId execution;
        private final boolean steps;
        private final Semaphore signal = new Semaphore(0);

        private Watch(ExecutionId execution, boolean steps) {
            this.execution = execution;
            this.steps = steps;
        }

        /** Returns at the next signal, or one that came since the last call, or after that time; says which. */
        public boolean await(Duration longest) throws InterruptedException {
            boolean signalled = signal.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS);
            if (signalled) {
                signal.drainPermits();
            }
            return signalled;
        }

        @Override
        public void close() {
            watches.computeIfPresent(execution, (id, set) -> {
                set.remove(this);
                return set.isEmpty() ? null : set;
            });
        }
    }

    /**
     * Begins to watch an execution; to be closed.
     *
     * @param steps whether to hear of what it does, or only of where it goes
     */
    public Watch watch(ExecutionId execution, boolean steps) {
        Watch watch = new Watch(execution, steps);
        watches.compute(execution, (id, set) -> {
            Set<Watch> all = set == null ? ConcurrentHashMap.newKeySet() : set;
            all.add(watch);
            return all;
        });
        return watch;
    }

    /**
     * This server has stored something.
     *
     * @param atOnce whether no other execution of its tenant waits in the queue for the place that this one has left
     */
    public void stored(ExecutionStore.Stored stored, boolean atOnce) {
        tails.stored(stored);
        boolean stays = stored.move() instanceof ExecutionStore.Move.Stay;
        tell(stored.lease().tenant(), stored.lease().execution(), stays);
        if (!stays && !atOnce) {
            queued();
        }
    }

    /** This server does not carry on an execution any more. */
    public void left(ExecutionId execution) {
        tails.forget(execution);
    }

    /** Events after that number as this server remembers them; empty when the store must be asked. */
    public Optional<List<ExecutionEvent>> events(TenantId tenant, ExecutionId id, long after, int most) {
        return tails.events(tenant, id, after, most);
    }

    /** An execution as this server remembers it; empty when the store must be asked. */
    public Optional<Execution> execution(TenantId tenant, ExecutionId id) {
        return tails.execution(tenant, id);
    }

    /** An execution has new events, or another state, which this server did not store as its owner. */
    public void changed(TenantId tenant, ExecutionId execution) {
        tails.forget(execution);
        tell(tenant, execution, false);
    }

    /** An execution is there that was not, unless it is an earlier one; it is in the queue unless it is running. */
    public void admitted(ExecutionStore.Admission admission) {
        if (admission.running().isEmpty()) {
            queued();
        }
        if (!admission.replayed()) {
            tell(admission.execution().tenant(), admission.execution().id(), false);
        }
    }

    private void tell(TenantId tenant, ExecutionId execution, boolean stays) {
        for (Watch watch : watches.getOrDefault(execution, Set.of())) {
            if (watch.steps || !stays) {
                watch.signal.release();
            }
        }
        for (BiConsumer<TenantId, ExecutionId> listener : onChanged) {
            try {
                listener.accept(tenant, execution);
            } catch (RuntimeException e) {
                // What was signalled is stored; who listens badly must not stop the execution.
                LOG.error("A listener failed for execution {}", execution, e);
            }
        }
    }

    /** There is something to claim. */
    public void queued() {
        onQueued.forEach(Runnable::run);
    }

    /** An execution that is running was asked to stop. */
    public void cancelled(ExecutionId execution) {
        onCancelled.forEach(listener -> listener.accept(execution));
    }

    /** An execution that is running was asked to wait. */
    public void paused(ExecutionId execution) {
        onPaused.forEach(listener -> listener.accept(execution));
    }

    /** Another server asked an execution to stop or to wait. */
    public void steered(ExecutionId execution) {
        onSteered.forEach(listener -> listener.accept(execution));
    }

    /** Tells a listener of this server what is to pause here, and what to ask the store about; neither may block. */
    public void listen(Consumer<ExecutionId> paused, Consumer<ExecutionId> steered) {
        onPaused.add(paused);
        onSteered.add(steered);
    }

    /** Tells a listener of this server which execution of whom has new events; it must not block. */
    public void listen(BiConsumer<TenantId, ExecutionId> changed) {
        onChanged.add(changed);
    }

    /** Tells a listener of this server whatever is queued or cancelled here. */
    public void listen(Runnable queued, Consumer<ExecutionId> cancelled) {
        onQueued.add(queued);
        onCancelled.add(cancelled);
    }
}
