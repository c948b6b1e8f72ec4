package dev.agentos.audit;

import dev.agentos.audit.AuditStore.Filter;
import dev.agentos.audit.AuditStore.Head;
import dev.agentos.audit.AuditStore.Kept;
import dev.agentos.audit.AuditStore.Labels;
import dev.agentos.audit.AuditVerification.Fault;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Optional;

/**
 * Reads one chain, part by part, and compares it with itself, with its checkpoints, and with the end that the store
 * knows and whoever asks remembers. The chain may grow meanwhile.
 */
final class AuditVerifier {

    private static final int AT_ONCE = 1_000;

    private final AuditStore store;
    private final Optional<TenantId> tenant;
    private final Optional<Head> known;
    private final String key;
    private long records;
    private long checkpoints;
    private long others;
    private Head end = new Head(0, AuditRecord.NOTHING);
    private Optional<Fault> fault = Optional.empty();

    AuditVerifier(AuditStore store, Optional<TenantId> tenant, Optional<Head> known, String key) {
        this.store = store;
        this.tenant = tenant;
        this.known = known;
        this.key = key;
    }

    AuditVerification verify() {
        // What must be there is asked for first: what is added meanwhile is no fault.
        Optional<Head> head = store.head(tenant);
        List<AuditCheckpoint> newest = store.checkpoints(tenant, Long.MAX_VALUE, 1);
        compareKnown();
        // From the very beginning: records with numbers below 1 are not ours.
        long after = Long.MIN_VALUE;
        while (fault.isEmpty()) {
            List<Kept> batch = store.kept(tenant, Filter.ALL, after, AT_ONCE);
            if (!batch.isEmpty()) {
                after = batch.getLast().record().sequence();
                follow(batch, head, store.checkpointsBetween(tenant, end.sequence(), after));
            }
            if (batch.size() < AT_ONCE) {
                break;
            }
        }
        if (fault.isEmpty()) {
            compareEnd(head, newest);
        }
        return new AuditVerification(records, end.hash(), checkpoints, others, fault);
    }

    private void follow(List<Kept> batch, Optional<Head> head, List<AuditCheckpoint> signed) {
        int next = 0;
        for (Kept kept : batch) {
            AuditRecord record = kept.record();
            Optional<String> problem = problem(kept);
            if (problem.isPresent()) {
                fault = Optional.of(new Fault(record.sequence(), problem.get()));
                return;
            }
            records++;
            end = new Head(record.sequence(), record.hash());
            for (; next < signed.size() && signed.get(next).sequence() == end.sequence(); next++) {
                compare(signed.get(next));
            }
            compare(head, "The end of the chain has another hash.");
            compareKnown();
            if (fault.isPresent()) {
                return;
            }
        }
    }

    private Optional<String> problem(Kept kept) {
        AuditRecord record = kept.record();
        if (record.sequence() <= end.sequence()) {
            return Optional.of("It was inserted: its number is that of no record, or of another one.");
        }
        if (record.sequence() != end.sequence() + 1) {
            return Optional.of(
                    "The records from " + (end.sequence() + 1) + " to " + (record.sequence() - 1) + " are missing.");
        }
        if (!record.previous().equals(end.hash())) {
            return Optional.of("It does not follow the record before it: that was altered, or this was inserted.");
        }
        if (!record.sound()) {
            return Optional.of("It was altered: its hash is that of another text.");
        }
        return Labels.of(record.entry()).equals(kept.labels())
                ? Optional.empty()
                : Optional.of("What it is found by was altered: it stands under another time, actor, action or outcome"
                        + " than it says.");
    }

    private void compare(AuditCheckpoint checkpoint) {
        if (!checkpoint.signed()) {
            fail("A checkpoint of it was altered: its signature is that of something else.");
        } else if (!checkpoint.hash().equals(end.hash())) {
            fail("A checkpoint of " + checkpoint.at() + " has another hash: it, or a record before it, was altered.");
        } else if (checkpoint.key().equals(key)) {
            checkpoints++;
        } else {
            others++;
        }
    }

    private void compareKnown() {
        compare(known, "The hash that was given is another one: this record, or one before it, was altered.");
    }

    private void compare(Optional<Head> other, String problem) {
        if (other.isPresent()
                && other.get().sequence() == end.sequence()
                && !other.get().hash().equals(end.hash())) {
            fail(problem);
        }
    }

    private void compareEnd(Optional<Head> head, List<AuditCheckpoint> newest) {
        long last = end.sequence();
        long expected = head.map(Head::sequence).orElse(0L);
        if (last < expected) {
            missing("The records from here to " + expected + " are missing.");
        } else if (!newest.isEmpty() && newest.getFirst().sequence() > last) {
            AuditCheckpoint one = newest.getFirst();
            missing("The end was cut off: a checkpoint of " + one.at() + " knows the record " + one.sequence() + ".");
        } else if (known.isPresent() && known.get().sequence() > last) {
            missing("The end was cut off: the record " + known.get().sequence()
                    + ", whose hash was given, is missing.");
        } else if (last > store.head(tenant).map(Head::sequence).orElse(0L)) {
            // The end moves with each record, in its transaction.
            fail("It was inserted behind the end of the chain, or that was put back.");
        }
    }

    private void missing(String what) {
        fault = Optional.of(new Fault(end.sequence() + 1, what));
    }

    private void fail(String what) {
        if (fault.isEmpty()) {
            fault = Optional.of(new Fault(end.sequence(), what));
        }
    }
}
