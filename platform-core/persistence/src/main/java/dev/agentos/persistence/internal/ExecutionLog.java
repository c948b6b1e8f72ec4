package dev.agentos.persistence.internal;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionStore.Answer;
import dev.agentos.execution.ExecutionStore.Claim;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Log;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.ExecutionStore.Stored;
import dev.agentos.execution.Lease;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.graph.Checkpoint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The log of one claimed execution. One row is under way at a time; entries that come meanwhile go together into the
 * next row. So rows become durable in order, and a row that is refused takes nothing behind it along.
 */
public final class ExecutionLog implements Log {

    private static final long LARGEST_ROW = 1 << 20;
    private static final int MOST_WAITING = 256;
    private static final long MOST_WAITING_BYTES = 32 << 20;

    private static final long LEAST_BETWEEN_WHOLES = 32 << 10;

    private final GroupCommit<Append> commits;
    private final Consumer<Stored> listener;
    private final Lease lease;
    private final int first;
    /** No monitor: a virtual thread that waits at one is woken by way of another thread. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private long number;
    /** The admission that is still to be submitted, with whatever is appended until then. */
    private AdmissionWriter.@Nullable Admission opening;

    /** Who resumes a waiting execution with the first row. */
    private Optional<LogWriter.Resuming> resuming = Optional.empty();

    private Optional<Execution> begun;
    private final CompletableFuture<Boolean> opened = new CompletableFuture<>();
    private boolean unopened;
    private final List<Encoded> waiting = new ArrayList<>();
    private boolean underWay;
    private int waiters;
    private final Promptness promptness = new Promptness();
    private boolean abandoned;
    private @Nullable RuntimeException failure;
    private long sequence;
    private long base;
    private int step;
    private long wholeBytes;
    private long changeBytes;

    /** Where an execution's log stands: its number in the database, and what is behind its last row. */
    public record Position(long number, long sequence, long base, int step, long wholeBytes, long changeBytes) {

        /** Behind the last row that a reader took. */
        public static Position behind(long number, long base, LogReader reader) {
            return new Position(
                    number,
                    reader.next(),
                    base,
                    reader.checkpoint().orElseThrow().number(),
                    reader.valueBytes(),
                    reader.changeBytes());
        }
    }

    private record Encoded(
            byte[] bytes,
            List<ExecutionEvent.Draft> events,
            Optional<Checkpoint> checkpoint,
            Move move,
            boolean whole) {}

    /**
     * The log of a lease from that position on.
     *
     * @param listener hears what has become durable; must not block
     * @param begun the execution, with its input, as it is with the first row; empty when that is not known
     */
    public ExecutionLog(
            GroupCommit<Append> commits,
            Consumer<Stored> listener,
            Lease lease,
            Position position,
            Optional<Execution> begun) {
        this.commits = commits;
        this.listener = listener;
        this.lease = lease;
        this.number = position.number();
        this.sequence = position.sequence();
        this.base = position.base();
        this.step = position.step();
        this.wholeBytes = position.wholeBytes();
        this.first = (int) Math.min(Integer.MAX_VALUE, position.wholeBytes() + position.changeBytes());
        this.changeBytes = position.changeBytes();
        this.begun = begun;
    }

    /**
     * The log of an execution that is not admitted yet. Its first row takes the admission along, with all that was
     * appended until somebody waits: what runs through at once costs one row and one commit.
     *
     * @param begun the execution as it is once it is admitted
     */
    ExecutionLog(
            GroupCommit<Append> commits,
            Consumer<Stored> listener,
            Lease lease,
            AdmissionWriter.Admission opening,
            Execution begun) {
        this(commits, listener, lease, new Position(0, 1, 1, 0, opening.bytes(), 0), Optional.of(begun));
        this.opening = opening;
        this.unopened = true;
        waiting.add(new Encoded(
                opening.first(),
                opening.candidate().events(),
                Optional.of(opening.candidate().first()),
                Move.STAY,
                true));
        List<ExecutionEvent.Draft> behind = opening.candidate().behind();
        opening.pending()
                .ifPresent(bytes -> waiting.add(new Encoded(bytes, behind, Optional.empty(), Move.STAY, false)));
    }

