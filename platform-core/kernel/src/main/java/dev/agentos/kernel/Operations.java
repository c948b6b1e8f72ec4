package dev.agentos.kernel;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs long work behind the request that asked for it and keeps its progress where any client can follow it. */
public final class Operations implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);

    /** For how long nobody takes what a server is at for abandoned, although nothing is heard of it. */
    private static final Duration LEASE = Duration.ofMinutes(2);

    /** How long whoever did it has time to record the end. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final OperationStore store;
    private final Ids ids;
    private final InstantSource clock;
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Reporter> running = new ConcurrentHashMap<>();
    /** Who is to be told of the end of what waits, should it end here. */
    private final Map<String, List<Consumer<Operation>>> left = new ConcurrentHashMap<>();

    private volatile Set<String> resumed = Set.of();
    private volatile Runnable changes = () -> {};

    /** Operations kept in that store. */
    public Operations(OperationStore store, Ids ids, InstantSource clock) {
        this.store = store;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Whom to tell that an operation of this server has begun, has got on or has ended.
     *
     * @param listener must not block
     */
    public void onChange(Runnable listener) {
        changes = listener;
    }

    /** Work that reports its progress; what it returns is the operation's result. */
    @FunctionalInterface
    public interface Work {
        /** Does the work; an exception fails the operation. */
        JsonObject run(Reporter reporter) throws Exception;
    }

    /**
     * Marks what an earlier process left running as failed; to be called once, before the first start.
     *
     * @param kinds those that somebody goes on with by {@link #resume}; they are left running
     */
    public void recover(String... kinds) {
        resumed = Set.of(kinds);
        int failed = store.failRunning(
                Failure.of(
                        KernelErrorCode.SHUTTING_DOWN,
                        "The server stopped while this was under way.",
                        "Look what it has changed, and start it again."),
                resumed);
        if (failed > 0) {
            LOG.info("{} operations were under way when the server stopped; they are marked as failed", failed);
        }
    }

    /**
     * Says what is worked on here, and ends what a server was at that says nothing any more, for it may never come
     * back; to be called now and then, on any server.
     */
    public void follow() {
        follow(LEASE);
    }

    void follow(Duration lease) {
        Set<String> here = Set.copyOf(running.keySet());
        if (!here.isEmpty()) {
            store.renew(here, lease);
        }
        int failed = store.failAbandoned(
                Failure.of(
                        KernelErrorCode.SHUTTING_DOWN,
                        "The server that was at this has not been heard of for two minutes.",
                        "Look what it has changed, and start it again."),
                resumed);
        if (failed > 0) {
            LOG.warn(
                    "{} operations were under way on a server that is not heard of; they are marked as failed", failed);
        }
    }

    /** Starts work and returns at once. */
    public Operation start(String kind, String subject, Work work) {
        return start(ids.next("op"), kind, subject, work);
    }

    /** The same under an id, for who has to note it before the work begins: {@code op_…}, fresh. */
    public Operation start(String id, String kind, String subject, Work work) {
        Operation operation = new Operation(
                id,
                kind,
                subject,
                Operation.State.RUNNING,
                new Operation.Progress(0, 0, "Accepted"),
                Optional.empty(),
                Optional.empty(),
                clock.instant(),
                Optional.empty());
        store.insert(operation);
        changes.run();
        run(operation, work);
        return operation;
    }

    /** Goes on with an operation that another process has begun; nothing when it has ended, or is worked on here. */
    public void resume(Operation operation, Work work) {
        if (!operation.state().terminal() && !running.containsKey(operation.id())) {
            run(operation, work);
        }
    }

    private void run(Operation operation, Work work) {
        Reporter reporter = new Reporter(operation, Optional.ofNullable(left.remove(operation.id())));
        running.put(operation.id(), reporter);
        Map<String, String> logFields = LogFields.here();
        workers.execute(() -> {
            try (LogFields.Work _ = LogFields.during(logFields)) {
                run(reporter, work);
            }
        });
    }

    /** The operation of that id. */
    public Optional<Operation> find(String id) {
        return store.find(id);
    }

    /** Operations, newest first. */
    public Page<Operation> list(PageRequest request) {
        return store.list(request);
    }

    /** What an operation reported after that sequence number. */
    public List<OperationStore.Event> events(String id, long after) {
        return store.events(id, after);
    }

    /**
     * Goes on with an operation that waits.
     *
     * @return false when it does not wait, or somebody else was first
     */
    public boolean goOn(String id, Work work) {
        if (!store.take(id)) {
            return false;
        }
        run(store.find(id).orElseThrow(), work);
        return true;
    }

    /**
     * Asks running work to stop at its next step, or at once while it does nothing but wait, and ends what waits. What
     * another server is at hears of it there, by {@link #followCancels}.
     *
     * @return false when it has ended already
     */
    public boolean cancel(String id) {
        Reporter reporter = running.get(id);
        if (reporter != null && reporter.cancel()) {
            return true;
        }
        // It may have come to wait between the first two questions.
        return endWaiting(id) || store.askToCancel(id) || endWaiting(id);
    }

    private boolean endWaiting(String id) {
        return goOn(id, waited -> {
            throw new CancelledException();
        });
    }

    /** Stops what runs here and was cancelled on another server; to be called often. */
    public void followCancels() {
        Set<String> here = Set.copyOf(running.keySet());
        if (!here.isEmpty()) {
            store.askedToCancel(here)
                    .forEach(id -> Optional.ofNullable(running.get(id))
                            .filter(reporter -> !reporter.cancelled)
                            .ifPresent(Reporter::cancel));
        }
    }

    /**
     * Has the end of an operation recorded, once, on somebody's behalf: here and at once when it ends here, otherwise
     * by whoever looks for what is {@link #unrecorded}, as when the stop of the server cuts it short.
     *
     * @param asked on whose behalf, as the records say it
     * @param listener records it
     */
    public void recordEnd(String id, JsonObject asked, Consumer<Operation> listener) {
        store.asked(id, asked);
        whenEnded(id, ended -> {
            listener.accept(ended);
            store.recorded(ended.id());
        });
    }

    /**
     * Has somebody told, once, when an operation has ended here; at once when it has. Nobody is told of one that the
     * stop of the server cuts short, or that goes on somewhere else.
     */
    public void whenEnded(String id, Consumer<Operation> listener) {
        Reporter reporter = running.get(id);
        if (reporter != null && reporter.tells(listener)) {
            return;
        }
        Optional<Operation> now = store.find(id);
        if (now.filter(one -> one.state().terminal()).isPresent()) {
            listener.accept(now.get());
        } else {
            left.merge(id, List.of(listener), Operations::joined);
        }
    }

    private static <T> List<T> joined(List<T> some, List<T> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    /** Some whose end nobody has recorded, although that was some time ago. */
    public List<OperationStore.Unrecorded> unrecorded(int most) {
        return store.unrecorded(clock.instant().minus(PATIENCE), most);
    }

    /** The end of an operation is recorded. */
    public void recorded(String id) {
        store.recorded(id);
    }

    /** Waits for nothing: running work is interrupted, and the next start marks it as failed. */
    @Override
    public void close() {
        workers.shutdownNow();
    }

    private void run(Reporter reporter, Work work) {
        try {
            JsonObject result = work.run(reporter);
            reporter.finish(Operation.State.SUCCEEDED, Optional.of(result), Optional.empty());
        } catch (WaitingException e) {
            reporter.leave(e.what);
        } catch (CancelledException e) {
            reporter.finish(Operation.State.CANCELLED, Optional.empty(), Optional.of(Failure.of(e)));
        } catch (AgentOsException e) {
            LOG.info(
                    "Operation {} ({} {}) failed: {}",
                    reporter.id(),
                    reporter.kind(),
                    reporter.subject(),
                    e.getMessage());
            reporter.finish(Operation.State.FAILED, Optional.empty(), Optional.of(Failure.of(e)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.info("Operation {} ({} {}) was cut short", reporter.id(), reporter.kind(), reporter.subject());
        } catch (Exception | LinkageError | StackOverflowError e) {
            LOG.error("Operation {} ({} {}) failed", reporter.id(), reporter.kind(), reporter.subject(), e);
            reporter.finish(Operation.State.FAILED, Optional.empty(), Optional.of(Failure.of(e)));
        } finally {
            running.remove(reporter.id(), reporter);
            reporter.end();
        }
    }

    /** Something that takes its time. */
    @FunctionalInterface
    public interface Wait<T, E extends Exception> {
        /** Waits for it; ends soon when it is interrupted. */
        T get() throws E;
    }

    /** Work that comes to it leaves its thread, and waits. */
    private static final class WaitingException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String what;

        WaitingException(String what) {
            super(what, null, false, false);
            this.what = what;
        }
    }

    private static final class CancelledException extends AgentOsException {
        private static final long serialVersionUID = 1L;

        CancelledException() {
            super(KernelErrorCode.CANCELLED, "The operation was cancelled.", "Start it again when you want it done.");
        }
    }

    /** How work tells where it stands. */
    public final class Reporter {

        private volatile Operation operation;
        private volatile boolean cancelled;
        private final List<Consumer<Operation>> listeners;
        private boolean ended;
        /** Who does nothing but wait at this moment. */
        private Optional<Thread> waiting = Optional.empty();

        Reporter(Operation operation, Optional<List<Consumer<Operation>>> listeners) {
            this.operation = operation;
            this.listeners = new ArrayList<>(listeners.orElse(List.of()));
        }

        /** Reports a step; stops the work here when somebody has cancelled it, or it was taken for abandoned. */
        public void progress(long done, long total, String message) {
            // What is written meanwhile is not interrupted.
            boolean waits = waited();
            requireWanted();
            if (!write(Operation.State.RUNNING, new Operation.Progress(done, total, message))) {
                // Another server has taken this one for gone, and told whoever waited so.
                throw new CancelledException();
            }
            if (waits) {
                begin();
            }
        }

        /**
         * Waits for something, and no longer when somebody cancels the operation. Only what may be interrupted belongs
         * in it, and what came of it in time is kept.
         */
        public <T, E extends Exception> T await(Wait<T, E> wait) throws E {
            begin();
            try {
                return wait.get();
            } catch (Exception e) {
                if (cancelled) {
                    throw new CancelledException();
                }
                throw e;
            } finally {
                waited();
            }
        }

        private synchronized void begin() {
            requireWanted();
            waiting = Optional.of(Thread.currentThread());
        }

        private void requireWanted() {
            if (cancelled) {
                throw new CancelledException();
            }
        }

        /** What comes after it is not interrupted for a cancellation: it may be at what must not stop halfway. */
        private synchronized boolean waited() {
            boolean waited = waiting.isPresent();
            waiting = Optional.empty();
            if (waited && cancelled) {
                Thread.interrupted();
            }
            return waited;
        }

        /** False when the work has left its thread, or is about to. */
        private synchronized boolean cancel() {
            if (!ended) {
                cancelled = true;
                waiting.ifPresent(Thread::interrupt);
            }
            return !ended;
        }

        /** Reports a step of work that cannot be given up halfway, whoever has cancelled it. */
        public void insist(long done, long total, String message) {
            write(Operation.State.RUNNING, new Operation.Progress(done, total, message));
        }

        /**
         * Leaves the work here until {@link Operations#goOn}: whoever calls it has noted durably what to do then.
         *
         * @param what it waits for, for a person
         * @return to be thrown
         */
        public RuntimeException waits(String what) {
            return new WaitingException(what);
        }

        /** The operation's id. */
        public String id() {
            return operation.id();
        }

        private void leave(String what) {
            left.merge(id(), told(), Operations::joined);
            try {
                Optional.of(id()).filter(any -> cancelled).ifPresent(store::askToCancel);
                write(Operation.State.WAITING, new Operation.Progress(0, 0, what));
                // Whoever cancelled it on its way here has been told that it ends.
                if (cancelled || !store.askedToCancel(Set.of(id())).isEmpty()) {
                    endWaiting(id());
                }
            } catch (RuntimeException e) {
                LOG.error("That operation {} waits could not be stored; the next start marks it as failed", id(), e);
            }
        }

        private synchronized boolean tells(Consumer<Operation> listener) {
            return !ended && listeners.add(listener);
        }

        private void end() {
            if (!operation.state().terminal()) {
                return;
            }
            for (Consumer<Operation> listener : joined(told(), left.getOrDefault(id(), List.of()))) {
                try {
                    listener.accept(operation);
                } catch (RuntimeException e) {
                    LOG.error("The end of operation {} could not be told", id(), e);
                }
            }
            left.remove(id());
        }

        /** Nobody else is told by this reporter. */
        private synchronized List<Consumer<Operation>> told() {
            ended = true;
            return List.copyOf(listeners);
        }

        /** What is done. */
        public String kind() {
            return operation.kind();
        }

        String subject() {
            return operation.subject();
        }

        private boolean write(Operation.State state, Operation.Progress progress) {
            operation = new Operation(
                    operation.id(),
                    operation.kind(),
                    operation.subject(),
                    state,
                    progress,
                    operation.result(),
                    operation.failure(),
                    operation.createdAt(),
                    operation.finishedAt());
            boolean written = store.update(operation, operation.event());
            changes.run();
            return written;
        }

        private void finish(Operation.State state, Optional<JsonObject> result, Optional<Failure> failure) {
            Operation.Progress last = operation.progress();
            String message = failure.map(Failure::message).orElse("Done");
            operation = new Operation(
                    operation.id(),
                    operation.kind(),
                    operation.subject(),
                    state,
                    new Operation.Progress(
                            state == Operation.State.SUCCEEDED ? last.total() : last.done(), last.total(), message),
                    result,
                    failure,
                    operation.createdAt(),
                    Optional.of(clock.instant()));
            try {
                if (!store.update(operation, operation.event())) {
                    LOG.warn("Operation {} came to {} here, after another server had ended it", id(), state);
                }
            } catch (RuntimeException e) {
                LOG.error("The end of operation {} could not be stored; the next start marks it as failed", id(), e);
            }
            changes.run();
        }
    }
}
