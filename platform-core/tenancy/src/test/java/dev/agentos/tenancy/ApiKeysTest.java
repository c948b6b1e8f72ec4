package dev.agentos.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeysTest {

    private static final TenantId TENANT = new TenantId("tnt_a");
    private static final Principal OWNER =
            new Principal("key_o", "owner", Optional.empty(), EnumSet.allOf(Scope.class));

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final FakeApiKeyStore store = new FakeApiKeyStore();
    private final FakeUserStore userStore = new FakeUserStore(store::revokeOf);
    private final Users users = new Users(userStore, new Roles(new FakeRoleStore(userStore)), Ids.system(), () -> now);
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
