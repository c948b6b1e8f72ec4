package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.audit.AuditKey;
import dev.agentos.audit.AuditStore;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Executions;
import dev.agentos.execution.RequestKey;
import dev.agentos.execution.WhenBusy;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.Pauses;
import dev.agentos.identity.Logins;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.KillSwitches;
import dev.agentos.retention.Erasure;
import dev.agentos.retention.ErasureStore;
import dev.agentos.retention.Erasures;
import dev.agentos.retention.TenantDataStore;
import dev.agentos.retention.TenantFiles;
import dev.agentos.retention.Whose;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.Users;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Erasures come to their end whatever happens in between. */
@Timeout(240)
final class ErasureIT {

    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final Ids ids = Ids.system();
    private final InstantSource clock = InstantSource.system();
    private final Database database = PostgresFixture.open();
    private final Operations operations = new Operations(database.operationStore("node_a"), ids, clock);
    private final Tenants tenants = new Tenants(database.tenantStore(), ids, clock);
    private final AuditStore records = database.auditStore();
    private final Audit audit =
            new Audit(records, Duration.ofSeconds(5), new AuditCheckpoints(records, AuditKey.fresh(), clock));
    private final KillSwitches switches = new KillSwitches(database.killSwitchStore(), ids, clock);
    private final NodeHandlers nodes = type -> Optional.empty();
    private final Executions executions =
            new Executions(database.executionStore(), database.graphStore(), nodes, ids, clock);
    private final Users users = new Users(database.userStore(), new Roles(database.roleStore()), ids, clock);
    private final ApiKeys keys = new ApiKeys(database.apiKeyStore(), users, ids, clock);
    private final Principal root = new Principal("key_root", "root", Optional.empty(), EnumSet.allOf(Scope.class));
    /** Counts down with each step of an erasure; the step at 0 fails. */
    private final AtomicInteger steps = new AtomicInteger(Integer.MAX_VALUE);

    @TempDir
    private Path workspaces;

    @AfterEach
    void close() throws InterruptedException {
        operations.close();
        audit.close();
        database.close();
    }

