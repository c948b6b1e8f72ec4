package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.RequestKey;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.NodeTask;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import dev.agentos.webhooks.Delivery;
import dev.agentos.webhooks.Delivery.Attempt;
import dev.agentos.webhooks.DeliveryState;
import dev.agentos.webhooks.WebhookStore;
import dev.agentos.webhooks.WebhookStore.Claimed;
import dev.agentos.webhooks.WebhookStore.Secret;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deliveries and their secrets, for two servers on a real PostgreSQL. */
class WebhooksIT {

    private static final Ids IDS = Ids.system();
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final String URL = "https://example.org/hook";

    private final Database database = PostgresFixture.open();
    private final Database second = Database.open(database.connection(), IDS);
    private final WebhookStore store = database.webhookStore();
    private final WebhookStore other = second.webhookStore();
    private final TenantId tenant = ExecutionFixture.newTenant(database);
    private final TenantId umbrella = ExecutionFixture.newTenant(database);

    @AfterEach
    void close() {
        second.close();
        database.close();
    }

    private Execution admit(TenantId whose, Optional<String> message, Optional<RequestKey> key) {
        ExecutionRequest request = new ExecutionRequest(
                        Optional.empty(),
                        ExecutionFixture.graphOf(database, whose),
                        JsonObject.EMPTY,
                        JsonObject.EMPTY,
                        0,
                        Optional.empty(),
                        ExecutionRequest.Durability.SYNC)
                .telling(message.map(id -> new ExecutionRequest.Webhook(id, URL)));
        Execution execution = new Execution(
                new ExecutionId(IDS.next("exe")),
                whose,
                request,
                ExecutionState.QUEUED,
                new Execution.Progress(0, 0, false),
                Optional.empty(),
                Optional.empty(),
                new Execution.Times(Instant.now().truncatedTo(ChronoUnit.MICROS), Optional.empty(), Optional.empty()));
        Checkpoint first = new Checkpoint(
                0,
                Checkpoint.Source.INPUT,
                JsonObject.EMPTY,
                List.of(new NodeTask("0:x", "x", Optional.empty())),
                List.of(),
                JsonObject.of("supersteps", 0),
                Optional.empty());
        return database.executionStore()
                .admit(new ExecutionStore.Candidate(
                        execution, first, List.of(), List.of(event("execution.queued")), Optional.empty(), key))
                .execution();
    }

    private static ExecutionEvent.Draft event(String type) {
        return new ExecutionEvent.Draft(type, 0, Optional.empty(), JsonObject.EMPTY);
    }

    private Execution told(TenantId whose) {
        return admit(whose, Optional.of(IDS.next("msg")), Optional.empty());
    }

    private void end(Execution execution) {
        Failure reason = Failure.of(KernelErrorCode.INTERNAL, "Enough.", "Nothing.");
        database.executionStore().cancel(execution.tenant(), execution.id(), reason, event(ExecutionEvent.CANCELLED));
    }

    private Execution ended(TenantId whose) {
        Execution execution = told(whose);
        end(execution);
        store.ended(List.of(execution.id().value()));
        return execution;
    }

    private Delivery delivery(Execution execution) {
        return store.list(
                        execution.tenant(),
                        Optional.empty(),
                        Optional.of(execution.id().value()),
                        new PageRequest(2, Optional.empty()))
                .items()
                .getFirst();
    }

    private List<Claimed> claim(WebhookStore from) {
        return from.claim(10, 10, List.of(), LEASE);
    }

    private void pass(Duration time) {
        database.platform()
                .run(handle -> handle.createUpdate(
                                "UPDATE webhook_deliveries SET next_at = next_at - CAST(:time AS interval)")
                        .bind("time", time.toString())
                        .execute());
    }

    @Test
    void comesWithItsExecutionAndGoesWithIt() {
        Execution told = told(tenant);
        admit(tenant, Optional.empty(), Optional.empty());
        Delivery delivery = delivery(told);
        assertThat(delivery.state()).isEqualTo(DeliveryState.WAITING);
        assertThat(delivery.url()).isEqualTo(URL);
        assertThat(delivery.createdAt()).isEqualTo(told.times().createdAt());
        assertThat(store.list(tenant, Optional.empty(), Optional.empty(), new PageRequest(10, Optional.empty()))
                        .items())
                .hasSize(1);
        database.platform()
                .run(handle -> handle.createUpdate("DELETE FROM executions WHERE id = :id")
                        .bind("id", told.id().value())
                        .execute());
        assertThat(store.find(tenant, delivery.id())).isEmpty();
    }

