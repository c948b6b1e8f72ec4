package dev.agentos.persistence;

import static dev.agentos.execution.WhenBusy.ENQUEUE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.agentos.execution.Admission;
import dev.agentos.execution.AdmissionTerms;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Claim;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.execution.RequestKey;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.NodeTask;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.RetryLaterException;
import dev.agentos.kernel.Turns;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.NamedLimit;
import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.Concurrency;
import dev.agentos.quotas.ConcurrencyLimit;
import dev.agentos.quotas.Quota;
import dev.agentos.quotas.QuotaMeter;
import dev.agentos.quotas.QuotasErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What tenants may have, counted by two servers on a real PostgreSQL. */
class AllowancesIT {

    private static final NamedLimit.Author OWNER = new NamedLimit.Author("key_owner", false);
    private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");

    private final Database database = PostgresFixture.open();
    private final Database second = Database.open(database.connection(), Ids.system());
    private final TenantId tenant = ExecutionFixture.newTenant(database);
    private final TenantId umbrella = ExecutionFixture.newTenant(database);
    private final Map<TenantId, GraphReference> graphs = new HashMap<>();
    private final AtomicInteger warnings = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private Instant now = NOON;
    private final Server one = new Server(database);
    private final Server other = new Server(second);

    /** A server, as far as it admits and claims. */
    private final class Server {
        private final ExecutionStore store;
        private final Allowances allowances;
        private final Admission admission;

        Server(Database own) {
            this(own, own.executionStore());
        }

        Server(Database own, ExecutionStore store) {
            this.store = store;
            allowances = new Allowances(own.allowanceStores(), meter(), () -> now);
            admission = allowances.behind(Admission.FREE);
        }

        Execution admit(TenantId whose, Optional<String> agent, String principal, Optional<RequestKey> key) {
            return store.admit(candidate(whose, request(whose, agent, principal), key))
                    .execution();
        }

        /** In the line of a session. */
        void say(String session) {
            ExecutionRequest request = request(tenant, Optional.empty(), "key_1");
            store.sessions().admit(candidate(tenant, request.in(session, request.graph()), Optional.empty()), ENQUEUE);
        }

        private ExecutionRequest request(TenantId whose, Optional<String> agent, String principal) {
            return new ExecutionRequest(
                            agent,
                            Objects.requireNonNull(graphs.get(whose)),
                            JsonObject.EMPTY,
                            JsonObject.EMPTY,
                            0,
                            Optional.empty(),
                            Durability.SYNC)
                    .by(principal);
        }

        private ExecutionStore.Candidate candidate(TenantId whose, ExecutionRequest request, Optional<RequestKey> key) {
            Execution execution = new Execution(
                    new ExecutionId(Ids.system().next("exe")),
                    whose,
                    request,
                    ExecutionState.QUEUED,
                    new Execution.Progress(0, 0, false),
                    Optional.empty(),
                    Optional.empty(),
                    new Execution.Times(
                            Instant.now().truncatedTo(ChronoUnit.MICROS), Optional.empty(), Optional.empty()));
            AdmissionTerms terms = admission.terms(whose, request);
            return new ExecutionStore.Candidate(
                    execution,
                    new Checkpoint(
                            0,
                            Checkpoint.Source.INPUT,
                            JsonObject.EMPTY,
                            List.of(new NodeTask("0:x", "x", Optional.empty())),
                            List.of(),
                            JsonObject.of("supersteps", 0),
                            Optional.empty()),
                    List.of(),
                    List.of(new ExecutionEvent.Draft("execution.queued", 0, Optional.empty(), JsonObject.EMPTY)),
                    Optional.empty(),
                    key,
                    terms,
                    List.of());
        }

        Execution admit(TenantId whose) {
            return admit(whose, Optional.of("pack/agent"), "key_1", Optional.empty());
        }

        List<Claim> claim(int most) {
            return store.claim(new Claimant(this == one ? "one" : "other", Duration.ofMinutes(1)), most);
        }
    }

    AllowancesIT() {
        graphs.put(tenant, ExecutionFixture.graphOf(database, tenant));
        graphs.put(umbrella, ExecutionFixture.graphOf(database, umbrella));
    }

    private QuotaMeter meter() {
        return new QuotaMeter() {
            @Override
            public void warned() {
                warnings.incrementAndGet();
            }

            @Override
            public void refused(String scope) {
                refusals.incrementAndGet();
            }
        };
    }

    @AfterEach
    void close() {
        second.close();
        database.close();
    }

