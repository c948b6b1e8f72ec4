package dev.agentos.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.limits.MemoryRateLimitStore;
import dev.agentos.limits.RateLimit;
import dev.agentos.limits.RateLimit.Scope;
import dev.agentos.limits.RateLimitStore.Lease;
import dev.agentos.tenancy.TenantId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.RedisClient;

/** Two servers on a real Redis, with what happens when it goes. */
@ExtendWith(RedisProcess.Condition.class)
class RedisRateLimitStoreIT {

    private static final TenantId A = new TenantId("tnt_a");
    private static final TenantId B = new TenantId("tnt_b");
    private static final long MINUTE = Duration.ofMinutes(1).toMillis();

    private final RedisProcess redis;
    private final MemoryRateLimitStore database = new MemoryRateLimitStore(System::nanoTime, () -> {});
    private final RedisRateLimitStore one;
    private final RedisRateLimitStore other;

    RedisRateLimitStoreIT() throws IOException, InterruptedException {
        redis = RedisProcess.start("--requirepass", "the word");
        one = new RedisRateLimitStore(config("the word"), database);
        other = new RedisRateLimitStore(config("the word"), database);
    }

    private RedisConfig config(String password) {
        return new RedisConfig("127.0.0.1", redis.port(), false, Optional.empty(), Optional.of(password), 3);
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        one.close();
        other.close();
        redis.close();
    }

    private static int granted(RedisRateLimitStore server, TenantId tenant, Scope scope, String subject) {
        return server.lease(tenant, scope, subject, 10, MINUTE, 4).granted();
    }