    @Test
    void ofRequestsWithOneKeyTheFirstIsTold() {
        RequestKey key = new RequestKey("key_1", "createExecution", "k", "f".repeat(64));
        Execution first = admit(tenant, Optional.of("msg_first"), Optional.of(key));
        Execution again = admit(tenant, Optional.of("msg_again"), Optional.of(key));
        Execution without = admit(tenant, Optional.of("msg_without"), Optional.empty());
        assertThat(again.id()).isEqualTo(first.id());
        assertThat(delivery(first).id()).isEqualTo("msg_first");
        assertThat(delivery(without).id()).isEqualTo("msg_without");
        assertThat(store.find(tenant, "msg_again")).isEmpty();
    }

    @Test
    void isDueWhenItsExecutionHasEndedWhoeverSaysSo() {
        Execution heard = told(tenant);
        Execution unheard = told(tenant);
        Execution going = told(tenant);
        store.ended(List.of(heard.id().value(), going.id().value()));
        assertThat(claim(store)).isEmpty();

        end(heard);
        end(unheard);
        store.ended(List.of(heard.id().value()));
        assertThat(delivery(heard).state()).isEqualTo(DeliveryState.DUE);
        assertThat(delivery(unheard).state()).isEqualTo(DeliveryState.WAITING);

        String last = other.lookBehind("", 1).orElseThrow();
        assertThat(last).isEqualTo(unheard.id().value());
        assertThat(delivery(unheard).state()).isEqualTo(DeliveryState.DUE);
        assertThat(other.lookBehind(last, 5)).hasValue(going.id().value());
        assertThat(other.lookBehind(going.id().value(), 5)).isEmpty();
        assertThat(delivery(going).state()).isEqualTo(DeliveryState.WAITING);
        assertThat(claim(store))
                .allMatch(claimed -> claimed.ending().state() == ExecutionState.CANCELLED)
                .extracting(claimed -> claimed.delivery().execution())
                .containsExactlyInAnyOrder(heard.id().value(), unheard.id().value());
    }

