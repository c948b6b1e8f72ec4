package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Ids;
import dev.agentos.limits.BudgetMeter;
import dev.agentos.limits.Limits;
import dev.agentos.limits.RateLimit;
import dev.agentos.limits.RateLimit.Scope;
import dev.agentos.limits.RateLimitStore;
import dev.agentos.limits.RateLimitStore.Lease;
import dev.agentos.limits.RateLimits;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rate limits of two servers on a real PostgreSQL. */
class JdbiRateLimitsIT {

    private final Database database = PostgresFixture.open();
    private final TenantId tenant = new Tenants(database.tenantStore(), Ids.system(), InstantSource.system())
            .create("acme")
            .id();
    private final Limits one = server();
    private final Limits other = server();

    private Limits server() {
        return new Limits(database.limitsStores(), BudgetMeter.NONE, Ids.system(), InstantSource.system());
    }

    @AfterEach
    void close() {
        database.close();
    }

    private void set(int requests, Duration window) {
        one.rates().put(tenant, Scope.TENANT, new RateLimit.Terms(requests, window, false), 0, "key_admin");
        other.refresh();
    }

    @Test
    void tenTimesTheLimitOnTwoServersLetsNearlyTheLimitPassAndNotOneMore() throws Exception {
        set(500, Duration.ofMinutes(10));
        List<Callable<Boolean>> requests = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            Limits server = i % 2 == 0 ? one : other;
            requests.add(() ->
                    RateLimits.refusal(server.rates().count(tenant, "key_1")).isEmpty());
        }
        int passed = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> request : threads.invokeAll(requests)) {
                passed += request.get() ? 1 : 0;
            }
        }
        assertThat(passed).isBetween(475, 500);
    }

    @Test
    void whatRulesCountHoldsOnTwoServersAndForEachTenant() {
        TenantId umbrella = new Tenants(database.tenantStore(), Ids.system(), InstantSource.system())
                .create("umbrella")
                .id();
        RateLimit.Terms terms = new RateLimit.Terms(10, Duration.ofHours(1), false);
        int passed = 0;
        for (int i = 0; i < 30; i++) {
            Limits server = i % 2 == 0 ? one : other;
            passed += server.rates().count(tenant, "rule", terms).passes() ? 1 : 0;
        }
        assertThat(passed).isEqualTo(10);
        assertThat(one.rates().count(tenant, "another", terms).passes()).isTrue();
        RateLimits.Ration ration = one.rates().count(umbrella, "rule", terms);
        assertThat(ration.passes()).isTrue();
        assertThat(ration.left()).isEqualTo(9);
        assertThat(ration.seconds()).isBetween(3590L, 3600L);
        assertThat(database.limitsStores()
                        .rates()
                        .lease(new TenantId("tnt_nobody"), "rule", 10, 1000, 1)
                        .granted())
                .as("who is no tenant gets nothing")
                .isZero();
    }

    @Test
    void aWindowEndsAndAnotherBegins() {
        set(10, Duration.ofSeconds(1));
        RateLimitStore store = database.limitsStores().rates();
        Lease first = store.lease(tenant, Scope.TENANT, "x", 10, 300, 7);
        assertThat(first.granted()).isEqualTo(7);
        assertThat(first.left()).isEqualTo(3);
        assertThat(first.millis()).isBetween(1L, 300L);
        assertThat(store.lease(tenant, Scope.TENANT, "x", 10, 300, 7).granted()).isEqualTo(3);
        assertThat(store.lease(tenant, Scope.TENANT, "x", 10, 300, 7).granted()).isZero();
        assertThat(store.lease(tenant, Scope.TENANT, "y", 10, 300, 7).granted()).isEqualTo(7);
        await().atMost(Duration.ofSeconds(5))
                .until(() -> store.lease(tenant, Scope.TENANT, "x", 10, 300, 7).granted() == 7);
        assertThat(store.lease(tenant, Scope.TENANT, "x", 5, 300, 7).granted())
                .as("a lower limit")
                .isZero();
        long revision = one.rates().require(tenant, Scope.TENANT).revision();
        assertThat(store.delete(tenant, Scope.TENANT, revision)).isTrue();
        other.refresh();
        assertThat(other.rates().count(tenant, "key_1")).isEmpty();
    }
}