    /**
     * The log of an execution that waits, and is resumed with the first row.
     *
     * @param begun the execution as it is once it is resumed, with its input; empty when that is not known
     */
    public static ExecutionLog resuming(
            GroupCommit<Append> commits,
            Consumer<Stored> listener,
            Claim claim,
            Claimant claimant,
            Position position,
            Answer answer,
            Optional<Execution> begun) {
        ExecutionLog log = new ExecutionLog(commits, listener, claim.lease(), position, begun);
        log.resuming =
                Optional.of(new LogWriter.Resuming(claimant, answer.command().change()));
        log.unopened = true;
        log.waiting.add(new Encoded(
                LogCodec.resumed(answer.command(), answer.event()),
                List.of(answer.event()),
                Optional.empty(),
                Move.STAY,
                false));
        return log;
    }

    /** Completes when the execution is admitted or resumed, with false when another server was first. */
    public CompletableFuture<Boolean> opened() {
        return opened;
    }

    /** A row on its way into the database; told what came of it exactly once. */
    public static final class Append {
        private final ExecutionLog log;
        private final List<ExecutionEvent.Draft> events;
        private final Optional<Checkpoint> checkpoint;
        final long sequence;
        final long base;
        final int step;
        final byte[] body;
        final Move move;
        /** Who takes the execution over from those that wait, with this row. */
        final Optional<LogWriter.Resuming> resuming;

        private final Optional<Execution> begun;

        private Append(ExecutionLog log, List<Encoded> entries) {
            List<byte[]> bodies = new ArrayList<>(entries.size());
            List<ExecutionEvent.Draft> all = new ArrayList<>();
            Optional<Checkpoint> latest = Optional.empty();
            for (Encoded one : entries) {
                bodies.add(one.bytes());
                all.addAll(one.events());
                latest = one.checkpoint().isPresent() ? one.checkpoint() : latest;
            }
            this.log = log;
            this.events = all;
            this.checkpoint = latest;
            this.sequence = log.sequence;
            this.base = log.base;
            this.step = log.step;
            this.body = LogCodec.row(bodies);
            this.move = entries.getLast().move();
            this.resuming = log.resuming;
            this.begun = log.begun;
        }

        Lease lease() {
            return log.lease;
        }

        long number() {
            return log.number;
        }

        int events() {
            return events.size();
        }

        boolean abandoned() {
            return log.abandoned();
        }

        void stored(Instant at) {
            List<ExecutionEvent> stored = new ArrayList<>(events.size());
            for (ExecutionEvent.Draft event : events) {
                stored.add(new ExecutionEvent(sequence + stored.size(), event, at));
            }
            log.listener.accept(new Stored(
                    log.lease,
                    stored,
                    checkpoint,
                    move,
                    body.length,
                    begun.map(one -> sequence == 1 ? one.admitted(at, true) : one)));
            log.ended(null);
        }

        /** Whether another row comes as soon as this one is durable; the committer may wait for it. */
        boolean again() {
            return move instanceof Move.Stay && log.again();
        }

        void opened(AdmissionWriter.Admitted admitted) {
            log.opened(this, admitted);
        }

        void refused(RuntimeException why) {
            log.ended(why);
        }
    }

    @Override
    public void append(List<Entry> entries) {
        add(entries, false);
    }

    @Override
    public void write(List<Entry> entries) {
        add(entries, true);
        settle();
    }

    private void add(List<Entry> entries, boolean lead) {
        List<Encoded> encoded = new ArrayList<>(entries.size());
        try {
            for (Entry entry : entries) {
                encoded.add(encode(entry));
            }
        } finally {
            // What comes before an entry that is refused has happened.
            if (!encoded.isEmpty()) {
                submit(encoded, lead);
            }
        }
    }

    /** Behind whole values nobody looks for what tasks produced before; so they do not stand where that counts on. */
    private Encoded encode(Entry entry) {
        boolean whole = changeBytes > LEAST_BETWEEN_WHOLES
                && changeBytes > 2 * (wholeBytes + changeBytes / 3)
                && entry.checkpoint().filter(one -> !one.continued()).isPresent();
        // Before it is written, which could take more memory than there is.
        LogCodec.refuseLarge(entry.size());
        byte[] bytes = whole ? LogCodec.whole(entry) : LogCodec.changed(entry);
        LogCodec.refuseLarge(bytes.length);
        if (whole) {
            wholeBytes = bytes.length;
            changeBytes = 0;
        } else {
            changeBytes += bytes.length;
        }
        return new Encoded(bytes, entry.events(), entry.checkpoint(), entry.move(), whole);
    }