    @Test
    void twoServersThatAskAtOnceGetTheLimitAndNotOneMore() throws Exception {
        List<Callable<Integer>> requests = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            RedisRateLimitStore server = i % 2 == 0 ? one : other;
            requests.add(
                    () -> server.lease(A, Scope.TENANT, "", 1000, MINUTE, 7).granted());
        }
        int granted = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (Future<Integer> request : threads.invokeAll(requests)) {
                granted += request.get();
            }
        }
        assertThat(granted).isEqualTo(1000);
        assertThat(one.isAway() || other.isAway()).isFalse();
        assertThat(database.lease(A, Scope.TENANT, "", 1000, MINUTE, 7).left())
                .as("the database was not asked")
                .isEqualTo(993);
    }

    @Test
    void tenantsScopesAndSubjectsAreCountedApart() {
        assertThat(one.lease(A, Scope.KEY, "key_1", 10, MINUTE, 10)).matches(lease -> lease.granted() == 10);
        assertThat(granted(other, A, Scope.KEY, "key_1")).isZero();
        assertThat(granted(other, A, Scope.KEY, "key_2")).isEqualTo(4);
        assertThat(granted(other, B, Scope.KEY, "key_1")).isEqualTo(4);
        assertThat(granted(other, A, Scope.TENANT, "key_1")).isEqualTo(4);
        assertThat(other.lease(A, "key_1", 10, MINUTE, 4).granted())
                .as("a rule")
                .isEqualTo(4);
    }

    @Test
    void aWindowEndsByTheClockOfRedisAndLeavesNothing() {
        Lease first = one.lease(A, Scope.TENANT, "x", 10, 400, 7);
        assertThat(first.granted()).isEqualTo(7);
        assertThat(first.left()).isEqualTo(3);
        assertThat(first.millis()).isBetween(1L, 400L);
        assertThat(other.lease(A, Scope.TENANT, "x", 10, 400, 7).granted()).isEqualTo(3);
        assertThat(other.lease(A, Scope.TENANT, "x", 10, 400, 7).granted()).isZero();
        await().atMost(Duration.ofSeconds(5))
                .until(() -> one.lease(A, Scope.TENANT, "x", 10, 400, 7).granted() == 7);
        assertThat(one.lease(A, Scope.TENANT, "x", 5, 400, 7).granted())
                .as("a lower limit")
                .isZero();
        assertThat(one.lease(A, Scope.TENANT, "x", 5, 500, 7).granted())
                .as("another window")
                .isEqualTo(5);
        try (RedisClient client = RedisClient.builder()
                .fromURI("redis://:the%20word@127.0.0.1:" + redis.port() + "/3")
                .build()) {
            assertThat(client.ttl("agentos:rate:{tnt_a}:tenant:of:x")).isBetween(0L, 1L);
            await().atMost(Duration.ofSeconds(5)).until(() -> client.dbSize() == 0);
        }
    }

    @Test
    void aLimitThatIsRemovedAndSetAgainBeginsAnew() {
        RateLimit.Terms terms = new RateLimit.Terms(10, Duration.ofMinutes(1), false);
        RateLimit limit = new RateLimit(A, Scope.KEY, terms, "k", Instant.EPOCH, 1);
        assertThat(one.put(limit, 0)).isTrue();
        assertThat(other.put(limit, 0)).isFalse();
        assertThat(other.rateLimits()).containsExactly(limit);
        assertThat(one.lease(A, Scope.KEY, "key_1", 10, MINUTE, 10).granted()).isEqualTo(10);
        assertThat(one.lease(B, Scope.KEY, "key_1", 10, MINUTE, 10).granted()).isEqualTo(10);
        assertThat(one.delete(A, Scope.KEY, 2)).isFalse();
        assertThat(one.lease(A, Scope.KEY, "key_1", 10, MINUTE, 10).granted())
                .as("it is still there")
                .isZero();
        assertThat(one.delete(A, Scope.KEY, 1)).isTrue();
        assertThat(granted(other, A, Scope.KEY, "key_1")).isEqualTo(4);
        assertThat(granted(one, A, Scope.KEY, "key_1")).isEqualTo(4);
        assertThat(granted(one, A, Scope.KEY, "key_1")).as("it goes on").isEqualTo(2);
        assertThat(granted(other, B, Scope.KEY, "key_1")).as("another tenant's").isZero();
        assertThat(one.delete(A, Scope.KEY, 1)).isFalse();
    }

    @Test
    void whenRedisDiesTheDatabaseCountsUntilItIsBack() throws Exception {
        assertThat(one.lease(A, Scope.TENANT, "", 10, MINUTE, 10).granted()).isEqualTo(10);
        redis.kill();
        assertThat(one.lease(A, Scope.TENANT, "", 10, MINUTE, 10).granted())
                .as("a limit still, of the database")
                .isEqualTo(10);
        assertThat(one.isAway()).isTrue();
        assertThat(other.lease(A, Scope.TENANT, "", 10, MINUTE, 10).granted())
                .as("shared by all servers")
                .isZero();
        one.check();
        assertThat(one.isAway()).as("not back by being asked").isTrue();
        redis.restart();
        assertThat(one.lease(A, Scope.TENANT, "", 10, MINUTE, 1).granted())
                .as("until somebody looks")
                .isZero();
        one.check();
        assertThat(one.isAway()).isFalse();
        assertThat(one.lease(A, Scope.TENANT, "", 10, MINUTE, 10).granted())
                .as("also of a script that it has forgotten")
                .isEqualTo(10);
    }

    @Test
    void aRedisThatSaysNothingHoldsNobodyUpForLong() throws Exception {
        one.check();
        redis.pause(true);
        try {
            assertThat(granted(one, A, Scope.TENANT, "")).isEqualTo(4);
            assertThat(one.isAway()).isTrue();
            long before = System.nanoTime();
            for (int i = 0; i < 1000; i++) {
                granted(one, A, Scope.TENANT, "");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .as("once it is known, nobody waits")
                    .isLessThan(Duration.ofMillis(500));
        } finally {
            redis.pause(false);
        }
        one.check();
        assertThat(one.isAway()).isFalse();
        assertThat(granted(one, A, Scope.TENANT, "")).isPositive();
    }

    @Test
    void aRedisThatRefusesIsAway() {
        try (RedisRateLimitStore stranger = new RedisRateLimitStore(config("another word"), database)) {
            assertThat(stranger.lease(A, Scope.TENANT, "", 10, MINUTE, 4).left())
                    .isEqualTo(6);
            assertThat(stranger.isAway()).isTrue();
            stranger.check();
            assertThat(stranger.isAway()).isTrue();
        }
        assertThat(config("secret").toString()).doesNotContain("secret");
    }

    @Test
    void aFullRedisIsAwayAlthoughItAnswers() {
        one.check();
        try (RedisClient client = RedisClient.builder()
                .fromURI("redis://:the%20word@127.0.0.1:" + redis.port())
                .build()) {
            client.configSet("maxmemory", "1");
            assertThat(granted(one, A, Scope.TENANT, "")).isEqualTo(4);
            assertThat(one.isAway()).isTrue();
            one.check();
            assertThat(one.isAway()).isTrue();
            client.configSet("maxmemory", "0");
            one.check();
            assertThat(one.isAway()).isFalse();
        }
    }
}
