package dev.agentos.audit;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Optional;

/**
 * What was found when a chain was read whole.
 *
 * @param records how many there are
 * @param hash of the last one; whoever keeps it elsewhere can tell later that nothing before it was changed
 * @param fault the first thing that is wrong; empty when all is well
 */
public record AuditVerification(long records, String hash, Optional<Fault> fault) {

    private static final int AT_ONCE = 1_000;

    /**
     * Something that is not as it was written.
     *
     * @param sequence of the record
     * @param what is wrong with it
     */
    public record Fault(long sequence, String what) {}

    static AuditVerification of(AuditStore store, Optional<TenantId> tenant) {
        // The end first: what is added meanwhile is no fault.
        Optional<AuditStore.Head> head = store.head(tenant);
        long count = 0;
        String hash = AuditRecord.NOTHING;
        long last = 0;
        while (true) {
            List<AuditRecord> batch = store.read(tenant, last, AT_ONCE);
            for (AuditRecord record : batch) {
                Optional<String> problem = problem(record, last, hash);
                if (problem.isPresent()) {
                    return new AuditVerification(count, hash, Optional.of(new Fault(record.sequence(), problem.get())));
                }
                count++;
                last = record.sequence();
                hash = record.hash();
                if (head.isPresent()
                        && head.get().sequence() == last
                        && !head.get().hash().equals(hash)) {
                    return new AuditVerification(
                            count, hash, Optional.of(new Fault(last, "The end of the chain has another hash.")));
                }
            }
            if (batch.size() < AT_ONCE) {
                break;
            }
        }
        long end = head.map(AuditStore.Head::sequence).orElse(0L);
        return new AuditVerification(
                count,
                hash,
                last < end
                        ? Optional.of(new Fault(last + 1, "The records from here to " + end + " are missing."))
                        : Optional.empty());
    }

    private static Optional<String> problem(AuditRecord record, long last, String hash) {
        if (record.sequence() != last + 1) {
            return Optional.of("The records from " + (last + 1) + " to " + (record.sequence() - 1) + " are missing.");
        }
        if (!record.previous().equals(hash)) {
            return Optional.of("It does not follow the record before it: that was altered, or this was inserted.");
        }
        return record.sound() ? Optional.empty() : Optional.of("It was altered: its hash is that of another text.");
    }

    /** For people and programs. */
    public JsonObject toJson() {
        JsonObject json = JsonObject.of("sound", fault.isEmpty(), "records", records, "hash", hash);
        return fault.map(one -> json.with("fault", JsonObject.of("sequence", one.sequence(), "what", one.what())))
                .orElse(json);
    }
}
