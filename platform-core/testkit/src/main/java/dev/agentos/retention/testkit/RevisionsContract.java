package dev.agentos.retention.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Revisions;
import dev.agentos.limits.Limits;
import dev.agentos.limits.Price;
import dev.agentos.limits.RateLimit;
import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.Concurrency;
import dev.agentos.quotas.ConcurrencyLimit;
import dev.agentos.quotas.Plan;
import dev.agentos.quotas.Plans;
import dev.agentos.retention.RetentionKind;
import dev.agentos.retention.RetentionRules;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Group;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Role;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Users;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What is promised of everything that is changed in the state that was seen, by {@link Revisions}. */
public abstract class RevisionsContract {

    private static final int WRITERS = 4;
    private static final int ROUNDS = 20;
    private static final Principal ROOT =
            new Principal("key_root", "root", Optional.empty(), EnumSet.allOf(Scope.class));

    private final Ids ids = Ids.system();

    /**
     * Something that nobody has made before, and of which nothing is there yet.
     *
     * @param put sets it in the place of that revision, and tells the one that it has then
     * @param remove removes it in that state
     * @param forgotten whether nothing of it is left then, so that it can be made anew
     */
    private record Kept(LongUnaryOperator put, LongConsumer remove, boolean forgotten) {
        long put(long seen) {
            return put.applyAsLong(seen);
        }

        void remove(long seen) {
            remove.accept(seen);
        }
    }

    /**
     * What is changed so, over the stores that are tried.
     *
     * @param users with their roles and groups
     * @param limits rate limits and prices among them
     * @param allowances what runs at once, weights and who has which plan among them
     * @param rules of what is kept for how long
     */
    public record Parts(Users users, Limits limits, Allowances allowances, RetentionRules rules) {}

    /** The parts; the same ones each time. */
    protected abstract Parts parts();

    /** A tenant that has nothing yet; another one each time. */
    protected abstract TenantId newTenant();

    /** What there is, by a word for people; each time another one. */
    private Map<String, Supplier<Kept>> kinds() {
        return Map.of(
                "role", this::role,
                "group", this::group,
                "rate limit", this::rateLimit,
                "price", this::price,
                "retention", this::retention,
                "concurrency limit", this::concurrencyLimit,
                "weight", this::weight,
                "plan of a tenant", this::subscription);
    }

    private Kept role() {
        Optional<TenantId> tenant = Optional.of(newTenant());
        Set<Scope> scopes = Set.of(Scope.AUDIT_READ);
        return new Kept(
                seen -> parts().users()
                        .roles()
                        .put(ROOT, new Role(tenant, "reader", "", scopes, false, seen))
                        .revision(),
                seen -> parts().users().roles().delete(ROOT, tenant, "reader", seen),
                true);
    }

    private Kept group() {
        TenantId tenant = newTenant();
        return new Kept(
                seen -> parts().users()
                        .groups()
                        .put(ROOT, new Group(tenant, "g", "", Set.of(), Reach.ALL, Set.of(), seen))
                        .revision(),
                seen -> parts().users().groups().delete(ROOT, tenant, "g", seen),
                true);
    }

    private Kept rateLimit() {
        TenantId tenant = newTenant();
        RateLimit.Terms terms = new RateLimit.Terms(10, Duration.ofMinutes(1), false);
        return new Kept(
                seen -> parts().limits()
                        .rates()
                        .put(tenant, RateLimit.Scope.KEY, terms, seen, "key_a")
                        .revision(),
                seen -> parts().limits().rates().delete(tenant, RateLimit.Scope.KEY, seen),
                true);
    }

    /** Of prices the history stays. */
    private Kept price() {
        String model = ids.next("provider") + "/m";
        Price.Rates rates = new Price.Rates(BigDecimal.ONE, BigDecimal.ONE, "EUR", 100);
        return new Kept(
                seen -> parts().limits()
                        .prices()
                        .put(model, rates, Optional.empty(), seen, "key_a")
                        .revision(),
                seen -> parts().limits().prices().remove(model, seen, "key_a"),
                false);
    }

    private Kept retention() {
        Optional<TenantId> tenant = Optional.of(newTenant());
        return new Kept(
                seen -> parts().rules()
                        .put(tenant, RetentionKind.USAGE, Duration.ofDays(1), seen, "key_a")
                        .revision(),
                seen -> parts().rules().delete(tenant, RetentionKind.USAGE, seen),
                true);
    }

