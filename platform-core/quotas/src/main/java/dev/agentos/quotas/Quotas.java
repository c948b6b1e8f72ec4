package dev.agentos.quotas;

import dev.agentos.execution.AdmissionTerms;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.RetryLaterException;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.NamedLimit;
import dev.agentos.limits.NamedLimits;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many executions may begin in a period. Which quotas there are is known in memory, so that executions of a tenant
 * without one are admitted as before; what they have counted only the store knows.
 */
public final class Quotas extends NamedLimits<Quota.Terms, Quota> {

    private static final Logger LOG = LoggerFactory.getLogger(Quotas.class);
    private static final int MOST_WINDOWS = 100;
    private static final int DAYS_KEPT = 62;
    private static final Kind KIND = new Kind(
            "quota",
            "scope, subject and period",
            "plan-.*",
            new Codes(
                    QuotasErrorCode.QUOTA_CHANGED,
                    QuotasErrorCode.INVALID_QUOTA,
                    QuotasErrorCode.SET_BY_PLATFORM,
                    QuotasErrorCode.TOO_MANY_QUOTAS,
                    QuotasErrorCode.UNKNOWN_QUOTA),
            "docs/how-to/set-a-quota.md");

    private final QuotaStore store;
    private final QuotaMeter meter;
    private final InstantSource clock;

    Quotas(QuotaStore store, QuotaMeter meter, InstantSource clock, Runnable changed) {
        super(KIND, store, clock, changed);
        this.store = store;
        this.meter = meter;
        this.clock = clock;
    }

    @Override
    protected Quota limit(TenantId tenant, String name, Quota.Terms terms, NamedLimit.Change change) {
        return new Quota(tenant, name, terms, change);
    }

    /** Where an execution is counted. */
    List<AdmissionTerms.Count> counts(TenantId tenant, ExecutionRequest request) {
        Instant now = clock.instant();
        List<AdmissionTerms.Count> counts = new ArrayList<>();
        for (Quota quota : known(tenant)) {
            quota.bucket(request.startedBy(), request.agent(), now)
                    .ifPresent(bucket -> counts.add(new AdmissionTerms.Count(
                            quota.name(),
                            bucket,
                            quota.terms().executions(),
                            quota.terms().due())));
        }
        return counts;
    }

    /** The refusal of an execution that is one too many. */
    AgentOsException exceeded(TenantId tenant, AdmissionTerms.Count count, long used) {
        Instant now = clock.instant();
        Optional<Quota> quota = known(tenant).stream()
                .filter(one -> one.name().equals(count.name()))
                .findFirst();
        meter.refused(quota.map(one -> one.terms().scope().word()).orElse("tenant"));
        String period = quota.filter(one -> one.terms().period() == BudgetPeriod.DAY)
                .map(one -> "day")
                .orElse("month");
        Instant resets = quota.map(one -> one.resets(now)).orElse(now);
        return new RetryLaterException(
                QuotasErrorCode.QUOTA_EXCEEDED,
                "The quota '" + count.name() + "' is of " + count.most() + " executions a " + period + ", and " + used
                        + " have begun (" + count.bucket() + ").",
                "Wait until " + resets + ", as Retry-After says, or raise it with PUT /api/v1/quotas/" + count.name()
                        + ".",
                quota.map(one -> one.until(now)).orElse(Duration.ZERO));
    }

    /** Warns of a quota that is nearly used up. */
    void nearlyUsed(TenantId tenant, AdmissionTerms.Count count, long used) {
        LOG.warn(
                "The quota '{}' of tenant {} ({}) is nearly used up: {} of {} executions have begun",
                count.name(),
                tenant,
                count.bucket(),
                used,
                count.most());
        meter.warned();
    }

    /** What a quota has counted in the period that is now, the most first; at most a hundred subjects. */
    public List<Quota.Window> windows(Quota quota) {
        return store.windows(quota.tenant(), quota.name(), quota.current(clock.instant()), MOST_WINDOWS);
    }

    /** When what a quota has counted begins anew. */
    public Instant resets(Quota quota) {
        return quota.resets(clock.instant());
    }

    /** Forgets what was counted long ago. */
    void sweep() {
        store.forget(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).minusDays(DAYS_KEPT));
    }

    static InvalidInputException invalid(String pointer, String message) {
        return invalid(KIND, pointer, message);
    }
}
