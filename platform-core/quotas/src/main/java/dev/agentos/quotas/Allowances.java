package dev.agentos.quotas;

import dev.agentos.execution.Admission;
import dev.agentos.execution.AdmissionTerms;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;

/** What tenants may have: executions in a period and at once, and what their plans offer. */
public final class Allowances {

    private final ConcurrencyStore store;
    private final Quotas quotas;
    private final Concurrency concurrency;
    private final Plans plans;
    private final QuotaMeter meter;
    private long generation = -1;

    /** Where allowances are kept. */
    public record Stores(QuotaStore quotas, ConcurrencyStore concurrency, PlanStore plans) {}

    /** Allowances kept in those stores. */
    public Allowances(Stores stores, QuotaMeter meter, InstantSource clock) {
        this.store = stores.concurrency();
        this.meter = meter;
        this.quotas = new Quotas(stores.quotas(), meter, clock, this::refresh);
        this.concurrency = new Concurrency(store, clock, this::refresh);
        this.plans = new Plans(stores.plans(), clock, this::refresh);
    }

    /** Allowances that nobody keeps, and no store of executions looks at. */
    public static Allowances inMemory() {
        MemoryAllowanceStore store = new MemoryAllowanceStore();
        return new Allowances(new Stores(store, store, store), QuotaMeter.NONE, InstantSource.system());
    }

    /** How many executions may begin in a period. */
    public Quotas quotas() {
        return quotas;
    }

    /** How many may run at once. */
    public Concurrency concurrency() {
        return concurrency;
    }

    /** What is offered to whom. */
    public Plans plans() {
        return plans;
    }

    /** What decides already, and all that is allowed. */
    public Admission behind(Admission first) {
        return new Admission() {
            @Override
            public void start(TenantId tenant, ExecutionRequest request) {
                plans.requireStart(tenant, request);
                first.start(tenant, request);
            }

            @Override
            public AdmissionTerms terms(TenantId tenant, ExecutionRequest request) {
                AdmissionTerms terms = new AdmissionTerms(
                        quotas.counts(tenant, request), concurrency.places(tenant), false, new Words(tenant));
                return terms.free() ? AdmissionTerms.FREE : terms;
            }

            @Override
            public boolean atOnce(TenantId tenant) {
                return !concurrency.limited(tenant);
            }

            @Override
            public void resume(Execution execution) {
                first.resume(execution);
            }
        };
    }

    private final class Words implements AdmissionTerms.Words {

        private final TenantId tenant;

        Words(TenantId tenant) {
            this.tenant = tenant;
        }

        @Override
        public void nearlyUsed(AdmissionTerms.Count count, long used) {
            quotas.nearlyUsed(tenant, count, used);
        }

        @Override
        public AgentOsException usedUp(AdmissionTerms.Count count, long used) {
            return quotas.exceeded(tenant, count, used);
        }

        @Override
        public AgentOsException full(int places) {
            meter.refused("queue");
            return new AgentOsException(
                    QuotasErrorCode.QUEUE_FULL,
                    "The tenant may have " + places
                            + " executions that run or wait for a place (concurrency limit), and has them.",
                    "Try again when some have ended, or raise the limit with PUT /api/v1/concurrency-limits/tenant.");
        }
    }

    /** Takes over what was changed, here or by other servers. */
    public synchronized void refresh() {
        long now = store.generation();
        if (now != generation) {
            quotas.load();
            concurrency.load();
            plans.load();
            generation = now;
        }
    }

    /** Forgets what was counted long ago. */
    public void sweep() {
        quotas.sweep();
    }
}
