package dev.agentos.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What whoever began an execution may do a while later. */
class PrincipalsTest {

    private static final TenantId TENANT = new TenantId("tnt_a");
    private static final String STARTED = "support/triage";
    private static final TenantId OTHER = new TenantId("tnt_b");
    private static final Principal ROOT = new Principal("key_0", "root", Optional.empty(), EnumSet.allOf(Scope.class));

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final FakeApiKeyStore store = new FakeApiKeyStore();
    private final FakeUserStore userStore = new FakeUserStore(store::revokeOf);
    private final Users users = new Users(userStore, new Roles(new FakeRoleStore(userStore)), Ids.system(), () -> now);
    private final ApiKeys keys = new ApiKeys(store, users, Ids.system(), () -> now);

    /** Each time one that knows nothing yet, as a server does a moment later. */
    private void passes(TenantId tenant, String id) {
        assertThatCode(() -> new Principals(keys, users).requireStarter(tenant, id, reach -> reach.covers(STARTED)))
                .doesNotThrowAnyException();
    }

    private void refused(TenantId tenant, String id) {
        assertThatThrownBy(() -> new Principals(keys, users).requireStarter(tenant, id, reach -> reach.covers(STARTED)))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(TenancyErrorCode.STARTER_REVOKED));
    }

    private ApiKeys.Created key(Optional<TenantId> tenant, Scope... scopes) {
        return keys.create(tenant, "app", Set.of(scopes), Optional.empty());
    }

    @Test
    void aRotatedKeyIsTheSamePrincipalAndItsExecutionsGoOn() {
        ApiKeys.Created first = key(Optional.of(TENANT), Scope.EXECUTIONS_WRITE);
        String id = keys.authenticate(first.secret()).orElseThrow().id();
        assertThat(id).isEqualTo(first.key().id());
        ApiKeys.Created second = keys.rotate(ROOT, Optional.of(TENANT), id, Duration.ofHours(1));
        ApiKeys.Created third =
                keys.rotate(ROOT, Optional.of(TENANT), second.key().id(), Duration.ofHours(1));
        assertThat(keys.authenticate(third.secret()).orElseThrow().id()).isEqualTo(id);
        assertThat(keys.principal(Optional.of(TENANT), third.key().id())
                        .orElseThrow()
                        .id())
                .isEqualTo(id);
        now = now.plus(Duration.ofHours(2));
        assertThat(keys.authenticate(first.secret())).isEmpty();
        passes(TENANT, id);
        keys.revoke(Optional.of(TENANT), third.key().id());
        refused(TENANT, id);
    }

    @Test
    void whoseKeyIsRevokedOrMayNotStartIsRefused() {
        String reader = key(Optional.of(TENANT), Scope.EXECUTIONS_READ).key().id();
        String starter = key(Optional.of(TENANT), Scope.EXECUTIONS_WRITE).key().id();
        refused(TENANT, reader);
        passes(TENANT, starter);
        refused(OTHER, starter);
        keys.revoke(Optional.of(TENANT), starter);
        refused(TENANT, starter);
        refused(TENANT, "key_nobody");
        refused(TENANT, "usr_nobody");
        refused(TENANT, "nobody");
    }

    private Membership membership(TenantId tenant, String id) {
        return new Principals(keys, users).membership(tenant, id);
    }

    @Test
    void inWhichRolesSomebodyIsIsKnownOfTheTenantsOwn() {
        User robot = users.addService(ROOT, Optional.of(TENANT), "robot", Set.of("viewer"));
        User platform = users.addService(ROOT, Optional.empty(), "watch", Set.of("operator"));
        ApiKeys.Created own = keys.create(Optional.of(TENANT), "app", Set.of(Scope.EXECUTIONS_READ), Optional.empty());
        assertThat(membership(TENANT, robot.id())).isEqualTo(new Membership(Set.of("viewer"), Set.of()));
        users.giveRoles(ROOT, Optional.of(TENANT), robot.id(), Set.of("approver", "viewer"));
        assertThat(membership(TENANT, robot.id()).roles()).containsExactlyInAnyOrder("approver", "viewer");
        for (String other : new String[] {platform.id(), own.key().id(), "usr_nobody", "key_nobody"}) {
            assertThat(membership(TENANT, other)).as(other).isEqualTo(Membership.NONE);
        }
        assertThat(membership(OTHER, robot.id())).isEqualTo(Membership.NONE);
        users.disable(ROOT, Optional.of(TENANT), robot.id());
        assertThat(membership(TENANT, robot.id())).isEqualTo(Membership.NONE);
    }

    @Test
    void anAdministratorOfThePlatformMayHaveBegunIt() {
        String administrator =
                key(Optional.empty(), Scope.EXECUTIONS_WRITE).key().id();
        passes(TENANT, administrator);
        passes(OTHER, administrator);
        keys.revoke(Optional.empty(), administrator);
        refused(TENANT, administrator);
    }

    @Test
    void aUserThatLosesTheRoleOrIsDisabledOrRemovedIsRefused() {
        User user = users.addService(ROOT, Optional.of(TENANT), "robot", Set.of("operator"));
        passes(TENANT, user.id());
        refused(OTHER, user.id());
        users.giveRoles(ROOT, Optional.of(TENANT), user.id(), Set.of("viewer"));
        refused(TENANT, user.id());
        users.giveRoles(ROOT, Optional.of(TENANT), user.id(), Set.of("operator"));
        passes(TENANT, user.id());
        users.disable(ROOT, Optional.of(TENANT), user.id());
        refused(TENANT, user.id());
        users.enable(ROOT, Optional.of(TENANT), user.id());
        passes(TENANT, user.id());
        users.remove(ROOT, Optional.of(TENANT), user.id());
        refused(TENANT, user.id());
    }

    @Test
    void whoIsConfinedToOtherAgentsMeanwhileIsRefused() {
        Reach there = Reach.read(Set.of("support/*"));
        Reach elsewhere = Reach.read(Set.of("billing/*"));
        Optional<TenantId> tenant = Optional.of(TENANT);
        User user = users.addService(ROOT, tenant, "robot", Set.of("operator"), there);
        passes(TENANT, user.id());
        users.giveRoles(ROOT, tenant, user.id(), Set.of("operator"), Optional.of(elsewhere));
        refused(TENANT, user.id());
        users.giveRoles(ROOT, tenant, user.id(), Set.of("operator"));
        refused(TENANT, user.id());
        users.giveRoles(ROOT, tenant, user.id(), Set.of("operator"), Optional.of(Reach.ALL));
        passes(TENANT, user.id());
    }

    @Test
    void aSubjectThatIsAUserIsRefusedWithIt() {
        User user = users.addService(ROOT, Optional.of(TENANT), "robot", Set.of("operator"));
        Subjects subjects = subject -> subject.equals("sub_known") ? Optional.of(user.id()) : Optional.empty();
        ThrowingCallable asked = () -> new Principals(keys, users, subjects)
                .requireStarter(TENANT, "sub_known", reach -> reach.covers(STARTED));
        assertThatCode(asked).doesNotThrowAnyException();
        users.giveRoles(ROOT, Optional.of(TENANT), user.id(), Set.of("viewer"));
        assertThatThrownBy(asked).hasMessageContaining("sub_known");
        users.giveRoles(ROOT, Optional.of(TENANT), user.id(), Set.of("operator"));
        users.disable(ROOT, Optional.of(TENANT), user.id());
        assertThatThrownBy(asked).hasMessageContaining("sub_known");
        assertThatCode(() -> new Principals(keys, users, subjects)
                        .requireStarter(OTHER, "sub_known", reach -> reach.covers(STARTED)))
                .as("elsewhere it is nobody who is known")
                .doesNotThrowAnyException();
        assertThat(subjects.person("sub_known")).isEqualTo(user.id());
        assertThat(subjects.person("sub_other")).isEqualTo("sub_other");
        assertThat(subjects.person(user.id())).isEqualTo(user.id());
    }

    @Test
    void whoCameWithATokenPasses() {
        passes(TENANT, "sub_0123");
    }
}
