package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.KillSwitch;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.KillTarget;
import dev.agentos.policy.KillTarget.Kind;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Kill switches on a real PostgreSQL. */
class JdbiKillSwitchesIT {

    private static final TenantId A = new TenantId("tnt_a");
    private static final KillTarget PLATFORM = new KillTarget(Kind.PLATFORM, "", Optional.empty());
    private static final KillTarget TOOL = new KillTarget(Kind.TOOL, "mail.send", Optional.of(A));
    private static final Principal ADMINISTRATOR = new Principal("key_admin", "a", Optional.empty(), Set.of());

    private final Database database = PostgresFixture.open();
    private final KillSwitches switches = server();

    private KillSwitches server() {
        return new KillSwitches(database.killSwitchStore(), Ids.system(), InstantSource.system());
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void whatIsStoppedIsKnownOnOtherServersAndAfterARestart() {
        KillSwitch engaged = switches.engage(TOOL, ADMINISTRATOR, "It runs wild.");
        KillSwitches other = server();
        assertThat(other.engaged()).isEmpty();
        other.refresh();
        assertThat(other.engaged()).containsExactly(engaged);
        assertThat(other.ofCall("tnt_a", Optional.empty(), "p", Kind.TOOL, "mail.send"))
                .contains(engaged);
        assertThat(other.ofCall("tnt_b", Optional.empty(), "p", Kind.TOOL, "mail.send"))
                .isEmpty();
        KillSwitch lifted = other.lift(TOOL, ADMINISTRATOR, "Tamed.");
        switches.refresh();
        assertThat(switches.engaged()).isEmpty();
        assertThat(switches.history(Optional.of(A), new PageRequest(10, Optional.empty()))
                        .items())
                .containsExactly(lifted);
        assertThat(switches.engage(TOOL, ADMINISTRATOR, "Again.").id()).isNotEqualTo(engaged.id());
    }

    @Test
    void ofManyThatStopTheSameOneIsKept() throws Exception {
        List<Callable<String>> engaging = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            engaging.add(() -> switches.engage(PLATFORM, ADMINISTRATOR, "now").id());
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<String> ids = new ArrayList<>();
            for (Future<String> id : threads.invokeAll(engaging)) {
                ids.add(id.get());
            }
            assertThat(ids).containsOnly(ids.getFirst());
        }
        assertThat(switches.engaged()).hasSize(1);
    }

    @Test
    void itWorksWhenAllOtherConnectionsAreInUse() throws Exception {
        CountDownLatch held = new CountDownLatch(24 + 12);
        CountDownLatch done = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 24; i++) {
                threads.submit(() -> database.tenants().inTenant(A, handle -> {
                    TenantTransactions.bindNow(handle);
                    return hold(held, done);
                }));
            }
            for (int i = 0; i < 12; i++) {
                threads.submit(() -> database.platform().call(handle -> hold(held, done)));
            }
            held.await();
            long begun = System.nanoTime();
            switches.engage(PLATFORM, ADMINISTRATOR, "now");
            KillSwitches other = server();
            other.refresh();
            assertThat(other.engaged()).hasSize(1);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
            done.countDown();
        }
    }

    private static boolean hold(CountDownLatch held, CountDownLatch done) {
        held.countDown();
        try {
            return done.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
