package dev.agentos.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Revisions;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ApiKeysTest {

    private static final TenantId TENANT = new TenantId("tnt_a");
    private static final Principal OWNER =
            new Principal("key_o", "owner", Optional.empty(), EnumSet.allOf(Scope.class));

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final FakeApiKeyStore store = new FakeApiKeyStore();
    private final FakeUserStore userStore = new FakeUserStore(store::revokeOf);
    private final Roles roles = new Roles(new FakeRoleStore(userStore));
    private final Users users = new Users(userStore, roles, new FakeGroupStore(userStore), Ids.system(), () -> now);
    private final ApiKeys keys = new ApiKeys(store, users, Ids.system(), () -> now);

    @Test
    void keyStandsForItsPrincipalAndOnlyItsDigestIsKept() {
        ApiKeys.Created created =
                keys.create(Optional.of(TENANT), "app", Set.of(Scope.EXECUTIONS_READ), Optional.empty());

        Principal principal = keys.authenticate(created.secret()).orElseThrow();
        assertThat(principal.tenant()).contains(TENANT);
        assertThat(principal.scopes()).containsExactly(Scope.EXECUTIONS_READ);
        assertThat(keys.authenticate(created.secret() + "x")).isEmpty();
        assertThat(store.byDigest.keySet()).noneMatch(digest -> digest.contains(created.secret()));
        assertThat(created.key().prefix()).isEqualTo(created.secret().substring(0, 8));
    }

    @Test
    void expiredAndRevokedKeysAreRefusedAtOnce() {
        ApiKeys.Created expiring =
                keys.create(Optional.of(TENANT), "short", Set.of(), Optional.of(now.plus(Duration.ofMinutes(1))));
        ApiKeys.Created revoked = keys.create(Optional.of(TENANT), "gone", Set.of(), Optional.empty());
        assertThat(keys.authenticate(expiring.secret())).isPresent();
        assertThat(keys.authenticate(revoked.secret())).isPresent();

        now = now.plus(Duration.ofMinutes(1));
        assertThat(keys.authenticate(expiring.secret())).isEmpty();
        assertThat(keys.revoke(Optional.of(new TenantId("tnt_b")), revoked.key().id()))
                .isFalse();
        assertThat(keys.authenticate(revoked.secret())).isPresent();
        assertThat(keys.revoke(Optional.of(TENANT), revoked.key().id())).isTrue();
        assertThat(keys.authenticate(revoked.secret())).isEmpty();
    }

    @Test
    void keyThatWouldHaveExpiredIsNotMade() {
        assertThatThrownBy(() -> keys.create(Optional.of(TENANT), "late", Set.of(), Optional.of(now)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("expire");
        assertThat(store.byDigest).isEmpty();
    }

    @Test
    void tenantKeyNeverHoldsAPlatformScope() {
        assertThatThrownBy(() -> keys.create(Optional.of(TENANT), "x", Set.of(Scope.PLUGINS_WRITE), Optional.empty()))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(TenancyErrorCode.UNKNOWN_SCOPE));
        assertThat(store.byDigest).isEmpty();
    }

    @Test
    void aKeyOfAServiceAccountDoesWhatBothMayAndEndsWithIt() {
        User robot = users.addService(OWNER, Optional.of(TENANT), "robot", Set.of("viewer"));
        String key = keys.create(
                        Optional.of(TENANT),
                        "its key",
                        Set.of(Scope.EXECUTIONS_READ, Scope.EXECUTIONS_WRITE),
                        Optional.empty(),
                        Optional.of(robot.id()))
                .secret();
        Principal principal = keys.authenticate(key).orElseThrow();
        assertThat(principal.id()).isEqualTo(robot.id());
        assertThat(principal.scopes()).containsExactly(Scope.EXECUTIONS_READ);

        users.giveRoles(OWNER, Optional.of(TENANT), robot.id(), Set.of("operator"));
        assertThat(keys.authenticate(key).orElseThrow().scopes())
                .containsExactlyInAnyOrder(Scope.EXECUTIONS_READ, Scope.EXECUTIONS_WRITE);
        users.disable(OWNER, Optional.of(TENANT), robot.id());
        assertThat(keys.authenticate(key)).isEmpty();
        users.enable(OWNER, Optional.of(TENANT), robot.id());
        assertThat(keys.authenticate(key)).isPresent();
        users.remove(OWNER, Optional.of(TENANT), robot.id());
        assertThat(keys.authenticate(key)).isEmpty();
    }

    @Test
    void aPersonHasNoKeysAndAnUnknownUserNone() {
        User ada = users.invite(OWNER, Optional.of(TENANT), "Ada", "ada@example.org", Set.of("viewer"));
        assertThatThrownBy(() -> keys.create(
                        Optional.of(TENANT),
                        "x",
                        Set.of(Scope.EXECUTIONS_READ),
                        Optional.empty(),
                        Optional.of(ada.id())))
                .hasMessageContaining("is a person");
        assertThatThrownBy(() -> keys.create(
                        Optional.of(new TenantId("tnt_b")),
                        "x",
                        Set.of(Scope.EXECUTIONS_READ),
                        Optional.empty(),
                        Optional.of(ada.id())))
                .hasMessageContaining("There is no user");
    }

    @Test
    void aRotatedKeyGoesOnForTheOverlapAndNoLonger() {
        ApiKeys.Created old = keys.create(Optional.of(TENANT), "app", Set.of(Scope.EXECUTIONS_READ), Optional.empty());
        ApiKeys.Created next = keys.rotate(OWNER, Optional.of(TENANT), old.key().id(), Duration.ofHours(1));
        assertThat(next.key().scopes()).isEqualTo(old.key().scopes());
        assertThat(keys.authenticate(old.secret())).isPresent();
        assertThat(keys.authenticate(next.secret())).isPresent();
        now = now.plus(Duration.ofHours(1));
        assertThat(keys.authenticate(old.secret())).isEmpty();
        assertThat(keys.authenticate(next.secret())).isPresent();
        assertThatThrownBy(
                        () -> keys.rotate(OWNER, Optional.of(TENANT), old.key().id(), Duration.ZERO))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(TenancyErrorCode.KEY_ENDED));
    }

    @Test
    void nobodyGetsAKeyThatCanMoreThanTheyByRotatingIt() {
        ApiKeys.Created strong = keys.create(Optional.of(TENANT), "app", Set.of(Scope.AUDIT_READ), Optional.empty());
        Principal weak = new Principal("key_w", "weak", Optional.of(TENANT), Set.of(Scope.API_KEYS_WRITE));
        assertThatThrownBy(() ->
                        keys.rotate(weak, Optional.of(TENANT), strong.key().id(), Duration.ZERO))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(TenancyErrorCode.SCOPE_MISSING));
        assertThat(keys.authenticate(strong.secret())).isPresent();
    }

    private Principal of(Scope... scopes) {
        return new Principal("key_m", "mallory", Optional.of(TENANT), Set.of(scopes));
    }

    private ApiKeys.Created make(Principal by, User account, Scope... scopes) {
        return keys.create(
                by, Optional.of(TENANT), "k", Set.of(scopes), Reach.ALL, Optional.empty(), Optional.of(account.id()));
    }

    private static void refused(String scope, ThrowingCallable act) {
        assertThatThrownBy(act)
                .hasMessageContaining("'" + scope + "'")
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(TenancyErrorCode.SCOPE_MISSING));
    }

    private User payer(String role) {
        User payer = users.addService(OWNER, Optional.of(TENANT), "payer", Set.of(role));
        users.groups()
                .put(OWNER, new Group(TENANT, "finance", "", Set.of(), Reach.ALL, Set.of(payer.id()), Revisions.NONE));
        return payer;
    }

    @Test
    void nobodyBecomesAStrongerAccountByAWeakKeyOfIt() {
        User owner = users.addService(OWNER, Optional.of(TENANT), "robot", Set.of("owner"));
        Principal mallory = of(Scope.API_KEYS_WRITE, Scope.APPROVALS_DECIDE, Scope.USERS_WRITE);
        assertThatThrownBy(() -> make(mallory, owner, Scope.APPROVALS_DECIDE))
                .hasMessageContaining("cannot pass it on");
        String old = make(OWNER, owner, Scope.APPROVALS_DECIDE).key().id();
        assertThatThrownBy(() -> keys.rotate(mallory, Optional.of(TENANT), old, Duration.ZERO))
                .hasMessageContaining("cannot pass it on");
    }

    @Test
    void aGroupsNameIsLentByWhoMayPutPeopleIntoItOrIsInItOnly() {
        roles.put(OWNER, new Role(Optional.of(TENANT), "decider", "", Set.of(Scope.APPROVALS_DECIDE), false));
        User payer = payer("decider");
        Principal mallory = of(Scope.API_KEYS_WRITE, Scope.APPROVALS_DECIDE);
        refused("users:write", () -> make(mallory, payer, Scope.APPROVALS_DECIDE));
        Principal manager = of(Scope.API_KEYS_WRITE, Scope.APPROVALS_DECIDE, Scope.USERS_WRITE);
        ApiKeys.Created key = make(manager, payer, Scope.APPROVALS_DECIDE);
        assertThat(keys.authenticate(key.secret()).orElseThrow().isAmong("group:finance"))
                .isTrue();
        refused(
                "users:write",
                () -> keys.rotate(mallory, Optional.of(TENANT), key.key().id(), Duration.ZERO));

        Membership both = users.membership(payer);
        Principal colleague = new Principal("usr_c", "c", Optional.of(TENANT), mallory.rights(), both);
        keys.rotate(colleague, Optional.of(TENANT), key.key().id(), Duration.ZERO);
        make(colleague, payer, Scope.APPROVALS_DECIDE);
        Principal elsewhere = new Principal("usr_c", "c", Optional.empty(), mallory.rights(), both);
        refused("users:write", () -> make(elsewhere, payer, Scope.APPROVALS_DECIDE));
    }

    @Test
    void anAccountMakesAndRotatesKeysOfItsOwn() {
        User robot = users.addService(OWNER, Optional.of(TENANT), "robot", Set.of("admin"));
        ApiKeys.Created own = make(OWNER, robot, Scope.API_KEYS_WRITE);
        Principal itself = keys.authenticate(own.secret()).orElseThrow();
        make(itself, robot, Scope.API_KEYS_WRITE);
        keys.rotate(itself, Optional.of(TENANT), own.key().id(), Duration.ZERO);
    }

    @Test
    void nobodyRevokesAKeyThatHoldsMoreThanTheyUnlessItIsTheirs() {
        Optional<TenantId> tenant = Optional.of(TENANT);
        ApiKeys.Created strong = keys.create(tenant, "app", Set.of(Scope.AUDIT_READ), Optional.empty());
        Principal weak = of(Scope.API_KEYS_WRITE);
        refused(
                Scope.AUDIT_READ.word(),
                () -> keys.revoke(weak, tenant, strong.key().id()));
        assertThat(keys.authenticate(strong.secret())).isPresent();
        assertThat(keys.revoke(
                        of(Scope.API_KEYS_WRITE, Scope.AUDIT_READ),
                        tenant,
                        strong.key().id()))
                .isTrue();
        assertThat(keys.authenticate(strong.secret())).isEmpty();

        Principal before = of(Scope.API_KEYS_WRITE, Scope.AUDIT_READ);
        ApiKeys.Created made =
                keys.create(before, tenant, "k", before.scopes(), Reach.ALL, Optional.empty(), Optional.empty());
        assertThat(keys.revoke(weak, tenant, made.key().id()))
                .as("its maker, who may less now")
                .isTrue();
        User robot = users.addService(OWNER, tenant, "robot", Set.of("admin"));
        ApiKeys.Created big = make(OWNER, robot, Scope.AUDIT_READ);
        Principal small = keys.authenticate(
                        make(OWNER, robot, Scope.API_KEYS_WRITE).secret())
                .orElseThrow();
        assertThat(keys.revoke(small, tenant, big.key().id())).as("its account").isTrue();
        assertThat(keys.revoke(small, tenant, "key_none")).isFalse();
    }

    @Test
    void lastUseIsKeptLater() {
        ApiKeys.Created key = keys.create(Optional.of(TENANT), "app", Set.of(), Optional.empty());
        keys.keepUses();
        assertThat(keys.find(Optional.of(TENANT), key.key().id()).orElseThrow().lastUsedAt())
                .isEmpty();
        keys.authenticate(key.secret());
        assertThat(keys.find(Optional.of(TENANT), key.key().id()).orElseThrow().lastUsedAt())
                .as("not on the way of a request")
                .isEmpty();
        keys.keepUses();
        assertThat(keys.find(Optional.of(TENANT), key.key().id()).orElseThrow().lastUsedAt())
                .contains(now);
    }
}
