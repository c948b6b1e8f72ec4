package dev.agentos.audit;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Records in memory, for a runtime without a database. */
public class MemoryAuditStore implements AuditStore {

    private final Map<Optional<TenantId>, List<AuditRecord>> chains = new HashMap<>();
    private final List<AuditCheckpoint> checkpoints = new ArrayList<>();

    @Override
    public synchronized void append(List<AuditEntry> entries, Set<String> noted) {
        for (AuditEntry entry : entries) {
            List<AuditRecord> chain = chains.computeIfAbsent(entry.tenant(), any -> new ArrayList<>());
            String previous =
                    chain.isEmpty() ? AuditRecord.NOTHING : chain.getLast().hash();
            chain.add(AuditRecord.of(entry, chain.size() + 1L, previous));
        }
    }

    /** Nothing outlives the server here, notes neither. */
    @Override
    public void renew(Set<String> noted) {
        // Nobody else could take them for abandoned.
    }

    @Override
    public int appendAbandoned(Duration age, int most, BiFunction<JsonObject, Instant, AuditEntry> entry) {
        return 0;
    }

    @Override
    public synchronized List<Kept> kept(Optional<TenantId> tenant, Filter filter, long after, int most) {
        return chains.getOrDefault(tenant, List.of()).stream()
                .filter(record -> record.sequence() > after)
                .filter(record -> filter.fits(record.entry()))
                .limit(most)
                .map(record -> new Kept(record, Labels.of(record.entry())))
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

    @Override
    public synchronized AuditCheckpoint keep(AuditCheckpoint checkpoint) {
        return checkpoints.stream()
                .filter(one -> one.tenant().equals(checkpoint.tenant())
                        && one.sequence() == checkpoint.sequence()
                        && one.key().equals(checkpoint.key()))
                .findFirst()
                .orElseGet(() -> {
                    checkpoints.add(checkpoint);
                    return checkpoint;
                });
    }

    @Override
    public synchronized List<AuditCheckpoint> checkpoints(Optional<TenantId> tenant, long before, int most) {
        return of(tenant)
                .filter(one -> one.sequence() < before)
                .sorted(Comparator.comparingLong(AuditCheckpoint::sequence).reversed())
                .limit(most)
                .toList();
    }

    @Override
    public synchronized List<AuditCheckpoint> checkpointsBetween(Optional<TenantId> tenant, long after, long last) {
        return of(tenant)
                .filter(one -> one.sequence() > after && one.sequence() <= last)
                .sorted(Comparator.comparingLong(AuditCheckpoint::sequence))
                .toList();
    }

    @Override
    public synchronized List<Optional<TenantId>> due(Instant since, int most) {
        return chains.entrySet().stream()
                .filter(chain -> of(chain.getKey())
                        .noneMatch(one -> !one.at().isBefore(since)
                                || one.sequence() == chain.getValue().size()))
                .limit(most)
                .map(Map.Entry::getKey)
                .toList();
    }

    private Stream<AuditCheckpoint> of(Optional<TenantId> tenant) {
        return checkpoints.stream().filter(one -> one.tenant().equals(tenant));
    }
}
