package dev.agentos.audit;

import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Records in memory, for a runtime without a database. */
public class MemoryAuditStore implements AuditStore {

    private final Map<Optional<TenantId>, List<AuditRecord>> chains = new HashMap<>();

    @Override
    public synchronized void append(List<AuditEntry> entries) {
        for (AuditEntry entry : entries) {
            List<AuditRecord> chain = chains.computeIfAbsent(entry.tenant(), any -> new ArrayList<>());
            String previous =
                    chain.isEmpty() ? AuditRecord.NOTHING : chain.getLast().hash();
            chain.add(AuditRecord.of(entry, chain.size() + 1L, previous));
        }
    }

    @Override
    public synchronized List<AuditRecord> read(Optional<TenantId> tenant, long after, int most) {
        return chains.getOrDefault(tenant, List.of()).stream()
                .filter(record -> record.sequence() > after)
                .limit(most)
                .toList();
    }

    @Override
    public synchronized List<AuditRecord> find(Optional<TenantId> tenant, Filter filter, long before, int most) {
        return List.copyOf(chains.getOrDefault(tenant, List.of())).reversed().stream()
                .filter(record -> record.sequence() < before)
                .filter(record -> filter.fits(record.entry()))
                .limit(most)
                .toList();
    }

    @Override
    public synchronized Optional<Head> head(Optional<TenantId> tenant) {
        List<AuditRecord> chain = chains.getOrDefault(tenant, List.of());
        return chain.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Head(chain.getLast().sequence(), chain.getLast().hash()));
    }
}
