package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.identity.AccountStore;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Revisions;
import dev.agentos.kernel.Search;
import dev.agentos.retention.Whose;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.ApiKey;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Group;
import dev.agentos.tenancy.GroupStore;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Principals;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Role;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.SubjectNames.Called;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.User;
import dev.agentos.tenancy.Users;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Users, roles and keys of two servers on a real PostgreSQL. */
class JdbiUsersIT {

    private static final Principal ROOT =
            new Principal("key_root", "root", Optional.empty(), EnumSet.allOf(Scope.class));

    private static final Called GRACE = new Called("Grace", Optional.of("grace@example.org"));

    private final Database database = PostgresFixture.open();
    private final Tenants tenants = new Tenants(database.tenantStore(), Ids.system(), InstantSource.system());
    private final Optional<TenantId> acme = Optional.of(tenants.create("acme").id());
    private final Optional<TenantId> umbrella =
            Optional.of(tenants.create("umbrella").id());
    private final Users one = server();
    private final Users other = server();
    private final ApiKeys keys = new ApiKeys(database.apiKeyStore(), one, Ids.system(), InstantSource.system());
    private final ApiKeys otherKeys = new ApiKeys(database.apiKeyStore(), other, Ids.system(), InstantSource.system());

    private Users server() {
        return new Users(
                database.userStore(),
                new Roles(database.roleStore()),
                database.groupStore(),
                Ids.system(),
                InstantSource.system());
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void usersAreAsTheyWereMadeAndEachTenantsOwn() {
        User robot = one.addService(ROOT, acme, "robot", Set.of("viewer", "approver"));
        User ada = one.invite(ROOT, acme, "Ada", "ada@example.org", Set.of("owner"));
        User platform = one.addService(ROOT, Optional.empty(), "watch", Set.of("operator"));
        assertThat(other.require(acme, robot.id())).isEqualTo(robot);
        assertThat(other.list(acme, Search.ALL, new PageRequest(1, Optional.empty()))
                        .items())
                .containsExactly(ada);
        assertThat(other.list(acme, Search.ALL, new PageRequest(1, Optional.of(ada.id())))
                        .items())
                .containsExactly(robot);
        assertThat(other.list(umbrella, Search.ALL, PageRequest.FIRST).items()).isEmpty();
        assertThat(other.list(Optional.empty(), Search.ALL, PageRequest.FIRST).items())
                .containsExactly(platform);
        assertThat(other.invite(ROOT, umbrella, "A.", "ada@example.org", Set.of("viewer"))
                        .id())
                .isEqualTo(ada.id());
        assertThat(other.memberships(ada.id())).hasSize(2);
        assertThatThrownBy(() -> other.invite(ROOT, acme, "A.", "ada@example.org", Set.of("viewer")))
                .hasMessageContaining("already");
        tenants.delete(acme.orElseThrow());
        assertThat(other.memberships(ada.id())).extracting(User::tenant).containsExactly(umbrella);
    }

    @Test
    void whatIsSearchedForIsFoundByWhateverItIsKnownBy() {
        User robot = one.addService(ROOT, acme, "100%_robot", Set.of("viewer"));
        User ada = one.invite(ROOT, acme, "Ada Lovelace", "countess@example.org", Set.of("owner"));
        one.invite(ROOT, umbrella, "Adam", "adam@example.org", Set.of("viewer"));
        assertThat(found("LOVE")).containsExactly(ada);
        assertThat(found("countess@")).containsExactly(ada);
        assertThat(found(robot.id().toLowerCase(Locale.ROOT))).containsExactly(robot);
        assertThat(found("%_")).containsExactly(robot);
        assertThat(found("_%")).isEmpty();
        assertThat(found("")).containsExactly(ada, robot);
        ApiKeys.Created key = keys.create(acme, "night watch", Set.of(Scope.GRAPHS_READ), Optional.empty());
        keys.create(acme, "other", Set.of(Scope.GRAPHS_READ), Optional.empty());
        for (String part : List.of("Watch", key.key().prefix(), key.key().id())) {
            assertThat(keys.list(acme, new Search(part), PageRequest.FIRST).items())
                    .extracting(ApiKey::id)
                    .containsExactly(key.key().id());
        }
        assertThat(tenants.list(new Search("MBREL"), PageRequest.FIRST).items())
                .extracting(tenant -> Optional.of(tenant.id()))
                .containsExactly(umbrella);
    }

    private List<User> found(String part) {
        return other.list(acme, new Search(part), PageRequest.FIRST).items();
    }

    @Test
    void whatATokenCallsSomebodyIsOneTenantsAndGoesWithThem() {
        AccountStore accounts = database.accountStore();
        User ada = one.invite(ROOT, acme, "Ada", "ada@example.org", Set.of("owner"));
        accounts.keep(acme.orElseThrow(), "sub_grace", new Called("G. Hopper", Optional.empty()));
        accounts.keep(acme.orElseThrow(), "sub_grace", GRACE);
        accounts.keep(acme.orElseThrow(), "sub_ada", new Called("A. L.", Optional.empty()));
        accounts.link("sub_ada", ada.id());
        assertThat(accounts.called(acme.orElseThrow(), "sub_grace")).contains(GRACE);
        assertThat(accounts.called(umbrella.orElseThrow(), "sub_grace")).isEmpty();
        PrincipalNames names = new PrincipalNames(keys, one, accounts, accounts);
        Map<String, String> found = Map.of(ada.id(), "Ada", "sub_ada", "Ada", "sub_grace", "Grace <grace@example.org>");
        Principal reader = new Principal("key_1", "reader", acme, Set.of());
        assertThat(names.of(reader, acme, Stream.concat(found.keySet().stream(), Stream.of("sub_nobody", "key_none"))))
                .isEqualTo(found);

        Whose hers = new Whose(acme.orElseThrow(), Optional.of("sub_grace"));
        List<String> exported = new ArrayList<>();
        database.tenantDataStore().read(hers, "subject-names", exported::add);
        assertThat(exported).singleElement().asString().contains("Grace", "grace@example.org");
        Whose adas = new Whose(acme.orElseThrow(), Optional.of(ada.id()));
        for (Whose whose : List.of(hers, adas)) {
            assertThat(RetentionIT.removeAll(database.tenantDataStore(), whose, "subject-names", 10))
                    .isEqualTo(1);
        }
        assertThat(names.of(reader, acme, Stream.of("sub_grace"))).isEmpty();
        assertThat(accounts.called(acme.orElseThrow(), "sub_ada")).isEmpty();
    }

    @Test
    void whatOneServerChangesBindsTheOtherWithinASecond() throws Exception {
        User robot = one.addService(ROOT, acme, "robot", Set.of("viewer"));
        String key = keys.create(acme, "k", Set.of(Scope.GRAPHS_READ), Optional.empty(), Optional.of(robot.id()))
                .secret();
        assertThat(otherKeys.authenticate(key)).isPresent();
        one.disable(ROOT, acme, robot.id());
        Thread.sleep(1_000);
        assertThat(otherKeys.authenticate(key)).isEmpty();
        one.enable(ROOT, acme, robot.id());
        Thread.sleep(1_000);
        assertThat(otherKeys.authenticate(key)).isPresent();
        one.remove(ROOT, acme, robot.id());
        Thread.sleep(1_000);
        assertThat(otherKeys.authenticate(key)).isEmpty();
        assertThat(keys.list(acme, Search.ALL, PageRequest.FIRST)
                        .items()
                        .getFirst()
                        .revokedAt())
                .isPresent();
    }

    @Test
    void whoHasMadeAKeyIsBehindWhomItStandsForWhateverBecomesOfIt() {
        Set<Scope> scopes = Set.of(Scope.API_KEYS_WRITE);
        Principal ada = new Principal("usr_ada", "Ada", acme, scopes);
        Principal bob = new Principal("sub_bob", "Bob", acme, scopes);
        User robot = one.addService(ROOT, acme, "robot", Set.of());
        ApiKeys.Created own = keys.create(ada, acme, "k", scopes, Reach.ALL, Optional.empty(), Optional.empty());
        Principal byKey = otherKeys.authenticate(own.secret()).orElseThrow();
        keys.create(byKey, acme, "k", scopes, Reach.ALL, Optional.empty(), Optional.of(robot.id()));
        assertThat(keys.behind(robot.id())).containsExactlyInAnyOrder(robot.id(), byKey.id(), "usr_ada");
        one.remove(ROOT, acme, robot.id());
        assertThat(keys.behind(robot.id())).contains("usr_ada");
        ApiKeys.Created next = keys.rotate(bob, acme, own.key().id(), Duration.ZERO);
        keys.rotate(byKey, acme, next.key().id(), Duration.ZERO);
        assertThat(keys.behind(byKey.id())).containsExactlyInAnyOrder(byKey.id(), "usr_ada", "sub_bob");
        assertThat(keys.behind("usr_ada")).containsExactly("usr_ada");
        assertThat(keys.find(acme, next.key().id()).orElseThrow().madeBy()).contains("sub_bob");
        ApiKeys.Created first = keys.create(Optional.empty(), "first", scopes, Optional.empty());
        assertThat(keys.behind(first.key().principal()))
                .containsExactly(first.key().id());
    }

    @Test
    void keysRotateAndSayWhenTheyWereUsed() {
        ApiKeys.Created old = keys.create(acme, "app", Set.of(Scope.GRAPHS_READ), Optional.empty());
        ApiKeys.Created next = keys.rotate(ROOT, acme, old.key().id(), Duration.ofHours(2));
        assertThat(otherKeys.authenticate(old.secret())).isPresent();
        assertThat(otherKeys.authenticate(next.secret())).isPresent();
        assertThat(keys.find(acme, old.key().id()).orElseThrow().expiresAt().orElseThrow())
                .isBetween(
                        InstantSource.system().instant().plusSeconds(7_100),
                        InstantSource.system().instant().plusSeconds(7_201));
        otherKeys.keepUses();
        assertThat(keys.find(acme, next.key().id()).orElseThrow().lastUsedAt()).isPresent();
        keys.rotate(ROOT, acme, old.key().id(), Duration.ofHours(20));
        assertThat(keys.find(acme, old.key().id()).orElseThrow().expiresAt().orElseThrow())
                .as("never later than said before")
                .isBefore(InstantSource.system().instant().plusSeconds(7_201));
        assertThatThrownBy(() -> keys.rotate(ROOT, umbrella, next.key().id(), Duration.ZERO))
                .isInstanceOf(AgentOsException.class);
    }

    @Test
    void ofOwnersWhoRemoveEachOtherAtOnceOneRemains() throws Exception {
        List<User> owners = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            owners.add(one.addService(ROOT, acme, "owner " + i, Set.of("owner")));
        }
        List<Callable<Boolean>> acts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String id = owners.get(i).id();
            Users server = i % 2 == 0 ? one : other;
            int kind = i % 3;
            acts.add(() -> {
                try {
                    switch (kind) {
                        case 0 -> server.remove(ROOT, acme, id);
                        case 1 -> server.disable(ROOT, acme, id);
                        default -> server.giveRoles(ROOT, acme, id, Set.of("viewer"));
                    }
                    return true;
                } catch (AgentOsException e) {
                    assertThat(e.errorCode()).isEqualTo(TenancyErrorCode.LAST_OWNER);
                    return false;
                }
            });
        }
        int done = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> act : threads.invokeAll(acts)) {
                done += act.get() ? 1 : 0;
            }
        }
        assertThat(done).isEqualTo(7);
        assertThat(one.list(acme, Search.ALL, PageRequest.FIRST).items())
                .filteredOn(user -> user.roles().contains("owner") && user.state() == User.State.ACTIVE)
                .hasSize(1);
    }

    @Test
    void aRoleIsGivenOrRemovedButNeverBoth() throws Exception {
        User robot = one.addService(ROOT, acme, "robot", Set.of("viewer"));
        for (int round = 0; round < 20; round++) {
            long seen = one.roles().find(acme, "passing").map(Role::revision).orElse(Revisions.NONE);
            Role passing = one.roles().put(ROOT, new Role(acme, "passing", "", Set.of(Scope.AUDIT_READ), false, seen));
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Boolean> given =
                        threads.submit(() -> tried(() -> one.giveRoles(ROOT, acme, robot.id(), Set.of("passing"))));
                Future<Boolean> removed = threads.submit(
                        () -> tried(() -> other.roles().delete(ROOT, acme, "passing", passing.revision())));
                given.get();
                removed.get();
            }
            boolean has = one.require(acme, robot.id()).roles().contains("passing");
            assertThat(!has || other.roles().find(acme, "passing").isPresent()).isTrue();
            one.giveRoles(ROOT, acme, robot.id(), Set.of("viewer"));
        }
        assertThat(one.roles().list(umbrella)).hasSize(7);
    }

    private static boolean tried(Runnable act) {
        try {
            act.run();
            return true;
        } catch (AgentOsException e) {
            return false;
        }
    }

    @Test
    void whoeverBeganAnExecutionIsRefusedOnTheOtherServerWithinASecondAndNotWhenItsKeyIsRotated() throws Exception {
        ApiKeys.Created first = keys.create(acme, "app", Set.of(Scope.EXECUTIONS_WRITE), Optional.empty());
        String id = first.key().id();
        User robot = one.addService(ROOT, acme, "robot", Set.of("operator"));
        Principals there = new Principals(otherKeys, other);
        ApiKeys.Created second = keys.rotate(ROOT, acme, id, Duration.ZERO);
        assertThat(otherKeys.authenticate(first.secret())).isEmpty();
        assertThat(otherKeys.authenticate(second.secret()).orElseThrow().id()).isEqualTo(id);
        there.requireStarter(acme.orElseThrow(), id, reach -> true);
        there.requireStarter(acme.orElseThrow(), robot.id(), reach -> true);
        refused(there, umbrella.orElseThrow(), id);
        refused(there, umbrella.orElseThrow(), robot.id());
        keys.revoke(acme, second.key().id());
        one.giveRoles(ROOT, acme, robot.id(), Set.of("viewer"));
        Thread.sleep(1_000);
        refused(there, acme.orElseThrow(), id);
        refused(there, acme.orElseThrow(), robot.id());
    }

    private static void refused(Principals principals, TenantId tenant, String id) {
        assertThatThrownBy(() -> principals.requireStarter(tenant, id, reach -> true))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(TenancyErrorCode.STARTER_REVOKED));
    }

    @Test
    void membersOfAGroupHaveItsRolesAndThoseOfAnotherTenantNot() {
        User robot = one.addService(ROOT, acme, "robot", Set.of("viewer"));
        User foreign = one.addService(ROOT, umbrella, "robot", Set.of("viewer"));
        Role payer = one.roles().put(ROOT, new Role(acme, "payer", "", Set.of(Scope.APPROVALS_DECIDE), false));
        TenantId here = acme.orElseThrow();
        Group finance = new Group(here, "finance", "Who pays.", Set.of("payer"), Set.of(robot.id()));
        Group made = one.groups().put(ROOT, finance);
        assertThat(other.groups().require(here, "finance")).isEqualTo(made);
        assertThat(other.groups().list(umbrella.orElseThrow())).isEmpty();
        Principal now = other.principal(acme, robot.id()).orElseThrow();
        assertThat(now.scopes()).contains(Scope.APPROVALS_DECIDE, Scope.EXECUTIONS_READ);
        assertThat(now.isAmong("group:finance")).isTrue();
        assertThat(now.isAmong("role:payer")).isTrue();
        assertThatThrownBy(() ->
                        one.groups().put(ROOT, new Group(here, "x", "", Set.of(), Set.of(robot.id(), foreign.id()))))
                .hasMessageContaining(foreign.id());
        assertThat(database.groupStore().put(new Group(here, "x", "", Set.of(), Set.of(foreign.id())), 0, 10))
                .isEqualTo(GroupStore.Outcome.GONE);
        assertThat(database.groupStore().put(new Group(here, "x", "", Set.of("none"), Set.of()), 0, 10))
                .isEqualTo(GroupStore.Outcome.GONE);
        assertThat(database.groupStore().put(new Group(here, "x", "", Set.of(), Set.of()), 0, 1))
                .isEqualTo(GroupStore.Outcome.REFUSED);
        assertThatThrownBy(() -> one.roles().delete(ROOT, acme, "payer", payer.revision()))
                .hasMessageContaining("payer");
        one.remove(ROOT, acme, robot.id());
        assertThat(other.groups().require(here, "finance").members()).isEmpty();
        one.groups().delete(ROOT, here, "finance", made.revision());
        one.roles().delete(ROOT, acme, "payer", payer.revision());
        assertThat(other.groups().list(here)).isEmpty();
    }

    @Test
    void toWhichAgentsSomebodyIsConfinedIsKnownToEveryServer() throws Exception {
        Reach some = Reach.read(Set.of("support/*", "refunds"));
        Reach one = Reach.read(Set.of("support/triage"));
        User robot = this.one.addService(ROOT, acme, "robot", Set.of("operator"), some);
        assertThat(other.require(acme, robot.id())).isEqualTo(robot);
        ApiKeys.Created key =
                keys.create(acme, "k", Set.of(Scope.EXECUTIONS_WRITE), one, Optional.empty(), Optional.of(robot.id()));
        Set<Scope> starting = Set.of(Scope.EXECUTIONS_WRITE);
        assertThat(otherKeys.authenticate(key.secret()).orElseThrow().reach(starting))
                .isEqualTo(one);
        ApiKeys.Created next = keys.rotate(ROOT, acme, key.key().id(), Duration.ofHours(2));
        assertThat(otherKeys.find(acme, next.key().id()).orElseThrow().reach()).isEqualTo(one);
        this.one.giveRoles(ROOT, acme, robot.id(), Set.of("operator"), Optional.of(Reach.read(Set.of("refunds"))));
        Thread.sleep(1_000);
        assertThat(otherKeys.authenticate(key.secret()).orElseThrow().reach(starting))
                .isEqualTo(Reach.NONE);
        Group group = new Group(acme.orElseThrow(), "g", "", Set.of("operator"), some, Set.of(robot.id()));
        Group made = this.one.groups().put(ROOT, group);
        assertThat(other.groups().require(acme.orElseThrow(), "g")).isEqualTo(made);
        Thread.sleep(1_000);
        assertThat(otherKeys.authenticate(key.secret()).orElseThrow().reach(starting))
                .isEqualTo(one);
    }
}
