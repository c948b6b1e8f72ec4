package dev.agentos.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Revisions;
import dev.agentos.limits.RateLimit.Scope;
import dev.agentos.limits.RateLimit.Terms;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitsTest {

    private static final TenantId A = new TenantId("tnt_a");
    private static final TenantId B = new TenantId("tnt_b");

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000);
    private final AtomicBoolean away = new AtomicBoolean();
    private final MemoryRateLimitStore store = new MemoryRateLimitStore(
            () -> {
                if (away.get()) {
                    throw new IllegalStateException("the store is away");
                }
                return nanos.get();
            },
            () -> {});
    private final RateLimits one = server();
    private final RateLimits other = server();

    private RateLimits server() {
        return new RateLimits(store, InstantSource.system(), nanos::get, () -> {});
    }

    private void set(Scope scope, int requests, Duration window, boolean even) {
        long seen = one.find(A, scope).map(RateLimit::revision).orElse(Revisions.NONE);
        one.put(A, scope, new Terms(requests, window, even), seen, "key_admin");
        one.load();
        other.load();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private static int passed(RateLimits server, int times) {
        int passed = 0;
        for (int i = 0; i < times; i++) {
            passed += passes(server.count(A, "key_1")) ? 1 : 0;
        }
        return passed;
    }

    private static boolean passes(List<RateLimits.Standing> standings) {
        return RateLimits.refusal(standings).isEmpty();
    }

    @Test
    void theHundredAndFirstOfAMinuteIsRefusedUntilTheMinuteIsOver() {
        set(Scope.TENANT, 100, Duration.ofMinutes(1), false);
        assertThat(passed(one, 100)).isEqualTo(100);
        pass(Duration.ofSeconds(59));
        List<RateLimits.Standing> refused = one.count(A, "key_1");
        assertThat(RateLimits.refusal(refused).orElseThrow().errorCode()).isEqualTo(LimitsErrorCode.RATE_LIMITED);
        assertThat(refused.getFirst().seconds()).isEqualTo(1);
        assertThat(refused.getFirst().left()).isZero();
        pass(Duration.ofSeconds(1));
        assertThat(passed(one, 1000)).isEqualTo(100);
        assertThat(one.count(B, "key_2")).as("nobody else").isEmpty();
    }

    @Test
    void twoServersTogetherLetTheLimitPassAndNearlyAllOfIt() {
        set(Scope.TENANT, 1000, Duration.ofMinutes(1), false);
        int passed = 0;
        for (int i = 0; i < 5000; i++) {
            passed += passed(i % 5 == 0 ? one : other, 1);
        }
        assertThat(passed).isEqualTo(1000);
        pass(Duration.ofMinutes(1));
        assertThat(passed(one, 1) + passed(other, 10_000))
                .as("what one of them holds and does not use")
                .isBetween(950, 1000);
    }

    @Test
    void keysAreCountedEachForItselfBesideTheTenant() {
        set(Scope.KEY, 2, Duration.ofSeconds(10), false);
        set(Scope.TENANT, 3, Duration.ofSeconds(10), false);
        assertThat(passes(one.count(A, "key_1"))).isTrue();
        assertThat(passes(one.count(A, "key_1"))).isTrue();
        assertThat(passes(one.count(A, "key_1"))).isFalse();
        assertThat(passes(one.count(A, "key_2"))).isTrue();
        assertThat(one.count(A, "key_2").getLast())
                .satisfies(standing -> assertThat(standing.limit().scope()).isEqualTo(Scope.TENANT))
                .satisfies(standing -> assertThat(standing.passes()).isFalse());
    }

    @Test
    void anEvenLimitSpreadsWhatItLetsPass() {
        set(Scope.TENANT, 100, Duration.ofMinutes(1), true);
        int passed = 0;
        for (int tenth = 0; tenth < 600; tenth++) {
            int now = passed(one, 5);
            assertThat(now).isLessThanOrEqualTo(2);
            passed += now;
            pass(Duration.ofMillis(100));
        }
        assertThat(passed).isBetween(90, 100);
    }

    @Test
    void aChangedLimitHoldsAtOnce() {
        set(Scope.TENANT, 10, Duration.ofMinutes(1), false);
        assertThat(passed(one, 20)).isEqualTo(10);
        set(Scope.TENANT, 15, Duration.ofMinutes(1), false);
        assertThat(passed(one, 20)).as("what has passed still counts").isEqualTo(5);
        long seen = one.require(A, Scope.TENANT).revision();
        one.delete(A, Scope.TENANT, seen);
        one.load();
        assertThat(one.count(A, "key_1")).isEmpty();
        assertThatThrownBy(() -> one.delete(A, Scope.TENANT, seen)).isInstanceOf(AgentOsException.class);
    }

    @Test
    void forgetsWhoNeverGotAShare() {
        set(Scope.KEY, 100, Duration.ofMinutes(1), false);
        away.set(true);
        for (int i = 0; i < 10; i++) {
            String key = "key_" + i;
            assertThatThrownBy(() -> one.count(A, key)).isInstanceOf(IllegalStateException.class);
        }
        away.set(false);
        one.count(A, "key_other");
        assertThat(one.remembered()).isEqualTo(11);
        one.sweep();
        assertThat(one.remembered()).as("whose share is not over").isEqualTo(1);
        pass(Duration.ofMinutes(2));
        one.sweep();
        assertThat(one.remembered()).isZero();
    }

    @Test
    void whatCannotBeALimitIsSaidSo() {
        assertThatThrownBy(() -> new Terms(0, Duration.ofMinutes(1), false)).isInstanceOf(AgentOsException.class);
        assertThatThrownBy(() -> new Terms(1, Duration.ofMillis(10), false)).isInstanceOf(AgentOsException.class);
        assertThatThrownBy(() -> new Terms(1, Duration.ofDays(2), false)).isInstanceOf(AgentOsException.class);
        assertThatThrownBy(() -> new Terms(1, Duration.ofSeconds(Long.MAX_VALUE), false))
                .isInstanceOf(AgentOsException.class);
    }
}