    /** The same, of which each call that changes something may be the one at which the server ends. */
    @SuppressWarnings("unchecked")
    private <T> T mortal(Class<T> port, T store, Set<String> reads) {
        return (T) Proxy.newProxyInstance(port.getClassLoader(), new Class<?>[] {port}, (proxy, method, arguments) -> {
            if (!reads.contains(method.getName()) && steps.getAndDecrement() == 0) {
                throw new IllegalStateException("The server ends here");
            }
            try {
                return method.invoke(store, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private Erasures erasures() {
        return new Erasures(
                new Erasures.Stores(
                        mortal(
                                ErasureStore.class,
                                database.erasureStore(),
                                Set.of("begin", "claim", "operation", "release", "releaseAll", "find", "list")),
                        mortal(TenantDataStore.class, database.tenantDataStore(), Set.of("count", "read", "meant")),
                        new TenantFiles(workspaces)),
                new Erasures.Work(tenants, keys, executions, switches),
                new Erasures.Platform(operations, audit, "node_a", ids, clock));
    }

    private Tenant tenant(String name) throws IOException {
        Tenant tenant = tenants.create(name);
        Files.createDirectories(workspaces.resolve(tenant.id().value()));
        Files.writeString(workspaces.resolve(tenant.id().value()).resolve("note.txt"), "kept");
        for (int i = 0; i < 3; i++) {
            database.executionStore().admit(candidate(tenant.id()));
        }
        return tenant;
    }

    private ExecutionStore.Candidate candidate(TenantId tenant) {
        return candidate(tenant, UnaryOperator.identity(), Optional.empty());
    }

    private ExecutionStore.Candidate candidate(
            TenantId tenant, UnaryOperator<ExecutionRequest> how, Optional<RequestKey> key) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        ExecutionRequest request = new ExecutionRequest(
                Optional.empty(),
                ExecutionFixture.graphOf(database, tenant),
                JsonObject.EMPTY,
                JsonObject.EMPTY,
                0,
                Optional.empty(),
                ExecutionRequest.Durability.SYNC,
                Pauses.NONE);
        return new ExecutionStore.Candidate(
                new Execution(
                        new ExecutionId(ids.next("exe")),
                        tenant,
                        how.apply(request),
                        ExecutionState.QUEUED,
                        new Execution.Progress(0, 0, false),
                        Optional.empty(),
                        Optional.empty(),
                        new Execution.Times(now, Optional.empty(), Optional.empty())),
                new Checkpoint(
                        0,
                        Checkpoint.Source.INPUT,
                        JsonObject.EMPTY,
                        List.of(),
                        List.of(),
                        JsonObject.EMPTY,
                        Optional.empty()),
                List.of(),
                List.of(new ExecutionEvent.Draft(ExecutionEvent.QUEUED, 0, Optional.empty(), JsonObject.EMPTY)),
                Optional.empty(),
                key);
    }

    @Test
    void goesOnWhereItWasCutShort() throws Exception {
        goesOn(12);
    }

    @Tag("long")
    @Test
    void goesOnWhereverItWasCutShort() throws Exception {
        goesOn(3);
    }

    private void goesOn(int stride) throws Exception {
        Erasures erasures = erasures();
        int cut = 0;
        List<Integer> uncounted = new ArrayList<>();
        for (int step = 0; ; step += stride) {
            Tenant tenant = tenant("t" + step);
            steps.set(step);
            Erasure begun = erasures.tenant(tenant, "key_admin");
            ended(begun);
            boolean whole =
                    erasures.require(Optional.empty(), begun.id()).finishedAt().isPresent();
            steps.set(Integer.MAX_VALUE);
            if (!whole) {
                cut++;
                // As another server, or this one after its start.
                erasures.recover();
                erasures.follow();
            }
            await().atMost(LONGEST)
                    .until(() -> erasures.require(Optional.empty(), begun.id())
                            .finishedAt()
                            .isPresent());
            assertThat(database.tenantDataStore().count(Whose.of(tenant.id())))
                    .as("cut at %d", step)
                    .isEmpty();
            assertThat(Files.exists(workspaces.resolve(tenant.id().value()))).isFalse();
            // Rows that were removed at the very moment at which the server ended are gone, and not counted.
            if (!Long.valueOf(3)
                    .equals(erasures.require(Optional.empty(), begun.id())
                            .counts()
                            .get("executions"))) {
                uncounted.add(step);
            }
            assertThat(records.find(Optional.empty(), AuditStore.Filter.ALL, Long.MAX_VALUE, 1))
                    .singleElement()
                    .matches(record -> record.entry().action().equals("tenantErased")
                            && record.entry()
                                    .target()
                                    .toString()
                                    .contains(tenant.id().value()));
            if (whole) {
                break;
            }
        }
        assertThat(cut).isGreaterThan(18 / stride);
        assertThat(uncounted).hasSizeLessThan(2);
        assertThat(audit.verify(Optional.empty(), Optional.empty()).toJson().bool("sound"))
                .contains(true);
        assertThat(erasures.list(Optional.empty(), PageRequest.FIRST).items()).hasSize(cut + 1);
    }

    private void ended(Erasure begun) {
        await().atMost(LONGEST)
                .until(() -> operations
                        .find(begun.operation().orElseThrow())
                        .map(Operation::state)
                        .filter(Operation.State::terminal)
                        .isPresent());
    }

    @Test
    void aServerThatDoesNotComeBackLeavesItToAnother() throws Exception {
        Tenant tenant = tenant("lost");
        ErasureStore store = database.erasureStore();
        Erasure begun = store.begin(new Erasure(
                        ids.next("ers"),
                        Whose.of(tenant.id()),
                        tenant.name(),
                        "key_admin",
                        clock.instant().truncatedTo(ChronoUnit.MICROS),
                        Optional.empty(),
                        Map.of(),
                        Optional.empty()))
                .orElseThrow();
        assertThat(store.claim(begun.id(), "node_gone", Duration.ofSeconds(2))).isTrue();
        Operation abandoned = new Operations(database.operationStore("node_gone"), ids, clock)
                .start("tenant.erase", tenant.id().value(), reporter -> {
                    Thread.sleep(Duration.ofMinutes(5));
                    return JsonObject.EMPTY;
                });
        store.operation(begun.id(), abandoned.id());
        Erasures erasures = erasures();
        erasures.follow();
        assertThat(erasures.require(Optional.empty(), begun.id()).finishedAt()).isEmpty();
        await().atMost(LONGEST).until(() -> {
            erasures.follow();
            return erasures.require(Optional.empty(), begun.id()).finishedAt().isPresent();
        });
        await().atMost(LONGEST)
                .until(() -> operations.find(abandoned.id()).orElseThrow().state() == Operation.State.SUCCEEDED);
    }

    @Test
    void aPersonsExecutionsAreCancelledAndTheKeyEnds() throws Exception {
        Tenant tenant = tenant("people");
        ApiKeys.Created key = keys.create(Optional.of(tenant.id()), "Erika Mustermann", Set.of(), Optional.empty());
        AtomicReference<ExecutionId> own = new AtomicReference<>();
        database.platform().run(handle -> {
            own.set(new ExecutionId(handle.createQuery(
                            "UPDATE executions SET started_by = :by WHERE number = (SELECT min(number) FROM executions"
                                    + " WHERE tenant_id = :tenant) RETURNING id")
                    .bind("by", key.key().id())
                    .bind("tenant", tenant.id().value())
                    .mapTo(String.class)
                    .one()));
        });
        Execution before = executions.require(tenant.id(), own.get());
        assertThat(before.state()).isEqualTo(ExecutionState.QUEUED);
        Erasures erasures = erasures();
        Erasure begun = erasures.person(tenant, key.key().id(), root);
        ended(begun);
        assertThat(erasures.require(Optional.of(tenant.id()), begun.id()).counts())
                .containsEntry("executions", 1L)
                .containsEntry("api-keys made anonymous", 1L);
        assertThat(executions.find(tenant.id(), own.get())).isEmpty();
        assertThat(keys.authenticate(key.secret())).isEmpty();
        assertThat(database.tenantDataStore().count(Whose.of(tenant.id()))).containsEntry("executions", 2L);
        assertThat(records.find(Optional.of(tenant.id()), AuditStore.Filter.ALL, Long.MAX_VALUE, 1))
                .singleElement()
                .matches(record -> record.entry().action().equals("personErased")
                        && !record.text().contains("Erika"));
        assertThat(tenants.find("people")).isPresent();
    }

    /** Whoever goes on working while they are erased leaves nothing behind. */
    @Test
    void whoIsLoggedInCannotGoOnMeanwhile() throws Exception {
        Tenant tenant = tenant("working");
        Optional<TenantId> own = Optional.of(tenant.id());
        String person = users.addService(root, own, "Erika Mustermann", Set.of("operator"))
                .id();
        Logins logins = new Logins(database.loginStore(), users, ids, clock);
        String secret = logins.begin(person, own).secret();
        AtomicInteger admitted = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> working = threads.submit(() -> {
                while (!over.get()) {
                    logins.authenticate(secret)
                            .ifPresent(active ->
                                    work(tenant.id(), active.principal().id(), admitted.incrementAndGet()));
                    Thread.sleep(20);
                }
                return true;
            });
            await().until(() -> admitted.get() > 2);
            try {
                ended(erasures().person(tenant, person, root));
            } finally {
                over.set(true);
            }
            working.get();
        }
        for (String rows : List.of(
                "executions WHERE started_by = :person",
                "approvals WHERE started_by = :person",
                "idempotency_keys WHERE principal = :person",
                "sessions WHERE id LIKE 'own%' AND :person <> ''",
                "logins WHERE user_id = :person",
                "memberships WHERE user_id = :person")) {
            assertThat(database.platform()
                            .<Long>call(handle -> handle.createQuery("SELECT count(*) FROM " + rows)
                                    .bind("person", person)
                                    .mapTo(Long.class)
                                    .one()))
                    .as(rows)
                    .isZero();
        }
    }

    /** Begins an execution, in every other case in a session, and has somebody asked for it. */
    private void work(TenantId tenant, String person, int number) {
        Optional<RequestKey> key = Optional.of(new RequestKey(person, "POST /executions", "k" + number, "f"));
        ExecutionStore.Candidate candidate = candidate(
                tenant,
                request -> (number % 2 == 0 ? request.in("own" + number, request.graph()) : request).by(person),
                key);
        if (number % 2 == 0) {
            database.executionStore().sessions().admit(candidate, WhenBusy.ENQUEUE);
        } else {
            database.executionStore().admit(candidate);
        }
        database.tenants()
                .runInTenant(
                        tenant,
                        handle -> handle.createUpdate("""
                            INSERT INTO approvals (id, tenant_id, execution, effect, asked_digest, subject, arguments,
                                rule, terms, state, nonce, votes, created_at, expires_at, started_by)
                            VALUES (:id, :tenant, :execution, 'e', 'd', '{}', '{}', '{}', '{}', 'PENDING', 'n', '[]', now(),
                                now(), :person)
                            """)
                                .bind("id", "apr_" + tenant + number)
                                .bind("tenant", tenant.value())
                                .bind("execution", candidate.execution().id().value())
                                .bind("person", person)
                                .execute());
    }

    /** Rotated keys are one principal: by whichever of them it is named, all of it goes, and none opens anything. */
    @Test
    void theKeyThatFollowedOnAnotherGoesWithIt() throws Exception {
        Tenant tenant = tenant("rotated");
        Optional<TenantId> own = Optional.of(tenant.id());
        ApiKeys.Created first = keys.create(own, "Erika Mustermann", Set.of(), Optional.empty());
        ApiKeys.Created second = keys.rotate(root, own, first.key().id(), Duration.ofDays(1));
        database.platform()
                .run(handle -> handle.createUpdate("UPDATE executions SET started_by = :by WHERE tenant_id = :tenant")
                        .bind("by", first.key().principal())
                        .bind("tenant", tenant.id().value())
                        .execute());
        Erasures erasures = erasures();
        assertThatThrownBy(() -> erasures.person(tenant, "key_mistyped", root))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode().code()).isEqualTo("retention:UNKNOWN_PRINCIPAL"));
        assertThat(erasures.list(own, new PageRequest(10, Optional.empty())).items())
                .isEmpty();

        Erasure begun = erasures.person(tenant, second.key().id(), root);
        ended(begun);
        assertThat(begun.whose().principal()).contains(first.key().id());
        assertThat(erasures.require(own, begun.id()).counts())
                .containsEntry("executions", 3L)
                .containsEntry("api-keys made anonymous", 1L);
        assertThat(keys.authenticate(first.secret())).isEmpty();
        assertThat(keys.authenticate(second.secret())).isEmpty();
        assertThat(keys.find(own, second.key().id()).orElseThrow().name()).isEqualTo("erased");
        ended(erasures.person(tenant, first.key().id(), root));
    }

    @Test
    void ofSeveralOwnersWhoAreErasedOrRemovedAtOnceOneStays() throws Exception {
        Tenant tenant = tenant("owned");
        Optional<TenantId> own = Optional.of(tenant.id());
        List<String> owners = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            owners.add(
                    users.addService(root, own, "owner " + i, Set.of("owner")).id());
        }
        Erasures erasures = erasures();
        List<Future<?>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 4; i++) {
                String id = owners.get(i);
                all.add(
                        i % 2 == 0
                                ? threads.submit(() -> erasures.person(tenant, id, root))
                                : threads.submit(() -> users.remove(root, own, id)));
            }
        }
        List<Throwable> refused = all.stream()
                .filter(one -> one.state() == Future.State.FAILED)
                .map(Future::exceptionNow)
                .toList();
        assertThat(refused)
                .singleElement()
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(TenancyErrorCode.LAST_OWNER));
        String left = owners.stream()
                .filter(id -> database.erasureStore().lastOwner(new Whose(tenant.id(), Optional.of(id))))
                .findFirst()
                .orElseThrow();
        assertThatThrownBy(() -> erasures.requireNotLastOwner(new Whose(tenant.id(), Optional.of(left))))
                .hasMessageContaining("last active owner");
        users.addService(root, own, "another", Set.of("owner"));
        erasures.requireNotLastOwner(new Whose(tenant.id(), Optional.of(left)));
    }
}
