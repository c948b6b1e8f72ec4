package dev.agentos.policy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Approvals in memory, for a runtime without a database; knows nothing of executions that end. */
public final class MemoryApprovalStore implements ApprovalStore {

    private final Map<String, Approval> approvals = new LinkedHashMap<>();
    private final Set<String> told = new HashSet<>();

    @Override
    public synchronized Approval ask(Approval candidate) {
        Optional<Approval> before = asked(
                candidate.tenant(),
                candidate.asked().execution(),
                candidate.asked().effect(),
                candidate.asked().digest());
        before.ifPresentOrElse(one -> {}, () -> approvals.put(candidate.id(), candidate));
        return before.orElse(candidate);
    }

    @Override
    public synchronized Optional<Approval> asked(
            Optional<TenantId> tenant, String execution, String effect, String digest) {
        return of(tenant, execution, effect).stream()
                .filter(one -> one.asked().digest().equals(digest))
                .findFirst();
    }

    @Override
    public synchronized List<Approval> agreed(
            Optional<TenantId> tenant, String execution, String effect, String digest) {
        return of(tenant, execution, effect).stream()
                .filter(one -> one.state() == Approval.State.APPROVED)
                .filter(one -> one.asked().digest(one.arguments()).equals(digest))
                .toList();
    }

    private List<Approval> of(Optional<TenantId> tenant, String execution, String effect) {
        return approvals.values().stream()
                .filter(one -> one.tenant().equals(tenant)
                        && one.asked().execution().equals(execution)
                        && one.asked().effect().equals(effect))
                .toList();
    }

    @Override
    public synchronized Optional<Approval> find(Optional<TenantId> tenant, String id) {
        return Optional.ofNullable(approvals.get(id)).filter(one -> one.tenant().equals(tenant));
    }

    @Override
    public synchronized Page<Approval> list(
            Optional<TenantId> tenant, boolean platform, Optional<Approval.State> state, PageRequest request) {
        return ApprovalStore.page(
                approvals.values().stream()
                        .filter(one -> one.tenant().equals(tenant)
                                || platform && one.tenant().isEmpty()),
                state,
                request);
    }

    @Override
    public synchronized boolean change(Approval changed) {
        Approval before = approvals.get(changed.id());
        if (before == null || before.revision() != changed.revision() - 1) {
            return false;
        }
        approvals.put(changed.id(), changed);
        told.remove(changed.id());
        return true;
    }

    @Override
    public synchronized Set<Optional<TenantId>> expire(Instant now) {
        List<Approval> expired = approvals.values().stream()
                .filter(one -> one.state() == Approval.State.PENDING)
                .filter(one -> !one.times().expiresAt().isAfter(now))
                .map(one -> one.changed(Approval.State.EXPIRED, one.standing(), Optional.of(now)))
                .toList();
        expired.forEach(one -> approvals.put(one.id(), one));
        return expired.stream().map(Approval::tenant).collect(Collectors.toSet());
    }

    @Override
    public synchronized List<Key> toEscalate(Instant now, int most) {
        return approvals.values().stream()
                .filter(one -> one.due(now))
                .limit(most)
                .map(one -> new Key(one.tenant(), one.id()))
                .toList();
    }

    @Override
    public synchronized List<Key> untold(String after, int most) {
        return approvals.values().stream()
                .filter(one ->
                        one.tells() && !told.contains(one.id()) && one.id().compareTo(after) > 0)
                .sorted(Comparator.comparing(Approval::id))
                .limit(most)
                .map(one -> new Key(one.tenant(), one.id()))
                .toList();
    }

    @Override
    public synchronized void told(Approval approval, Instant at) {
        Approval known = approvals.get(approval.id());
        if (known != null && known.revision() == approval.revision()) {
            told.add(approval.id());
        }
    }
}
