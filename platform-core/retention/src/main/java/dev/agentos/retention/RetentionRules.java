package dev.agentos.retention;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditEntry;
import dev.agentos.kernel.Revisions;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.ObjLongConsumer;

/**
 * How long things are kept, and the clean-up that follows. Without a rule they stay for ever. Nothing that runs or
 * waits is ever touched: time begins when it is over.
 */
public final class RetentionRules {

    /** The shortest time for which something can be kept. */
    public static final Duration SHORTEST = Duration.ofHours(1);

    /** The longest: a hundred years. */
    public static final Duration LONGEST = Duration.ofDays(36_525);

    private static final int AT_ONCE = 200;
    private static final long BETWEEN_STEPS_MILLIS = 20;
    /** A server that is killed forgets to record what these have removed, and no more. */
    private static final int STEPS_OF_A_RECORD = 10;

    private final RetentionStore store;
    private final Audit audit;
    private final ObjLongConsumer<RetentionKind> removed;
    private final InstantSource clock;

    /**
     * Rules that are kept there.
     *
     * @param removed told how many rows of which kind are gone
     */
    public RetentionRules(
            RetentionStore store, Audit audit, ObjLongConsumer<RetentionKind> removed, InstantSource clock) {
        this.store = store;
        this.audit = audit;
        this.removed = removed;
        this.clock = clock;
    }

    /**
     * Sets a rule.
     *
     * @param tenant whose; empty for the longest that the platform allows
     * @param seen the revision of the rule that was seen, {@link Revisions#NONE} for none
     * @param by the id of the principal that says so
     * @throws AgentOsException {@code server:PRECONDITION_FAILED}
     */
    public RetentionRule put(Optional<TenantId> tenant, RetentionKind kind, Duration keep, long seen, String by) {
        RetentionRule rule = new RetentionRule(
                tenant, kind, keep, by, clock.instant().truncatedTo(ChronoUnit.MICROS), Revisions.after(seen));
        if (!store.put(rule, seen)) {
            throw changed(kind);
        }
        return rule;
    }

    /**
     * Removes a rule.
     *
     * @param seen its revision as it was seen
     * @throws AgentOsException {@code retention:UNKNOWN_RULE}, {@code server:PRECONDITION_FAILED}
     */
    public void delete(Optional<TenantId> tenant, RetentionKind kind, long seen) {
        require(tenant, kind);
        if (!store.delete(tenant, kind, seen)) {
            throw changed(kind);
        }
    }

    private static AgentOsException changed(RetentionKind kind) {
        return Revisions.changed("For how long " + kind.word() + " are kept");
    }

    /** The rule of a kind; {@code retention:UNKNOWN_RULE} when nothing is set. */
    public RetentionRule require(Optional<TenantId> tenant, RetentionKind kind) {
        return find(tenant, kind)
                .orElseThrow(() -> new AgentOsException(
                        RetentionErrorCode.UNKNOWN_RULE,
                        "Nothing is set for how long " + kind.word() + " are kept.",
                        "GET /api/v1/retention lists what is set."));
    }

    /** The rule of a kind. */
    public Optional<RetentionRule> find(Optional<TenantId> tenant, RetentionKind kind) {
        return list(tenant).stream().filter(rule -> rule.kind() == kind).findFirst();
    }

    /** The rules of a tenant, or of the platform. */
    public List<RetentionRule> list(Optional<TenantId> tenant) {
        return store.rules(tenant);
    }

    /** How many rows would be removed of a tenant if that long were kept. */
    public long count(TenantId tenant, RetentionKind kind, Duration keep) {
        return store.count(tenant, kind, store.now().minus(keep));
    }

    /**
     * Removes what is over, of all tenants, unless another server is about it; stops when the thread is interrupted.
     */
    public void clean() throws InterruptedException {
        List<RetentionStore.InForce> inForce = store.inForce();
        if (inForce.isEmpty()) {
            return;
        }
        // Ends are told by the store's clock: by one that is ahead they would be over too early.
        Instant now = store.now();
        for (RetentionStore.InForce rule : inForce) {
            if (!clean(rule, now.minus(rule.keep()))) {
                return;
            }
        }
    }

    /** Small steps with a pause between them, so that whoever works meanwhile hardly waits. */
    private boolean clean(RetentionStore.InForce rule, Instant before) throws InterruptedException {
        Optional<String> at = Optional.empty();
        long gone = 0;
        try {
            for (int steps = 1; ; steps++) {
                Optional<RetentionStore.Step> step = store.remove(rule.tenant(), rule.kind(), before, at, AT_ONCE);
                if (step.isEmpty()) {
                    return false;
                }
                gone += step.get().removed();
                at = step.get().next();
                if (at.isEmpty()) {
                    return true;
                }
                if (steps % STEPS_OF_A_RECORD == 0) {
                    record(rule, before, gone);
                    gone = 0;
                }
                Thread.sleep(BETWEEN_STEPS_MILLIS);
            }
        } finally {
            record(rule, before, gone);
        }
    }

    private void record(RetentionStore.InForce rule, Instant before, long gone) {
        if (gone == 0) {
            return;
        }
        removed.accept(rule.kind(), gone);
        audit.note(new AuditEntry(
                Optional.of(rule.tenant()),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                "server",
                "retentionRemoved",
                JsonObject.of("kind", rule.kind().word()),
                AuditEntry.Outcome.DONE,
                JsonObject.of(
                        "rows", String.valueOf(gone),
                        "before", before.toString(),
                        "keep", rule.keep().toString())));
    }
}
