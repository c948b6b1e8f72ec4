package dev.agentos.http;

import dev.agentos.kernel.Revisions;
import dev.agentos.retention.RetentionKind;
import dev.agentos.retention.RetentionRule;
import dev.agentos.retention.RetentionStore;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rules in memory, of tenants with three rows of each kind. */
final class FakeRetentionStore implements RetentionStore {

    private final List<RetentionRule> rules = new ArrayList<>();

    @Override
    public synchronized boolean put(RetentionRule rule, long seen) {
        boolean there = rules.stream().anyMatch(one -> one.tenant().equals(rule.tenant()) && one.kind() == rule.kind());
        if (there == (seen == Revisions.NONE) || (there && !delete(rule.tenant(), rule.kind(), seen))) {
            return false;
        }
        return rules.add(rule);
    }

    @Override
    public synchronized boolean delete(Optional<TenantId> tenant, RetentionKind kind, long seen) {
        return rules.removeIf(rule -> rule.tenant().equals(tenant) && rule.kind() == kind && rule.revision() == seen);
    }

    @Override
    public synchronized List<RetentionRule> rules(Optional<TenantId> tenant) {
        return rules.stream().filter(rule -> rule.tenant().equals(tenant)).toList();
    }

    @Override
    public List<InForce> inForce() {
        return List.of();
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public long count(TenantId tenant, RetentionKind kind, Instant before) {
        return 3;
    }

    @Override
    public Optional<Step> remove(
            TenantId tenant, RetentionKind kind, Instant before, Optional<String> after, int most) {
        return Optional.empty();
    }
}