    private void submit(List<Encoded> encoded, boolean lead) {
        Append row;
        AdmissionWriter.Admission admission;
        lock.lock();
        try {
            while (full() && failure == null && !unopened) {
                await();
            }
            waiting.addAll(encoded);
            if (underWay || failure != null || waiting.isEmpty()) {
                return;
            }
            row = next();
            admission = opening;
            opening = null;
            unopened = false;
            begun = Optional.empty();
            resuming = Optional.empty();
        } finally {
            lock.unlock();
        }
        if (admission != null) {
            admission.submit(row, lead);
        } else if (lead) {
            commits.lead(row, comes());
        } else {
            commits.submit(row, comes());
        }
    }

    private boolean full() {
        return waiting.size() >= MOST_WAITING
                || waiting.stream().mapToLong(one -> one.bytes().length).sum() >= MOST_WAITING_BYTES;
    }

    private boolean again() {
        lock.lock();
        try {
            return promptness.expect(!waiting.isEmpty(), waiters > 0);
        } finally {
            lock.unlock();
        }
    }

    private boolean comes() {
        lock.lock();
        try {
            return promptness.comes();
        } finally {
            lock.unlock();
        }
    }

    /** The execution was admitted with the first row, under that number. */
    void opened(Append row, AdmissionWriter.Admitted admitted) {
        lock.lock();
        try {
            number = admitted.number();
        } finally {
            lock.unlock();
        }
        row.stored(admitted.at());
    }

    /** Makes the next row of what waits. */
    private Append next() {
        underWay = true;
        long size = 0;
        int taken = 0;
        // What an admission takes over from another execution is there with it or not at all, however large.
        int least = sequence == 1 ? 2 : 1;
        while (taken < waiting.size()
                && (taken < least || size + waiting.get(taken).bytes().length < LARGEST_ROW)) {
            Encoded encoded = waiting.get(taken++);
            size += encoded.bytes().length;
            if (encoded.whole()) {
                base = sequence;
            }
            step = encoded.checkpoint().map(Checkpoint::number).orElse(step);
        }
        List<Encoded> taking = waiting.subList(0, taken);
        Append row = new Append(this, taking);
        taking.clear();
        sequence += row.events();
        return row;
    }

    private void ended(@Nullable RuntimeException why) {
        Append row = null;
        lock.lock();
        try {
            underWay = false;
            promptness.told();
            if (why != null && failure == null) {
                failure = why;
            }
            if (failure != null) {
                waiting.clear();
            } else if (!waiting.isEmpty()) {
                row = next();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (why == null) {
            opened.complete(true);
        } else if (why instanceof LeaseLostException) {
            opened.complete(false);
        } else {
            opened.completeExceptionally(why);
        }
        if (row != null) {
            commits.submit(row, comes());
        }
    }

    /** Writes what it begins with, if that is still to be done. */
    public void open() {
        submit(List.of(), true);
    }

    @Override
    public void settle() {
        open();
        awaitAll();
    }

    private void awaitAll() {
        lock.lock();
        try {
            waiters++;
            while ((underWay || !waiting.isEmpty()) && failure == null) {
                await();
            }
            waiters--;
            RuntimeException thrown = failure;
            if (thrown != null) {
                throw thrown;
            }
        } finally {
            lock.unlock();
        }
    }

    private void await() {
        try {
            changed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure = new LeaseLostException(lease);
        }
    }

    @Override
    public int bytes() {
        return first;
    }

    @Override
    public boolean unopened() {
        lock.lock();
        try {
            return unopened;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void abandon() {
        AdmissionWriter.Admission never;
        boolean begins;
        lock.lock();
        try {
            abandoned = true;
            if (failure == null) {
                failure = new LeaseLostException(lease);
            }
            waiting.clear();
            never = opening;
            begins = unopened;
            opening = null;
            unopened = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        // A first row that is under way may go in yet, and then tells so itself.
        if (begins) {
            opened.complete(false);
        }
        if (never != null) {
            never.abandon();
        }
    }

    private boolean abandoned() {
        lock.lock();
        try {
            return abandoned;
        } finally {
            lock.unlock();
        }
    }
}
