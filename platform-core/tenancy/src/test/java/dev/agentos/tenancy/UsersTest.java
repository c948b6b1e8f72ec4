package dev.agentos.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Revisions;
import dev.agentos.kernel.Search;
import dev.agentos.spi.AgentOsException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsersTest {

    private static final Optional<TenantId> ACME = Optional.of(new TenantId("tnt_a"));
    private static final Optional<TenantId> UMBRELLA = Optional.of(new TenantId("tnt_b"));
    private static final Principal ROOT = new Principal("key_0", "root", Optional.empty(), EnumSet.allOf(Scope.class));

    private final FakeUserStore store = new FakeUserStore();
    private final Roles roles = new Roles(new FakeRoleStore(store));
    private final Users users =
            new Users(store, roles, new FakeGroupStore(store), Ids.system(), InstantSource.system());

    private long revision(Optional<TenantId> tenant, String role) {
        return roles.find(tenant, role).map(Role::revision).orElse(Revisions.NONE);
    }

    private long revision(String group) {
        return users.groups()
                .find(ACME.orElseThrow(), group)
                .map(Group::revision)
                .orElse(Revisions.NONE);
    }

    private User robot(Optional<TenantId> tenant, String... names) {
        return users.addService(ROOT, tenant, "robot", Set.of(names));
    }

    private Principal as(User user) {
        return users.principal(user.tenant(), user.id()).orElseThrow();
    }

    private static void refused(TenancyErrorCode code, ThrowingCallable act) {
        assertThatThrownBy(act)
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }

    @Test
    void aUserMayDoWhatAnyOfItsRolesAllows() {
        roles.put(ROOT, new Role(ACME, "reader", "", Set.of(Scope.AUDIT_READ), false));
        assertThat(as(robot(ACME, "approver", "reader")).scopes())
                .contains(Scope.APPROVALS_DECIDE, Scope.AUDIT_READ)
                .doesNotContain(Scope.EXECUTIONS_WRITE);
    }

    @Test
    void noRoleOfATenantHoldsAScopeOfThePlatform() {
        for (BuiltInRole role : BuiltInRole.values()) {
            assertThat(role.of(ACME).scopes()).as(role.word()).isNotEmpty().noneMatch(Scope::platform);
        }
        assertThat(BuiltInRole.OWNER.of(Optional.empty()).scopes()).containsExactly(Scope.values());
        refused(
                TenancyErrorCode.UNKNOWN_SCOPE,
                () -> roles.put(ROOT, new Role(ACME, "x", "", Set.of(Scope.PLUGINS_WRITE), false)));
    }

    @Test
    void everyScopeOfATenantIsOfSomeRoleAndOnlyOwnersHoldAll() {
        EnumSet<Scope> tenant = EnumSet.noneOf(Scope.class);
        Arrays.stream(Scope.values()).filter(scope -> !scope.platform()).forEach(tenant::add);
        for (BuiltInRole role : BuiltInRole.values()) {
            assertThat(role.of(ACME).scopes().equals(tenant)).as(role.word()).isEqualTo(role == BuiltInRole.OWNER);
        }
    }

    @Test
    void nobodyGrantsWhatTheyDoNotHold() {
        Principal admin = as(robot(ACME, "admin"));
        User viewer = robot(ACME, "viewer");
        refused(TenancyErrorCode.SCOPE_MISSING, () -> users.addService(admin, ACME, "x", Set.of("owner")));
        refused(
                TenancyErrorCode.SCOPE_MISSING,
                () -> users.invite(admin, ACME, "x", "x@example.org", Set.of("viewer", "owner")));
        refused(TenancyErrorCode.SCOPE_MISSING, () -> users.giveRoles(admin, ACME, viewer.id(), Set.of("owner")));
        refused(TenancyErrorCode.SCOPE_MISSING, () -> users.giveRoles(admin, ACME, admin.id(), Set.of("owner")));
        assertThat(users.giveRoles(admin, ACME, viewer.id(), Set.of("admin")).roles())
                .containsExactly("admin");
        assertThat(users.list(ACME, Search.ALL, PageRequest.FIRST).items()).hasSize(2);
    }

    @Test
    void nobodyActsAgainstSomebodyWhoHoldsMore() {
        Principal admin = as(robot(ACME, "admin"));
        User owner = robot(ACME, "owner");
        robot(ACME, "owner");
        refused(TenancyErrorCode.SCOPE_MISSING, () -> users.giveRoles(admin, ACME, owner.id(), Set.of("viewer")));
        refused(TenancyErrorCode.SCOPE_MISSING, () -> users.disable(admin, ACME, owner.id()));
        refused(TenancyErrorCode.SCOPE_MISSING, () -> users.remove(admin, ACME, owner.id()));
        assertThat(as(owner).scopes()).contains(Scope.ROLES_WRITE);
    }

    @Test
    void aRoleIsWidenedAndNarrowedOnlyByWhoHoldsAllOfIt() {
        Principal keeper = new Principal("key_k", "keeper", ACME, Set.of(Scope.ROLES_WRITE, Scope.GRAPHS_READ));
        refused(
                TenancyErrorCode.SCOPE_MISSING,
                () -> roles.put(keeper, new Role(ACME, "x", "", Set.of(Scope.AUDIT_READ), false)));
        roles.put(ROOT, new Role(ACME, "x", "", Set.of(Scope.AUDIT_READ), false));
        refused(
                TenancyErrorCode.SCOPE_MISSING,
                () -> roles.put(keeper, new Role(ACME, "x", "", Set.of(Scope.GRAPHS_READ), false)));
        refused(TenancyErrorCode.SCOPE_MISSING, () -> roles.delete(keeper, ACME, "x", revision(ACME, "x")));
        assertThat(roles.put(keeper, new Role(ACME, "y", "", Set.of(Scope.GRAPHS_READ), false))
                        .name())
                .isEqualTo("y");
    }

    @Test
    void theLastOwnerStays() {
        User owner = robot(ACME, "owner");
        robot(UMBRELLA, "owner");
        refused(TenancyErrorCode.LAST_OWNER, () -> users.remove(ROOT, ACME, owner.id()));
        refused(TenancyErrorCode.LAST_OWNER, () -> users.disable(ROOT, ACME, owner.id()));
        refused(TenancyErrorCode.LAST_OWNER, () -> users.giveRoles(ROOT, ACME, owner.id(), Set.of("admin")));
        assertThat(users.giveRoles(ROOT, ACME, owner.id(), Set.of("admin", "owner"))
                        .roles())
                .containsExactly("admin", "owner");
        users.invite(ROOT, ACME, "Ada", "ada@example.org", Set.of("owner"));
        refused(TenancyErrorCode.LAST_OWNER, () -> users.remove(ROOT, ACME, owner.id()));
        robot(ACME, "owner");
        users.remove(ROOT, ACME, owner.id());
    }

    @Test
    void aRoleThatSomebodyHasStaysAndBuiltInOnesAlways() {
        roles.put(ROOT, new Role(ACME, "x", "", Set.of(Scope.AUDIT_READ), false));
        User user = robot(ACME, "x");
        refused(TenancyErrorCode.ROLE_IN_USE, () -> roles.delete(ROOT, ACME, "x", revision(ACME, "x")));
        refused(TenancyErrorCode.UNKNOWN_ROLE, () -> roles.delete(ROOT, UMBRELLA, "x", revision(UMBRELLA, "x")));
        users.remove(ROOT, ACME, user.id());
        roles.delete(ROOT, ACME, "x", revision(ACME, "x"));
        refused(TenancyErrorCode.BUILT_IN_ROLE, () -> roles.delete(ROOT, ACME, "owner", revision(ACME, "owner")));
        refused(
                TenancyErrorCode.BUILT_IN_ROLE,
                () -> roles.put(ROOT, new Role(ACME, "viewer", "", Set.of(Scope.AUDIT_READ), false)));
    }

    @Test
    void oneTenantsUserIsNobodyToAnother() {
        User ours = robot(ACME, "viewer");
        refused(TenancyErrorCode.UNKNOWN_USER, () -> users.require(UMBRELLA, ours.id()));
        refused(TenancyErrorCode.UNKNOWN_USER, () -> users.remove(ROOT, UMBRELLA, ours.id()));
        assertThat(users.principal(UMBRELLA, ours.id())).isEmpty();
        assertThat(users.principal(Optional.empty(), ours.id())).isEmpty();
    }

    @Test
    void aPersonOfTwoTenantsIsOnePersonWithRightsOfEach() {
        User here = users.invite(ROOT, ACME, "Ada", " Ada@Example.org", Set.of("owner"));
        User there = users.invite(ROOT, UMBRELLA, "A. L.", "ada@example.org", Set.of("viewer"));
        assertThat(there.id()).isEqualTo(here.id());
        assertThat(here.email()).contains("ada@example.org");
        assertThat(users.principal(ACME, here.id())).as("has not come yet").isEmpty();
        users.activate(ACME, here.id());
        users.activate(UMBRELLA, here.id());
        assertThat(users.principal(UMBRELLA, here.id()).orElseThrow().scopes()).doesNotContain(Scope.USERS_WRITE);
        refused(
                TenancyErrorCode.USER_EXISTS,
                () -> users.invite(ROOT, ACME, "Ada", "ADA@example.org", Set.of("viewer")));
        assertThat(users.scopesAnywhere(here.id())).contains(Scope.USERS_WRITE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ada", "ada@", "@example.org", "a b@example.org", "a@b@c", "a\n@example.org"})
    void whatIsNoAddressIsRefused(String address) {
        assertThatThrownBy(() -> users.invite(ROOT, ACME, "Ada", address, Set.of("viewer")))
                .hasMessageContaining("e-mail");
    }

    @Test
    void aRoleThatThereIsNotIsRefused() {
        assertThatThrownBy(() -> robot(ACME, "emperor")).hasMessageContaining("There is no role 'emperor'");
    }

    @Test
    void whoChangesAGroupHoldsAllThatItGives() {
        TenantId acme = ACME.orElseThrow();
        Groups groups = users.groups();
        User robot = robot(ACME, "viewer");
        roles.put(ROOT, new Role(ACME, "keeper-of-users", "", Set.of(Scope.USERS_WRITE), false));
        User keeper = robot(ACME, "keeper-of-users");
        Principal by = as(keeper);
        refused(
                TenancyErrorCode.SCOPE_MISSING,
                () -> groups.put(by, new Group(acme, "g", "", Set.of("approver"), Set.of(keeper.id()))));
        groups.put(ROOT, new Group(acme, "g", "", Set.of("approver"), Set.of(robot.id())));
        assertThat(as(robot).scopes()).contains(Scope.APPROVALS_DECIDE);
        refused(TenancyErrorCode.SCOPE_MISSING, () -> groups.put(by, new Group(acme, "g", "", Set.of(), Set.of())));
        refused(TenancyErrorCode.SCOPE_MISSING, () -> groups.delete(by, acme, "g", revision("g")));
        refused(TenancyErrorCode.SCOPE_MISSING, () -> users.disable(by, ACME, robot.id()));
        assertThatThrownBy(() -> groups.put(ROOT, new Group(acme, "g", "", Set.of("owner"), Set.of())))
                .hasMessageContaining("owners");
        refused(
                TenancyErrorCode.INVALID_NAME,
                () -> groups.put(ROOT, new Group(acme, "Not so", "", Set.of(), Set.of())));
        groups.delete(ROOT, acme, "g", revision("g"));
        assertThat(as(robot).scopes()).doesNotContain(Scope.APPROVALS_DECIDE);
        refused(TenancyErrorCode.UNKNOWN_GROUP, () -> groups.delete(ROOT, acme, "g", revision("g")));
    }

    @Test
    void nobodyPassesOnMoreAgentsThanTheyHave() {
        Reach mine = Reach.read(Set.of("support/*"));
        Reach one = Reach.read(Set.of("support/triage"));
        roles.put(ROOT, new Role(ACME, "keeper-of-users", "", Set.of(Scope.USERS_WRITE, Scope.ROLES_WRITE), false));
        roles.put(ROOT, new Role(ACME, "starter", "", Set.of(Scope.EXECUTIONS_WRITE), false));
        User keeper = robot(ACME, "keeper-of-users");
        users.groups().put(ROOT, new Group(ACME.orElseThrow(), "g", "", Set.of("starter"), mine, Set.of(keeper.id())));
        Principal by = as(keeper);
        assertThat(by.reach(Set.of(Scope.EXECUTIONS_WRITE))).isEqualTo(mine);
        assertThat(by.reach(Set.of(Scope.USERS_WRITE))).isEqualTo(Reach.ALL);
        refused(TenancyErrorCode.OUT_OF_REACH, () -> users.addService(by, ACME, "x", Set.of("starter")));
        User other = users.addService(by, ACME, "x", Set.of("starter"), one);
        assertThat(as(other).reach(Set.of(Scope.EXECUTIONS_WRITE))).isEqualTo(one);
        refused(
                TenancyErrorCode.OUT_OF_REACH,
                () -> users.giveRoles(by, ACME, other.id(), Set.of("starter"), Optional.of(Reach.ALL)));
        refused(
                TenancyErrorCode.OUT_OF_REACH,
                () -> users.groups()
                        .put(by, new Group(ACME.orElseThrow(), "h", "", Set.of("starter"), Set.of(other.id()))));
        refused(
                TenancyErrorCode.OUT_OF_REACH,
                () -> roles.put(by, new Role(ACME, "y", "", Set.of(Scope.EXECUTIONS_WRITE), false)));
        User wide = robot(ACME, "starter");
        refused(TenancyErrorCode.OUT_OF_REACH, () -> users.disable(by, ACME, wide.id()));
        users.remove(by, ACME, other.id());
    }

    @Test
    void ownersAndThePlatformAreNotConfined() {
        Reach some = Reach.read(Set.of("support/*"));
        assertThatThrownBy(() -> users.addService(ROOT, ACME, "x", Set.of("owner"), some))
                .hasMessageContaining("owner");
        assertThatThrownBy(() -> users.addService(ROOT, Optional.empty(), "x", Set.of("viewer"), some))
                .hasMessageContaining("platform");
        User confined = users.addService(ROOT, ACME, "x", Set.of("viewer"), some);
        assertThatThrownBy(() -> users.giveRoles(ROOT, ACME, confined.id(), Set.of("owner")))
                .hasMessageContaining("owner");
        assertThat(as(confined).scopes())
                .contains(Scope.EXECUTIONS_READ)
                .doesNotContain(Scope.BUDGETS_READ, Scope.USAGE_READ);
    }
}
