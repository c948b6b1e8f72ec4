package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.NodeTask;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.KillSwitch;
import dev.agentos.policy.KillSwitchTarget;
import dev.agentos.policy.KillSwitchTarget.Kind;
import dev.agentos.policy.KillSwitches;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Kill switches on a real PostgreSQL. */
class JdbiKillSwitchesIT {

    private static final KillSwitches.Actor ADMIN = new KillSwitches.Actor("key_admin", true);
    private static final PageRequest PAGE = new PageRequest(2, Optional.empty());

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
    void whatWasEngagedIsKnownToWhoeverLooksAndListedInPages() {
        TenantId tenant = ExecutionFixture.newTenant(database);
        KillSwitch one = switches.engage(KillSwitchTarget.PLATFORM, ADMIN, "One");
        switches.engage(KillSwitchTarget.of(tenant), ADMIN, "Two");
        switches.engage(new KillSwitchTarget(Kind.TOOL, "mail.send", Optional.of(tenant)), ADMIN, "Three");
        KillSwitches other = server();
        other.refresh();
        assertThat(other.engaged()).isEqualTo(3);
        assertThat(other.stopping(new TenantId("tnt_any"), Optional.empty())).contains(one);
        switches.lift(KillSwitchTarget.PLATFORM, ADMIN, "Over");
        other.refresh();
        assertThat(other.stopping(new TenantId("tnt_any"), Optional.empty())).isEmpty();
        assertThat(other.stopping(tenant, Optional.empty())).isPresent();
        assertThat(switches.list(Optional.empty(), Optional.of(KillSwitch.State.LIFTED), PAGE)
                        .items())
                .singleElement()
                .satisfies(lifted -> assertThat(lifted.id()).isEqualTo(one.id()));
        var first = switches.list(Optional.empty(), Optional.empty(), PAGE);
        assertThat(first.items()).hasSize(2);
        var second = switches.list(Optional.empty(), Optional.empty(), new PageRequest(2, first.next()));
        assertThat(second.items()).singleElement().satisfies(lifted -> {
            assertThat(lifted.engaged()).isEqualTo(one.engaged());
            assertThat(lifted.lifted().orElseThrow().reason()).isEqualTo("Over");
        });
        assertThat(switches.list(Optional.of(new TenantId("tnt_any")), Optional.of(KillSwitch.State.ENGAGED), PAGE)
                        .items())
                .isEmpty();
    }

    @Test
    void callsOfOtherServersAreCountedAsTheySayThem() {
        TenantId tenant = ExecutionFixture.newTenant(database);
        KillSwitches other = server();
        KillSwitches.Call mail = new KillSwitches.Call(
                tenant, Optional.of("p/a"), "mailer", Optional.empty(), Optional.of("mail.send"), Optional.empty());
        KillSwitchTarget tool = new KillSwitchTarget(Kind.TOOL, "mail.send", Optional.of(tenant));
        KillSwitchTarget elsewhere = new KillSwitchTarget(Kind.TOOL, "mail.send", Optional.of(new TenantId("tnt_x")));
        Runnable ended = switches.begins(mail);
        Runnable another = switches.begins(mail);
        other.begins(mail);
        assertThat(other.calls(tool, ADMIN)).isEqualTo(1);
        switches.sayCalls();
        assertThat(other.calls(tool, ADMIN)).isEqualTo(3);
        assertThat(other.calls(new KillSwitchTarget(Kind.AGENT, "p/a", Optional.of(tenant)), ADMIN))
                .isEqualTo(3);
        assertThat(other.calls(elsewhere, ADMIN)).isZero();
        assertThat(switches.calls(tool, ADMIN)).as("its own not twice").isEqualTo(2);
        ended.run();
        another.run();
        switches.sayCalls();
        assertThat(other.calls(tool, ADMIN)).isEqualTo(1);
        assertThat(database.killSwitchStore().said("nobody", Duration.ZERO))
                .as("what a server that is gone has said")
                .isEmpty();
    }

    @Test
    void manyWhoEngageTheSameGetTheSame() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<Future<String>> answers = new ArrayList<>();
        try (ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 16; i++) {
                answers.add(many.submit(() -> {
                    go.await();
                    return server().engage(KillSwitchTarget.PLATFORM, ADMIN, "Race")
                            .id();
                }));
            }
            go.countDown();
            List<String> ids = new ArrayList<>();
            for (Future<String> answer : answers) {
                ids.add(answer.get());
            }
            assertThat(ids).hasSize(16).containsOnly(ids.getFirst());
        }
    }

    @Test
    void itWorksWhileOrdinaryWorkHasEveryConnection() throws Exception {
        CountDownLatch enough = new CountDownLatch(1);
        CountDownLatch held = new CountDownLatch(12);
        List<Thread> holders = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            holders.add(Thread.startVirtualThread(() -> database.platform().run(handle -> {
                held.countDown();
                try {
                    enough.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            })));
        }
        held.await();
        Instant began = Instant.now();
        switches.engage(KillSwitchTarget.PLATFORM, ADMIN, "Now");
        KillSwitches other = server();
        other.refresh();
        assertThat(other.engaged()).isEqualTo(1);
        assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(2));
        enough.countDown();
        for (Thread holder : holders) {
            holder.join();
        }
    }

    @Test
    void whatIsStoppedIsNotClaimedAndOthersAreNotHeldUpByIt() {
        TenantId stopped = ExecutionFixture.newTenant(database);
        TenantId other = ExecutionFixture.newTenant(database);
        for (int i = 0; i < 8; i++) {
            queue(stopped, Optional.of("pack/bad"));
        }
        ExecutionId good = queue(stopped, Optional.of("pack/good"));
        ExecutionId free = queue(other, Optional.of("pack/bad"));
        KillSwitchTarget bad = new KillSwitchTarget(Kind.AGENT, "pack/bad", Optional.of(stopped));
        switches.engage(bad, ADMIN, "Test");
        assertThat(database.killSwitchStore().impact(bad).queued()).isEqualTo(8);
        assertThat(claimed(1)).hasSize(1);
        assertThat(claimed(10)).hasSize(1);
        assertThat(database.executionStore().find(stopped, good).orElseThrow().state())
                .isEqualTo(ExecutionState.RUNNING);
        assertThat(database.executionStore().find(other, free).orElseThrow().state())
                .isEqualTo(ExecutionState.RUNNING);
        switches.engage(KillSwitchTarget.PLATFORM, ADMIN, "Test");
        switches.lift(bad, ADMIN, "Over");
        assertThat(claimed(10)).isEmpty();
        switches.lift(KillSwitchTarget.PLATFORM, ADMIN, "Over");
        assertThat(claimed(20)).hasSize(8);
    }

    private List<ExecutionStore.Claim> claimed(int most) {
        return database.executionStore().claim(new ExecutionStore.Claimant("node_test", Duration.ofSeconds(30)), most);
    }

    private ExecutionId queue(TenantId tenant, Optional<String> agent) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        Execution execution = new Execution(
                new ExecutionId(Ids.system().next("exe")),
                tenant,
                new ExecutionRequest(
                        agent,
                        ExecutionFixture.graphOf(database, tenant),
                        JsonObject.EMPTY,
                        JsonObject.EMPTY,
                        0,
                        Optional.empty(),
                        Durability.SYNC),
                ExecutionState.QUEUED,
                new Execution.Progress(0, 0, false),
                Optional.empty(),
                Optional.empty(),
                new Execution.Times(now, Optional.empty(), Optional.empty()));
        return database.executionStore()
                .admit(new ExecutionStore.Candidate(
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
                        Optional.empty()))
                .execution()
                .id();
    }
}
