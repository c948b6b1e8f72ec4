package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.Lease;
import dev.agentos.execution.room.Room;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What one execution tells its log, gathered into as few entries as its promises allow. Used by the thread of the
 * execution alone; the order of the log is the order in which things happened.
 *
 * <p>A checkpoint or a write is <em>owed</em> until it is durable. {@link #settle} pays what is owed: before an effect,
 * so that whatever the effect may have seen survives a crash, and before each superstep when the execution asks for it.
 */
final class Journal {

    private static final int FULL = 256;
    /** So many bytes go together at most, lest what is small alone be too large for an entry together. */
    private static final long LARGE = 8L << 20;
    /** From here on entries are stored before anything else is done, and not many at a time. */
    private static final long LARGE_TOGETHER = 1L << 20;

    private final EngineContext context;
    private final ExecutionStore.Log log;
    private final Room.Share share;
    private final List<Draft> events = new ArrayList<>();
    private final List<PendingWrite> writes = new ArrayList<>();
    private final List<Entry> closed = new ArrayList<>();
    private Optional<Checkpoint> checkpoint = Optional.empty();
    private Map<String, Change> changes = Map.of();
    private final boolean atExit;
    /** Marks that went out while the checkpoint before them is kept back. */
    private final List<PendingWrite> marks = new ArrayList<>();

    /** What was said last of a write; a write is not stored without an event. */
    private Optional<Draft> saved = Optional.empty();

    private boolean owed;
    /** Whether nothing of it was waited for yet, as long as its first row brings the claim along. */
    private boolean opening;

    private int noted;
    private long bytes;

    /**
     * A journal.
     *
     * @param share of the server's memory
     * @param atExit whether checkpoints are kept back until the execution waits or ends
     */
    Journal(EngineContext context, ExecutionStore.Log log, Room.Share share, boolean atExit) {
        this.share = share;
        this.context = context;
        this.log = log;
        this.atExit = atExit;
        this.opening = log.unopened();
        this.owed = opening;
    }

    /** Notes an event. */
    void add(Draft event) {
        begin();
        if (noted >= FULL || bytes + Sizes.of(event.data()) > LARGE) {
            flush();
        }
        note(event);
    }

    private void note(Draft event) {
        events.add(event);
        noted++;
        bytes += Sizes.of(event.data());
    }

    /**
     * Notes what a node task produced, or what must be known of it after a crash, with the event that says so: without
     * one the log takes nothing.
     */
    void save(PendingWrite write, Draft event) {
        begin();
        long size = Sizes.of(write.writes()) + Sizes.of(event.data());
        if (noted >= FULL || bytes + size > LARGE) {
            flush();
        }
        note(event);
        saved = Optional.of(event);
        writes.add(write);
        bytes += Sizes.of(write.writes());
        owed = true;
    }

    /**
     * An entry ends with its checkpoint. What happens behind it belongs to the next superstep: its writes would be
     * taken for part of the checkpoint, and its events must not become durable before their results can.
     */
    private void begin() {
        if (checkpoint.isPresent() && !atExit) {
            closed.add(take(Move.STAY));
        }
    }

    /** Notes that a superstep has ended. */
    void checkpoint(Planner.Step step) {
        reach("beforeCheckpoint");
        begin();
        Map<String, Change> all = new TreeMap<>();
        if (checkpoint.isPresent()) {
            all.putAll(changes);
        }
        // What the others did beside a question is still to be found when it is answered.
        if (atExit) {
            step.checkpoint().settle(writes);
            step.checkpoint().settle(marks);
        }
        step.changes().forEach((name, change) -> all.merge(name, change, Change::then));
        checkpoint = Optional.of(step.checkpoint());
        changes = all;
        owed = true;
        note(ExecutionEvent.ofCheckpoint(step.checkpoint(), step.changes().keySet()));
    }

    /** Gives the log what was noted, without waiting. */
    void flush() {
        if (noted > 0) {
            List<Entry> all = takeAll();
            if (large(all)) {
                write(all);
            } else {
                log.append(all);
            }
        }
    }

    private void write(List<Entry> entries) {
        if (large(entries)) {
            share.storing(() -> log.write(entries));
        } else {
            log.write(entries);
        }
    }

    /** Whether more than one copy at a time would count. */
    private boolean large(List<Entry> entries) {
        return share.large() && entries.stream().mapToLong(Entry::size).sum() > LARGE_TOGETHER;
    }

    private List<Entry> takeAll() {
        if (!events.isEmpty()) {
            closed.add(atExit ? takeEvents() : take(Move.STAY));
        }
        List<Entry> all = List.copyOf(closed);
        closed.clear();
        noted = 0;
        return all;
    }

    private List<Entry> takeAll(Move move) {
        closed.add(take(move));
        return takeAll();
    }

    /** Whether something that must survive a crash may not be durable yet. */
    boolean owes() {
        return owed;
    }

    /** Whether not even the admission is durable yet: then nothing may happen that can be seen outside. */
    boolean unopened() {
        return log.unopened();
    }

    /** Waits until all that was noted is durable. */
    void settle() {
        if (noted == 0) {
            log.settle();
        } else {
            reach("beforeWrite");
            write(takeAll());
            reach("afterWrite");
        }
        owed = false;
        if (opening) {
            opening = false;
            reach("afterClaim");
        }
    }

    /** Waits until that is durable with which another server goes on, the last checkpoint in any case. */
    void handOver() {
        if (atExit && checkpoint.isEmpty() && !writes.isEmpty()) {
            // What was done in the first superstep is behind the checkpoint that is durable already.
            if (events.isEmpty()) {
                saved.ifPresent(this::note);
            }
            closed.add(take(Move.STAY));
        } else if (atExit && checkpoint.isPresent()) {
            if (events.isEmpty()) {
                note(ExecutionEvent.ofCheckpoint(checkpoint.get(), changes.keySet()));
            }
            // The checkpoint may be stored whole, and nobody looks for what was marked before that.
            writes.addAll(0, marks);
            closed.add(take(Move.STAY));
        }
        settle();
    }

    /** Lets the execution wait, behind its last checkpoint; until that time at the latest. */
    void suspend(Draft last, Optional<Instant> due) {
        reach("beforeSuspend");
        note(last);
        write(takeAll(new Move.Suspend(due)));
        owed = false;
        reach("afterSuspend");
    }

    /** Ends the execution. */
    void finish(Draft last, ExecutionStore.Outcome outcome) {
        reach("beforeFinish");
        note(last);
        write(takeAll(new Move.Finish(outcome)));
        owed = false;
        reach("afterFinish");
    }

    /** Drops what was noted and not given to the log, as when the log refused it. */
    void forget() {
        closed.clear();
        noted = 0;
        clear();
    }

    private void clear() {
        bytes = 0;
        events.clear();
        writes.clear();
        checkpoint = Optional.empty();
        changes = Map.of();
        owed = false;
    }

    /** What must be known of effects goes out with the events; checkpoints stay. */
    private Entry takeEvents() {
        List<PendingWrite> marked = writes.stream()
                .filter(write -> Review.marked(write).isPresent())
                .toList();
        Entry entry = new Entry(events, marked, Optional.empty(), Map.of(), Move.STAY);
        bytes = 0;
        events.clear();
        writes.removeAll(marked);
        marks.addAll(marked);
        return entry;
    }

    private Entry take(Move move) {
        Entry entry = new Entry(events, writes, checkpoint, changes, move);
        clear();
        owed = true;
        return entry;
    }

    private void reach(String place) {
        context.failpoints().reach(place);
    }

    /** Ends an execution whose log cannot be opened. */
    static void park(EngineContext context, Patience patience, Lease lease, int step, Failure failure) {
        patience.until("park", () -> {
            context.store().park(lease, failure, failed(ExecutionEvent.FAILED, step, Optional.empty(), failure));
            return true;
        });
    }

    static Draft failed(String type, int step, Optional<String> node, Failure failure) {
        return new Draft(type, step, node, JsonObject.of("failure", failure.toJson()));
    }
}
