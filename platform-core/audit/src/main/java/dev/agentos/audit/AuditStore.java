package dev.agentos.audit;

import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Keeps chains of records, and lets nobody change one. */
public interface AuditStore {

    /** Puts entries at the ends of their chains, in their order, in one transaction. */
    void append(List<AuditEntry> entries);

    /** Records behind that number, in order, as they are kept. */
    List<AuditRecord> read(Optional<TenantId> tenant, long after, int most);

    /** Records that fit, before that number, the newest first. */
    List<AuditRecord> find(Optional<TenantId> tenant, Filter filter, long before, int most);

    /** What the end of the chain is kept to be: its last number and hash; empty for a chain without records. */
    Optional<Head> head(Optional<TenantId> tenant);

    /** The end of a chain. */
    record Head(long sequence, String hash) {}

    /**
     * Which records.
     *
     * @param from at that time or later
     * @param until before that time
     */
    record Filter(
            Optional<String> actor,
            Optional<String> action,
            Optional<AuditEntry.Outcome> outcome,
            Optional<Instant> from,
            Optional<Instant> until) {

        /** All of them. */
        public static final Filter ALL =
                new Filter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

        boolean fits(AuditEntry entry) {
            return actor.filter(one -> !one.equals(entry.actor())).isEmpty()
                    && action.filter(one -> !one.equals(entry.action())).isEmpty()
                    && outcome.filter(one -> one != entry.outcome()).isEmpty()
                    && from.filter(one -> entry.at().isBefore(one)).isEmpty()
                    && until.filter(one -> !entry.at().isBefore(one)).isEmpty();
        }
    }
}
