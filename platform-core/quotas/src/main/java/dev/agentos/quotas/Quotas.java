package dev.agentos.quotas;

import dev.agentos.execution.AdmissionTerms;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.RetryLaterException;
import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.Budgets;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many executions may begin in a period. Which quotas there are is known in memory, so that executions of a tenant
 * without one are admitted as before; what they have counted only the store knows.
 */
public final class Quotas {

    private static final Logger LOG = LoggerFactory.getLogger(Quotas.class);
    private static final int MOST_QUOTAS = 100;
    private static final int MOST_WINDOWS = 100;
    private static final int DAYS_KEPT = 62;
    private static final String OF_PLAN = "plan-";

    private final QuotaStore store;
    private final QuotaMeter meter;
    private final InstantSource clock;
    private final Runnable changed;
    private volatile Map<String, List<Quota>> known = Map.of();

    Quotas(QuotaStore store, QuotaMeter meter, InstantSource clock, Runnable changed) {
        this.store = store;
        this.meter = meter;
        this.clock = clock;
        this.changed = changed;
    }

    /** Where an execution is counted. */
    List<AdmissionTerms.Count> counts(TenantId tenant, ExecutionRequest request) {
        Instant now = clock.instant();
        List<AdmissionTerms.Count> counts = new ArrayList<>();
        for (Quota quota : known.getOrDefault(tenant.value(), List.of())) {
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
        Optional<Quota> quota = known.getOrDefault(tenant.value(), List.of()).stream()
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

    /** A tenant's quotas, by name. */
    public List<Quota> list(TenantId tenant) {
        return store.list(tenant);
    }

    /** A tenant's quota. */
    public Optional<Quota> find(TenantId tenant, String name) {
        return store.find(tenant, name);
    }

    /**
     * A tenant's quota.
     *
     * @throws AgentOsException {@code quotas:UNKNOWN_QUOTA}
     */
    public Quota require(TenantId tenant, String name) {
        return find(tenant, name)
                .orElseThrow(() -> new AgentOsException(
                        QuotasErrorCode.UNKNOWN_QUOTA,
                        "There is no quota '" + name + "'.",
                        "GET /api/v1/quotas lists them."));
    }

    /** What a quota has counted in the period that is now, the most first; at most a hundred subjects. */
    public List<Quota.Window> windows(Quota quota) {
        return store.windows(quota.tenant(), quota.name(), quota.current(clock.instant()), MOST_WINDOWS);
    }

    /** When what a quota has counted begins anew. */
    public Instant resets(Quota quota) {
        return quota.resets(clock.instant());
    }

    /**
     * Sets a quota, which holds at once here and in a second on other servers; what it has counted stays.
     *
     * @param seen the revision that the caller has seen, 0 for none
     * @param dryRun whether to check only
     * @throws AgentOsException {@code quotas:QUOTA_CHANGED}, {@code quotas:TOO_MANY_QUOTAS},
     *     {@code quotas:SET_BY_PLATFORM}
     * @throws InvalidInputException {@code quotas:INVALID_QUOTA} for a name that cannot be
     */
    public Quota put(
            TenantId tenant, String name, Quota.Terms terms, long seen, Budgets.Author author, boolean dryRun) {
        if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
            throw invalid(
                    "/name",
                    "A quota's name is 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.");
        }
        requireOwn(name);
        List<Quota> others = store.list(tenant);
        Optional<Quota> before =
                others.stream().filter(one -> one.name().equals(name)).findFirst();
        before.ifPresent(one -> requireMay(one, author));
        if (before.filter(one -> !one.terms().counts(terms)).isPresent()) {
            throw invalid(
                    "/scope",
                    "The quota '" + name + "' has counted something else: its scope, subject and period stay what they"
                            + " are. Remove it first, or choose another name.");
        }
        if (before.isEmpty() && others.size() >= MOST_QUOTAS) {
            throw new AgentOsException(
                    QuotasErrorCode.TOO_MANY_QUOTAS,
                    "There are " + MOST_QUOTAS + " quotas already.",
                    "Remove one; one quota can count each agent or key for itself.");
        }
        Quota quota = new Quota(
                tenant, name, terms, new Budget.Change(seen + 1, author.platform(), author.id(), clock.instant()));
        if (dryRun) {
            return quota;
        }
        if (!store.put(quota, seen)) {
            throw changed(name);
        }
        changed.run();
        return quota;
    }

    /** Removes a quota and what it has counted; fails as {@link #put} and {@link #require}. */
    public void delete(TenantId tenant, String name, long seen, Budgets.Author author) {
        requireMay(require(tenant, name), author);
        requireOwn(name);
        if (!store.delete(tenant, name, seen)) {
            throw changed(name);
        }
        changed.run();
    }

    private static void requireOwn(String name) {
        if (name.startsWith(OF_PLAN)) {
            throw invalid(
                    "/name",
                    "The names that begin with " + OF_PLAN
                            + " are of quotas that a plan brings; a quota of another name"
                            + " that the platform sets for the tenant and the period takes its place.");
        }
    }

    private static void requireMay(Quota quota, Budgets.Author author) {
        if (quota.change().byPlatform() && !author.platform()) {
            throw new AgentOsException(
                    QuotasErrorCode.SET_BY_PLATFORM,
                    "The quota '" + quota.name() + "' was set by an administrator of the platform.",
                    "Ask one to change it.");
        }
    }

    private static AgentOsException changed(String name) {
        return new AgentOsException(
                QuotasErrorCode.QUOTA_CHANGED,
                "The quota '" + name + "' was changed since it was read.",
                "Read it again and repeat the change.");
    }

    /** Reads all quotas again. */
    void load() {
        known = store.all().stream()
                .collect(Collectors.groupingBy(one -> one.tenant().value()));
    }

    /** Forgets what was counted long ago. */
    void sweep() {
        store.forget(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).minusDays(DAYS_KEPT));
    }

    static InvalidInputException invalid(String pointer, String message) {
        return InvalidInputException.of(
                QuotasErrorCode.INVALID_QUOTA, pointer, message, "Correct it, as docs/how-to/set-a-quota.md shows.");
    }
}
