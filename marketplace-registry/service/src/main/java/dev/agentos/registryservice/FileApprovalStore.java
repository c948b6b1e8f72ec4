package dev.agentos.registryservice;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.Approval;
import dev.agentos.policy.ApprovalStore;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Approvals as files of a registry, one each, so that they survive its process; several processes may share them.
 * Nothing is of a tenant.
 */
final class FileApprovalStore implements ApprovalStore {

    private final RegistryDirectory directory;

    FileApprovalStore(RegistryDirectory directory) {
        this.directory = directory;
    }

    /** All, in the order in which they were asked. */
    List<ApprovalFile> all() {
        return directory.approvals();
    }

    private Optional<Approval> first(Predicate<Approval> wanted) {
        return all().stream().map(ApprovalFile::approval).filter(wanted).findFirst();
    }

    @Override
    public Approval ask(Approval candidate) {
        return directory.exclusively(() -> {
            Optional<Approval> before = asked(
                    candidate.tenant(),
                    candidate.asked().execution(),
                    candidate.asked().effect(),
                    candidate.asked().digest());
            if (before.isEmpty()) {
                directory.writeApproval(new ApprovalFile(candidate, false, Optional.empty()));
            }
            return before.orElse(candidate);
        });
    }

    @Override
    public Optional<Approval> asked(Optional<TenantId> tenant, String execution, String effect, String digest) {
        return first(one ->
                one.asked().effect().equals(effect) && one.asked().digest().equals(digest));
    }

    @Override
    public List<Approval> agreed(Optional<TenantId> tenant, String execution, String effect, String digest) {
        return asked(tenant, execution, effect, digest).stream()
                .filter(one -> one.state() == Approval.State.APPROVED)
                .toList();
    }

    @Override
    public Optional<Approval> find(Optional<TenantId> tenant, String id) {
        return file(id).map(ApprovalFile::approval);
    }

    /** The same, with whether it was told and what came of it. */
    Optional<ApprovalFile> file(String id) {
        return all().stream().filter(one -> one.approval().id().equals(id)).findFirst();
    }

    @Override
    public Page<Approval> list(
            Optional<TenantId> tenant, boolean platform, Optional<Approval.State> state, PageRequest request) {
        return ApprovalStore.page(all().stream().map(ApprovalFile::approval), state, request);
    }

    @Override
    public boolean change(Approval changed) {
        return directory.exclusively(() -> {
            Optional<Approval> before = find(changed.tenant(), changed.id());
            if (before.filter(one -> one.revision() == changed.revision() - 1)
                    .filter(one -> one.state() == Approval.State.PENDING)
                    .isEmpty()) {
                return false;
            }
            directory.writeApproval(new ApprovalFile(changed, false, Optional.empty()));
            return true;
        });
    }

    @Override
    public Set<Optional<TenantId>> expire(Instant now) {
        boolean due = all().stream().anyMatch(one -> over(one.approval(), now));
        if (due) {
            directory.exclusively(() -> {
                for (ApprovalFile one : all()) {
                    if (over(one.approval(), now)) {
                        directory.writeApproval(
                                new ApprovalFile(expired(one.approval(), now), false, Optional.empty()));
                    }
                }
                return true;
            });
        }
        return due ? Set.of(Optional.empty()) : Set.of();
    }

    private static boolean over(Approval approval, Instant now) {
        return approval.state() == Approval.State.PENDING
                && !approval.times().expiresAt().isAfter(now);
    }

    private static Approval expired(Approval before, Instant now) {
        return new Approval(
                before.id(),
                before.tenant(),
                before.asked(),
                before.rule(),
                before.terms(),
                Approval.State.EXPIRED,
                before.standing(),
                before.revision() + 1,
                new Approval.Times(before.times().createdAt(), before.times().expiresAt(), Optional.of(now)));
    }

    /** Nothing is escalated: a registry knows neither roles nor groups. */
    @Override
    public List<Key> toEscalate(Instant now, int most) {
        return List.of();
    }

    @Override
    public List<Key> untold(String after, int most) {
        return all().stream()
                .filter(one -> !one.told() && one.approval().state() != Approval.State.PENDING)
                .map(ApprovalFile::approval)
                .filter(one -> one.id().compareTo(after) > 0)
                .sorted(Comparator.comparing(Approval::id))
                .limit(most)
                .map(one -> new Key(one.tenant(), one.id()))
                .toList();
    }

    @Override
    public void told(Approval approval, Instant at) {
        rewrite(approval, one -> new ApprovalFile(one.approval(), true, one.failure()));
    }

    /** Notes why the release did not come in. */
    void failed(Approval approval, Failure why) {
        rewrite(approval, one -> new ApprovalFile(one.approval(), one.told(), Optional.of(why.toJson())));
    }

    private void rewrite(Approval approval, UnaryOperator<ApprovalFile> change) {
        directory.exclusively(() -> {
            Optional<ApprovalFile> known =
                    file(approval.id()).filter(one -> one.approval().revision() == approval.revision());
            if (known.isPresent()) {
                directory.writeApproval(change.apply(known.get()));
            }
            return true;
        });
    }
}