    private Kept concurrencyLimit() {
        TenantId tenant = newTenant();
        Concurrency limits = parts().allowances().concurrency();
        ConcurrencyLimit.Terms terms = new ConcurrencyLimit.Terms(10, Optional.empty());
        return new Kept(
                seen -> limits.put(tenant, ConcurrencyLimit.Scope.AGENT, terms, seen, "key_a")
                        .revision(),
                seen -> limits.delete(tenant, ConcurrencyLimit.Scope.AGENT, seen),
                true);
    }

    private Kept weight() {
        TenantId tenant = newTenant();
        Concurrency limits = parts().allowances().concurrency();
        return new Kept(
                seen -> limits.weigh(tenant, Optional.of(20), seen, "key_a").revision(),
                seen -> limits.weigh(tenant, Optional.empty(), seen, "key_a"),
                true);
    }

    private Kept subscription() {
        TenantId tenant = newTenant();
        Plans plans = parts().allowances().plans();
        String plan = ids.next("plan").toLowerCase(Locale.ROOT).replace('_', '-');
        Plan.Limits none = new Plan.Limits(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), List.of());
        plans.put(plan, Set.of(), none, Revisions.NONE, "key_a");
        return new Kept(
                seen -> plans.give(tenant, plan, Map.of(), seen, "key_a").revision(),
                seen -> plans.take(tenant, seen),
                true);
    }

    /** Each kind for itself. */
    @TestFactory
    public Stream<DynamicTest> aChangeIsMadeToTheStateThatWasSeen() {
        return each(RevisionsContract::changesInTurn);
    }

    /** Each kind for itself. */
    @TestFactory
    public Stream<DynamicTest> whatIsMadeAnewIsNotTakenForWhatWasThere() {
        return each(RevisionsContract::madeAnew);
    }

    /** Each kind for itself. */
    @TestFactory
    public Stream<DynamicTest> ofThoseWhoChangeAtOnceOneDoes() {
        return each(RevisionsContract::changesAtOnce);
    }

    private Stream<DynamicTest> each(Check check) {
        return kinds().entrySet().stream()
                .map(kind -> DynamicTest.dynamicTest(
                        kind.getKey(), () -> check.of(kind.getValue().get())));
    }

    private interface Check {
        void of(Kept kept) throws Exception;
    }

    private static void changesInTurn(Kept kept) {
        long first = kept.put(Revisions.NONE);
        refused(() -> kept.put(Revisions.NONE));
        long second = kept.put(first);
        assertThat(second).isGreaterThan(first);
        refused(() -> kept.put(first));
        refused(() -> kept.remove(first));
        refused(() -> kept.put(second + 1));
        kept.remove(kept.put(second));
    }

    private static void madeAnew(Kept kept) {
        long first = kept.put(Revisions.NONE);
        kept.remove(first);
        refused(() -> kept.put(first));
        if (kept.forgotten()) {
            long again = kept.put(Revisions.NONE);
            assertThat(again).isNotEqualTo(first);
            refused(() -> kept.put(first));
            refused(() -> kept.remove(first));
            kept.remove(again);
        } else {
            refused(() -> kept.put(Revisions.NONE));
        }
    }

    private static void changesAtOnce(Kept kept) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
            long seen = Revisions.NONE;
            for (int round = 0; round < ROUNDS; round++) {
                long state = seen;
                List<Long> won = atOnce(threads, () -> kept.put(state));
                assertThat(won).as("round %s", round).hasSize(1);
                seen = won.getFirst();
            }
            long last = seen;
            assertThat(atOnce(threads, () -> {
                        kept.remove(last);
                        return last;
                    }))
                    .hasSize(1);
        }
    }

    /** What those came to who were not refused. */
    private static List<Long> atOnce(ExecutorService threads, Callable<Long> change) throws Exception {
        CyclicBarrier start = new CyclicBarrier(WRITERS);
        List<Future<Long>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            writers.add(threads.submit(() -> {
                start.await();
                try {
                    return change.call();
                } catch (AgentOsException e) {
                    assertThat(e.errorCode().code()).matches("server:PRECONDITION_FAILED|.*:UNKNOWN_.*");
                    return Revisions.NONE;
                }
            }));
        }
        List<Long> won = new ArrayList<>();
        for (Future<Long> writer : writers) {
            won.add(writer.get());
        }
        won.removeIf(revision -> revision == Revisions.NONE);
        return won;
    }

    private static void refused(ThrowingCallable change) {
        assertThatThrownBy(change)
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.PRECONDITION_FAILED));
    }
}
