package dev.agentos.audit;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Keeps chains of records, and lets nobody change one. */
public interface AuditStore {

    /** Puts entries at the ends of their chains, in their order, in one transaction. */
    default void append(List<AuditEntry> entries) {
        append(entries, Set.of());
    }

    /**
     * The same, and takes notes away in that transaction.
     *
     * @param noted the ids of those {@link Act acts} that the entries are about
     */
    void append(List<AuditEntry> entries, Set<String> noted);

    /** Says that the records of those {@link Act acts} are still to come. */
    void renew(Set<String> noted);

    /**
     * Takes some notes away of which nothing was said for that long, for their servers have ended before the records
     * were written, and puts an entry for each in the place of it, in one transaction.
     *
     * @param entry of what was noted, and when
     * @return how many
     */
    int appendAbandoned(Duration age, int most, BiFunction<JsonObject, Instant, AuditEntry> entry);

    /** Records that fit, behind that number, in order, as they are kept. */
    List<Kept> kept(Optional<TenantId> tenant, Filter filter, long after, int most);

    /** All records behind that number, in order. */
    default List<AuditRecord> read(Optional<TenantId> tenant, long after, int most) {
        return kept(tenant, Filter.ALL, after, most).stream().map(Kept::record).toList();
    }

    /** Records that fit, before that number, the newest first. */
    List<AuditRecord> find(Optional<TenantId> tenant, Filter filter, long before, int most);

    /** What the end of the chain is kept to be: its last number and hash; empty for a chain without records. */
    Optional<Head> head(Optional<TenantId> tenant);

    /** Keeps a checkpoint, unless there is one of that key at that place, and returns what is kept. */
    AuditCheckpoint keep(AuditCheckpoint checkpoint);

    /** Checkpoints of records before that number, the newest record's first. */
    List<AuditCheckpoint> checkpoints(Optional<TenantId> tenant, long before, int most);

    /** All checkpoints of the records behind one number and up to another. */
    List<AuditCheckpoint> checkpointsBetween(Optional<TenantId> tenant, long after, long last);

    /** Chains that have grown since their last checkpoint, and have none made since that time. */
    List<Optional<TenantId>> due(Instant since, int most);

    /**
     * A record as it is kept.
     *
     * @param labels under which it is found; those of its entry, if nobody has altered them
     */
    record Kept(AuditRecord record, Labels labels) {}

    /** What stands beside a record, so that it can be found. */
    record Labels(Instant at, String actor, String action, String outcome) {

        /** Those of an entry. */
        public static Labels of(AuditEntry entry) {
            return new Labels(
                    entry.at(), entry.actor(), entry.action(), entry.outcome().name());
        }
    }

    /** The end of a chain. */
    record Head(long sequence, String hash) {}

    /**
     * Which records.
     *
     * @param target the value of any of the target's members
     * @param from at that time or later
     * @param until before that time
     */
    record Filter(
            Optional<String> actor,
            Optional<String> action,
            Optional<String> target,
            Optional<AuditEntry.Outcome> outcome,
            Optional<Instant> from,
            Optional<Instant> until) {

        /** All of them. */
        public static final Filter ALL = new Filter(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());

        boolean fits(AuditEntry entry) {
            return actor.filter(one -> !one.equals(entry.actor())).isEmpty()
                    && action.filter(one -> !one.equals(entry.action())).isEmpty()
                    && target.filter(one -> !entry.target().members().containsValue(new JsonString(one)))
                            .isEmpty()
                    && outcome.filter(one -> one != entry.outcome()).isEmpty()
                    && from.filter(one -> entry.at().isBefore(one)).isEmpty()
                    && until.filter(one -> !entry.at().isBefore(one)).isEmpty();
        }
    }
}