    @Test
    void isOneServersAtATimeAndAnotherOnesWhenThatIsGone() throws Exception {
        for (int i = 0; i < 30; i++) {
            ended(i % 3 == 0 ? umbrella : tenant);
        }
        List<Callable<List<Claimed>>> servers = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            WebhookStore one = i % 2 == 0 ? store : other;
            servers.add(() -> one.claim(5, 3, List.of(), LEASE));
        }
        List<String> claimed = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var some : threads.invokeAll(servers)) {
                some.get().forEach(one -> claimed.add(one.delivery().id()));
            }
        }
        for (List<Claimed> some = claim(other); !some.isEmpty(); some = claim(other)) {
            some.forEach(one -> claimed.add(one.delivery().id()));
        }
        assertThat(claimed).hasSize(30).doesNotHaveDuplicates();

        pass(LEASE);
        List<Claimed> again = claim(other);
        assertThat(again)
                .isNotEmpty()
                .allMatch(one -> one.epoch() == 2)
                .allMatch(one -> one.delivery().attempts() == 2);
    }

    @Test
    void leavesOutTenantsThatHaveEnough() {
        ended(tenant);
        ended(tenant);
        ended(umbrella);
        assertThat(store.claim(10, 1, List.of(), LEASE))
                .extracting(one -> one.delivery().tenant())
                .containsExactlyInAnyOrder(tenant, umbrella);
        assertThat(store.claim(10, 1, List.of(tenant), LEASE)).isEmpty();
        assertThat(store.claim(10, 1, List.of(umbrella), LEASE)).hasSize(1);
    }

    @Test
    void whatSomebodySaysOfALostClaimComesToNothing() {
        Execution execution = ended(tenant);
        Claimed lost = claim(store).getFirst();
        pass(LEASE);
        Claimed now = claim(other).getFirst();
        Attempt well = new Attempt(Instant.now(), Optional.of(204), Optional.empty());
        store.attempted(lost, well, DeliveryState.DELIVERED, Duration.ZERO);
        store.handBack(lost, Duration.ZERO);
        assertThat(delivery(execution).state()).isEqualTo(DeliveryState.DUE);

        Attempt badly = new Attempt(Instant.now(), Optional.of(500), Optional.of("HTTP 500"));
        other.attempted(now, badly, DeliveryState.DUE, Duration.ofMinutes(5));
        Delivery failed = delivery(execution);
        assertThat(failed.last().flatMap(Attempt::failure)).hasValue("HTTP 500");
        assertThat(failed.attempts()).isEqualTo(2);
        assertThat(claim(store)).isEmpty();
        pass(Duration.ofMinutes(5));
        Claimed third = claim(store).getFirst();
        store.handBack(third, Duration.ofSeconds(30));
        assertThat(delivery(execution).attempts()).isEqualTo(2);
        assertThat(claim(store)).isEmpty();
        pass(Duration.ofSeconds(30));
        store.attempted(claim(store).getFirst(), well, DeliveryState.DELIVERED, Duration.ZERO);
        Delivery delivered = delivery(execution);
        assertThat(delivered.state()).isEqualTo(DeliveryState.DELIVERED);
        assertThat(delivered.nextAt()).isEmpty();
        assertThat(delivered.last().flatMap(Attempt::status)).hasValue(204);
        assertThat(claim(store)).isEmpty();

        store.again(umbrella, delivered.id());
        assertThat(claim(store)).isEmpty();
        store.again(tenant, delivered.id());
        assertThat(claim(store)).singleElement().satisfies(one -> {
            assertThat(one.delivery().id()).isEqualTo(delivered.id());
            assertThat(one.delivery().attempts()).isEqualTo(1);
        });
    }

    @Test
    void oneTenantSeesNothingOfAnother() {
        Execution execution = ended(tenant);
        Delivery delivery = delivery(execution);
        assertThat(store.find(umbrella, delivery.id())).isEmpty();
        assertThat(store.list(umbrella, Optional.empty(), Optional.empty(), new PageRequest(5, Optional.empty()))
                        .items())
                .isEmpty();
        assertThat(store.list(
                                tenant,
                                Optional.of(DeliveryState.DUE),
                                Optional.empty(),
                                new PageRequest(5, Optional.empty()))
                        .items())
                .hasSize(1);
        assertThat(store.list(
                                tenant,
                                Optional.of(DeliveryState.GIVEN_UP),
                                Optional.empty(),
                                new PageRequest(5, Optional.empty()))
                        .items())
                .isEmpty();
    }

    @Test
    void aSecretThatWasReplacedSignsForAWhile() {
        assertThat(store.secrets(tenant, 5)).isEmpty();
        assertThat(store.add(tenant, "whs_1", "1.kek.a", Optional.empty(), LEASE))
                .isTrue();
        assertThat(other.add(tenant, "whs_x", "1.kek.x", Optional.empty(), LEASE))
                .isFalse();
        assertThat(other.add(tenant, "whs_2", "1.kek.b", Optional.of("whs_1"), LEASE))
                .isTrue();
        assertThat(store.add(tenant, "whs_y", "1.kek.y", Optional.of("whs_1"), LEASE))
                .isFalse();
        assertThat(store.add(tenant, "whs_3", "1.kek.c", Optional.of("whs_2"), LEASE.multipliedBy(2)))
                .isTrue();
        assertThat(store.secrets(tenant, 5)).extracting(Secret::id).containsExactly("whs_3", "whs_2", "whs_1");
        assertThat(store.secrets(tenant, 2)).hasSize(2);
        assertThat(store.secrets(umbrella, 5)).isEmpty();

        database.tenants()
                .inTenant(
                        tenant,
                        handle -> handle.createUpdate(
                                        "UPDATE webhook_secrets SET retires_at = clock_timestamp() WHERE id = :id")
                                .bind("id", "whs_1")
                                .execute());
        assertThat(store.secrets(tenant, 5)).extracting(Secret::id).containsExactly("whs_3", "whs_2");
    }
}