    private void quota(String name, BudgetScope scope, int executions, BudgetPeriod period) {
        one.allowances
                .quotas()
                .put(
                        tenant,
                        name,
                        new Quota.Terms(scope, Optional.empty(), executions, period, new BigDecimal("0.8")),
                        0,
                        OWNER,
                        false);
        other.allowances.refresh();
    }

    private void limit(TenantId whose, ConcurrencyLimit.Scope scope, int running, Optional<Integer> queued) {
        Concurrency limits = one.allowances.concurrency();
        long seen = limits.find(whose, scope).map(ConcurrencyLimit::revision).orElse(0L);
        limits.put(whose, scope, new ConcurrencyLimit.Terms(running, queued), seen, "key_admin");
        other.allowances.refresh();
    }

    private long used(String name) {
        return one.allowances.quotas().windows(one.allowances.quotas().require(tenant, name)).stream()
                .mapToLong(Quota.Window::used)
                .sum();
    }

    /** How many of so many attempts at once were admitted, half of them by each server. */
    private int admittedOf(int attempts, boolean keyed) throws Exception {
        List<Callable<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < attempts; i++) {
            int number = i;
            all.add(() -> {
                try {
                    Optional<RequestKey> key = keyed
                            ? Optional.of(new RequestKey("key_1", "POST /executions", "k" + number / 4, "f"))
                            : Optional.empty();
                    (number % 2 == 0 ? one : other).admit(tenant, Optional.of("pack/agent"), "key_1", key);
                    return true;
                } catch (AgentOsException e) {
                    assertThat(e.errorCode().origin()).isEqualTo("quotas");
                    return false;
                }
            });
        }
        int admitted = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> came : threads.invokeAll(all)) {
                admitted += came.get() ? 1 : 0;
            }
        }
        return admitted;
    }

    private long rows() {
        return database.platform()
                .call(handle -> handle.createQuery("SELECT count(*) FROM executions")
                        .mapTo(Long.class)
                        .one());
    }

    @Test
    void theLastPlaceIsTakenByWhoseAnswerWasLost() throws Exception {
        quota("one", BudgetScope.TENANT, 1, BudgetPeriod.DAY);
        try (HikariDataSource pool = Pools.forWriting(database.connection(), "losing", 2)) {
            AtomicInteger lost = new AtomicInteger();
            DataSource losing = LostCommits.of(pool, lost);
            Server cutOff = new Server(
                    database,
                    new JdbiExecutionStore(
                            new TenantTransactions(pool, new Turns<>(1, 1, Pools.ACQUIRE_LIMIT)),
                            new PlatformTransactions(pool),
                            losing,
                            database.hints()));
            cutOff.allowances.refresh();
            Execution admitted = cutOff.admit(tenant);
            assertThat(lost).hasValue(1);
            assertThat(one.store.find(tenant, admitted.id())).isPresent();
            assertThat(used("one")).isEqualTo(1);
            assertThatThrownBy(() -> cutOff.admit(tenant))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(QuotasErrorCode.QUOTA_EXCEEDED));
        }
    }

    @Test
    void aHundredStartsOnTwoServersComeToTheQuotaAndNotOneMore() throws Exception {
        quota("day", BudgetScope.TENANT, 30, BudgetPeriod.DAY);
        quota("month", BudgetScope.AGENT, 1000, BudgetPeriod.MONTH);
        assertThat(admittedOf(100, false)).isEqualTo(30);
        assertThat(rows()).isEqualTo(30);
        assertThat(used("day")).isEqualTo(30);
        assertThat(used("month")).as("what is refused counts nowhere").isEqualTo(30);
        assertThat(warnings).as("once, by one of them").hasValue(1);
        assertThat(refusals).hasValue(70);
        assertThat(other.admit(umbrella).tenant()).isEqualTo(umbrella);
    }

    @Test
    void aRepeatedRequestIsCountedOnceAndAnsweredBeyondTheQuotaToo() throws Exception {
        quota("day", BudgetScope.TENANT, 10, BudgetPeriod.DAY);
        // Forty requests with ten keys.
        assertThat(admittedOf(40, true)).isEqualTo(40);
        assertThat(used("day")).isEqualTo(10);
        assertThat(rows()).isEqualTo(10);
        RequestKey known = new RequestKey("key_1", "POST /executions", "k3", "f");
        assertThat(one.admit(tenant, Optional.of("pack/agent"), "key_1", Optional.of(known)))
                .isNotNull();
        assertThatThrownBy(() -> one.admit(tenant)).isInstanceOfSatisfying(RetryLaterException.class, refusal -> {
            assertThat(refusal.errorCode()).isEqualTo(QuotasErrorCode.QUOTA_EXCEEDED);
            assertThat(refusal.seconds()).isEqualTo(12 * 60 * 60);
            assertThat(refusal.getMessage()).contains("10 executions a day", "10 have begun (2026-11-27)");
        });
    }

    @Test
    void aPeriodBeginsAnewAndARaisedQuotaHoldsAtOnce() {
        quota("day", BudgetScope.PRINCIPAL, 2, BudgetPeriod.DAY);
        one.admit(tenant);
        other.admit(tenant);
        assertThatThrownBy(() -> other.admit(tenant)).hasMessageContaining("'day'");
        one.admit(tenant, Optional.empty(), "key_2", Optional.empty());
        now = Instant.parse("2026-11-28T00:00:00Z");
        other.admit(tenant);
        one.admit(tenant);
        assertThatThrownBy(() -> one.admit(tenant)).isInstanceOf(RetryLaterException.class);
        one.allowances
                .quotas()
                .put(
                        tenant,
                        "day",
                        new Quota.Terms(
                                BudgetScope.PRINCIPAL, Optional.empty(), 3, BudgetPeriod.DAY, new BigDecimal("0.8")),
                        one.allowances.quotas().require(tenant, "day").change().revision(),
                        OWNER,
                        false);
        one.admit(tenant);
        now = Instant.parse("2027-03-01T00:00:00Z");
        one.allowances.sweep();
        assertThat(database.platform()
                        .<Long>call(handle -> handle.createQuery("SELECT count(*) FROM quota_windows")
                                .mapTo(Long.class)
                                .one()))
                .as("what was counted long ago is forgotten")
                .isZero();
    }

    @Test
    void noMoreRunAtOnceThanMayWhicheverServerClaims() throws Exception {
        limit(tenant, ConcurrencyLimit.Scope.TENANT, 5, Optional.empty());
        assertThat(one.admission.atOnce(tenant)).isFalse();
        assertThat(other.admission.atOnce(tenant)).isFalse();
        assertThat(other.admission.atOnce(umbrella)).isTrue();
        for (int i = 0; i < 20; i++) {
            one.admit(tenant);
        }
        Execution free = one.admit(umbrella);
        List<Claim> claimed = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            claimed.addAll(together(3));
        }
        assertThat(claimed)
                .filteredOn(one -> one.execution().tenant().equals(tenant))
                .hasSize(5);
        assertThat(claimed).extracting(one -> one.execution().id()).contains(free.id());
        // Two lose their owner: they go on, and nobody has got their places meanwhile.
        database.platform()
                .run(handle -> handle.execute("UPDATE executions SET lease_until = now() - interval '1 s'"
                        + " WHERE number IN (SELECT number FROM executions WHERE state = 'RUNNING' AND tenant_id = '"
                        + tenant.value() + "' LIMIT 2)"));
        assertThat(together(10)).hasSize(2).allMatch(one -> one.lease().epoch() == 2);
        finish(claimed.stream()
                .filter(one -> one.execution().tenant().equals(tenant))
                .toList());
        int more = 0;
        for (int round = 0; round < 5; round++) {
            more += together(10).size();
        }
        assertThat(more).as("the places of the three that have ended").isEqualTo(3);
    }

    /** Claims of both servers at the same time. */
    private List<Claim> together(int most) throws Exception {
        List<Claim> claimed = new ArrayList<>();
        List<Callable<List<Claim>>> both = List.of(() -> one.claim(most), () -> other.claim(most));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<List<Claim>> came : threads.invokeAll(both)) {
                claimed.addAll(came.get());
            }
        }
        return claimed;
    }

    /** Ends those whose leases are not lost. */
    private void finish(List<Claim> claims) {
        Failure over = Failure.of(KernelErrorCode.INTERNAL, "Over.", "Nothing.");
        for (Claim claim : claims) {
            try {
                one.store.park(
                        claim.lease(),
                        over,
                        new ExecutionEvent.Draft("execution.failed", 0, Optional.empty(), JsonObject.EMPTY));
            } catch (RuntimeException e) {
                assertThat(e).isInstanceOf(LeaseLostException.class);
            }
        }
    }

    @Test
    void anAgentAtItsLimitKeepsNoOtherFromItsTurn() {
        limit(tenant, ConcurrencyLimit.Scope.AGENT, 2, Optional.empty());
        limit(tenant, ConcurrencyLimit.Scope.PRINCIPAL, 3, Optional.empty());
        for (int i = 0; i < 50; i++) {
            one.admit(tenant, Optional.of("pack/busy"), "key_1", Optional.empty());
        }
        Execution late = one.admit(tenant, Optional.of("pack/late"), "key_1", Optional.empty());
        one.admit(tenant, Optional.of("pack/late"), "key_1", Optional.empty());
        Execution stranger = one.admit(tenant, Optional.empty(), "key_2", Optional.empty());
        List<Claim> claimed = new ArrayList<>();
        for (int round = 0; round < 6; round++) {
            claimed.addAll(one.claim(4));
        }
        assertThat(claimed)
                .extracting(one -> one.execution().request().agent().orElse("-"))
                .containsExactlyInAnyOrder("pack/busy", "pack/busy", "pack/late", "-");
        assertThat(claimed).extracting(one -> one.execution().id()).contains(late.id(), stranger.id());
    }

    @Test
    void whoeverFindsNoPlaceInTheQueueIsRefused() throws Exception {
        limit(tenant, ConcurrencyLimit.Scope.TENANT, 2, Optional.of(8));
        assertThat(admittedOf(40, false)).isEqualTo(10);
        assertThat(one.claim(10)).hasSize(2);
        assertThatThrownBy(() -> other.admit(tenant))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        refusal -> assertThat(refusal.errorCode()).isEqualTo(QuotasErrorCode.QUEUE_FULL));
        assertThat(one.allowances.concurrency().load(tenant).queued()).isEqualTo(8);
        assertThat(one.allowances.concurrency().load(tenant).running()).isEqualTo(2);
    }

    @Test
    void thoseInTheLineOfASessionAreQueuedToo() {
        limit(tenant, ConcurrencyLimit.Scope.TENANT, 2, Optional.of(3));
        for (int i = 0; i < 5; i++) {
            one.say("s");
        }
        for (String session : List.of("s", "other")) {
            assertThatThrownBy(() -> other.say(session))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            refusal -> assertThat(refusal.errorCode()).isEqualTo(QuotasErrorCode.QUEUE_FULL));
        }
        assertThat(one.claim(10)).as("one of a session runs").hasSize(1);
        assertThat(one.allowances.concurrency().load(tenant).queued()).isEqualTo(4);
        assertThat(one.allowances.concurrency().load(tenant).running()).isEqualTo(1);
    }

    @Test
    void whoQueuesAThousandDoesNotKeepAnotherTenantWaiting() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            ids.add(one.admit(tenant).id().value());
        }
        assertThat(one.claim(32)).hasSize(32);
        Execution late = one.admit(umbrella);
        assertThat(other.claim(1))
                .as("the very next place")
                .extracting(one -> one.execution().id())
                .containsExactly(late.id());
        assertThat(ids).doesNotContain(late.id().value());
    }

    @Test
    void placesComeToTheWeightsAndNobodyIsLeftWithNone() {
        long seed = Long.getLong("weights.seed", new Random().nextLong());
        System.out.println("weights.seed=" + seed);
        Random random = new Random(seed);
        Map<TenantId, Integer> weights = new HashMap<>();
        int tenants = 2 + random.nextInt(4);
        int places = 24;
        for (int i = 0; i < tenants; i++) {
            TenantId whose = ExecutionFixture.newTenant(database);
            graphs.put(whose, ExecutionFixture.graphOf(database, whose));
            int weight = 1 + random.nextInt(100);
            weights.put(whose, weight);
            one.allowances.concurrency().weigh(whose, Optional.of(weight), 0, "key_admin");
            for (int j = 0; j < places * 5; j++) {
                one.admit(whose);
            }
        }
        double sum = weights.values().stream().mapToInt(Integer::intValue).sum();
        List<Claim> running = new ArrayList<>();
        for (int round = 0; round < 12; round++) {
            running.addAll((round % 2 == 0 ? one : other).claim(places - running.size()));
            assertThat(running).hasSize(places);
            Set<TenantId> served = new HashSet<>();
            Map<TenantId, Integer> held = new HashMap<>();
            running.forEach(claim -> {
                served.add(claim.execution().tenant());
                held.merge(claim.execution().tenant(), 1, Integer::sum);
            });
            assertThat(served).as("seed %d, round %d", seed, round).isEqualTo(weights.keySet());
            if (round == 0) {
                // The last place that one got came before the next of any other; so no two can be further apart.
                weights.forEach((whose, weight) -> assertThat((double) held.getOrDefault(whose, 0))
                        .as("seed %d, weight %d of %.0f", seed, weight, sum)
                        .isBetween((places - tenants) * weight / sum - 1e-6, places * weight / sum + 1 + 1e-6));
            }
            List<Claim> ended = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                ended.add(running.remove(random.nextInt(running.size())));
            }
            finish(ended);
        }
    }
}
