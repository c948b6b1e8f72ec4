package dev.agentos.policy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Keeps approvals of tenants, and of the platform, which is no tenant. */
public interface ApprovalStore {

    /** Adds one, unless the same was asked for the same effect before: then that one is returned. */
    Approval ask(Approval candidate);

    /** That of an effect with those arguments, by the digest of what was asked. */
    Optional<Approval> asked(Optional<TenantId> tenant, String execution, String effect, String digest);

    /** Those that are approved for an effect, by the digest of what was agreed to. */
    List<Approval> agreed(Optional<TenantId> tenant, String execution, String effect, String digest);

    /** Whether just that was agreed to by all whom those terms want, when it was first asked or once more. */
    default boolean agreed(Optional<TenantId> tenant, Approval.Asked asked, ApprovalTerms terms) {
        Approval.Asked sought = asked;
        for (int time = 0; ; time++) {
            List<Approval> agreed = agreed(tenant, sought.execution(), sought.effect(), sought.digest());
            if (agreed.stream().anyMatch(one -> one.covers(terms))) {
                return true;
            }
            // Whoever was asked once more may have edited it into what nobody had agreed to before.
            if (agreed.isEmpty() && time > 0) {
                return false;
            }
            sought = sought.again();
        }
    }

    /** The approval of that id. */
    Optional<Approval> find(Optional<TenantId> tenant, String id);

    /**
     * Approvals in that state, or all, the newest first; a cursor is an id.
     *
     * @param platform with the platform's, too
     */
    Page<Approval> list(
            Optional<TenantId> tenant, boolean platform, Optional<Approval.State> state, PageRequest request);

    /** Replaces one that is at the revision before; false when somebody else was first. */
    boolean change(Approval changed);

    /**
     * Ends those whose time is over, and those whose execution or operation has ended; of all tenants.
     *
     * @return whose it has ended; empty for the platform
     */
    Set<Optional<TenantId>> expire(Instant now);

    /**
     * Which one it is. Those of all tenants together may be more than there is memory for: they are read one by one.
     */
    record Key(Optional<TenantId> tenant, String id) {}

    /** That one. */
    default Optional<Approval> find(Key key) {
        return find(key.tenant(), key.id());
    }

    /** Some that are to be escalated by then; of all tenants. */
    List<Key> toEscalate(Instant now, int most);

    /**
     * Some that are decided or escalated and whose execution was not told, by their ids; of all tenants.
     *
     * @param after begins behind that id
     */
    List<Key> untold(String after, int most);

    /** Notes that the execution knows, unless it has changed since. */
    void told(Approval approval, Instant at);

    /** A page of approvals that a store has at hand, the newest first, as {@link #list} wants it. */
    static Page<Approval> page(Stream<Approval> all, Optional<Approval.State> state, PageRequest request) {
        return Page.of(
                all.filter(one -> state.isEmpty() || one.state() == state.get())
                        .filter(one -> request.cursor().isEmpty()
                                || one.id().compareTo(request.cursor().get()) < 0)
                        .sorted(Comparator.comparing(Approval::id).reversed())
                        .limit(request.limit() + 1L)
                        .toList(),
                request.limit(),
                Approval::id);
    }
}
