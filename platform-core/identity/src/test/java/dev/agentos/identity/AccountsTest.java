package dev.agentos.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.tenancy.FakeGroupStore;
import dev.agentos.tenancy.FakeRoleStore;
import dev.agentos.tenancy.FakeUserStore;
import dev.agentos.tenancy.Group;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Role;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.User;
import dev.agentos.tenancy.Users;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Invitations, logins and the guessing of passwords. */
class AccountsTest {

    private static final Principal ROOT = new Principal("key_0", "root", Optional.empty(), EnumSet.allOf(Scope.class));
    private static final Optional<TenantId> ACME = Optional.of(new TenantId("tnt_a"));
    private static final Optional<TenantId> UMBRELLA = Optional.of(new TenantId("tnt_b"));
    private static final String MAIL = "ada@example.org";
    private static final String GOOD = "analytical engine";
    private static final String HERE = "192.0.2.1";

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Ids ids = new Ids(() -> now, new SecureRandom());
    private final FakeUserStore userStore = new FakeUserStore();
    private final Roles roles = new Roles(new FakeRoleStore(userStore));
    private final Users users = new Users(userStore, roles, new FakeGroupStore(userStore), Ids.system(), () -> now);
    private final FakeLoginStore loginStore = new FakeLoginStore();
    private final Logins logins = new Logins(loginStore, users, ids, () -> now);
    private final FakeAccountStore accountStore = new FakeAccountStore(userStore);
    private final Accounts accounts = new Accounts(
            accountStore, loginStore, logins, new Passwords(new SecureRandom()), users, Ids.system(), () -> now);

    private String invite(Optional<TenantId> tenant, String role) {
        return accounts.invite(ROOT, users.invite(ROOT, tenant, "Ada", MAIL, Set.of(role)))
                .token();
    }

    private Logins.Begun member() {
        accounts.accept(invite(ACME, "viewer"), GOOD, HERE);
        return accounts.login(MAIL, GOOD, Optional.empty(), HERE);
    }

    private static void refused(ErrorCode code, ThrowingCallable act) {
        assertThatThrownBy(act)
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }

    @Test
    void anInvitedPersonSetsAPasswordAndLogsIn() {
        Logins.Begun begun = member();
        Logins.Active active = logins.authenticate(begun.secret()).orElseThrow();
        assertThat(active.principal().tenant()).isEqualTo(ACME);
        assertThat(active.principal().scopes()).contains(Scope.EXECUTIONS_READ);
        assertThat(logins.authenticate(begun.secret() + "x")).isEmpty();
        assertThat(loginStore.byDigest.keySet()).noneMatch(digest -> digest.contains(begun.secret()));
        assertThat(begun.toString()).doesNotContain(begun.secret());
    }

    @Test
    void anInvitationIsGoodOnceAndForAWeek() {
        String late = invite(ACME, "viewer");
        now = now.plus(Accounts.INVITATION);
        refused(IdentityErrorCode.INVITATION_INVALID, () -> accounts.accept(late, GOOD, HERE));
        User ada = users.require(ACME, userStore.byEmail(MAIL).orElseThrow().id());
        String older = accounts.invite(ROOT, ada).token();
        String token = accounts.invite(ROOT, ada).token();
        refused(IdentityErrorCode.INVITATION_INVALID, () -> accounts.accept(older, GOOD, HERE));
        refused(IdentityErrorCode.WEAK_PASSWORD, () -> accounts.accept(token, "short", HERE));
        accounts.accept(token, GOOD, HERE);
        refused(IdentityErrorCode.INVITATION_INVALID, () -> accounts.accept(token, GOOD, HERE));
        refused(IdentityErrorCode.INVITATION_INVALID, () -> accounts.accept("inv_none", GOOD, HERE));
    }

    @Test
    void anotherTenantsInvitationIsNoWayToAPersonsPassword() {
        member();
        String token = invite(UMBRELLA, "viewer");
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.accept(token, "a password of umbrella's", HERE));
        accounts.login(MAIL, GOOD, ACME, HERE);
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.login(MAIL, GOOD, UMBRELLA, HERE));
        accounts.accept(token, GOOD, HERE);
        assertThat(accounts.login(MAIL, GOOD, UMBRELLA, HERE).login().tenant()).isEqualTo(UMBRELLA);
    }

    private void vouched() {
        accounts.loginVouchedFor(new OidcLogin.Arrival("sub_ada", MAIL));
    }

    @Test
    void anInvitationSetsNoPasswordOfAPersonWhoOnlyComesByAProvider() {
        users.join(ACME.orElseThrow(), MAIL, "owner");
        String token = invite(UMBRELLA, "viewer");
        refused(IdentityErrorCode.PERSON_UNPROVEN, () -> accounts.accept(token, GOOD, HERE));
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.login(MAIL, GOOD, ACME, HERE));
        vouched();
        String id = userStore.byEmail(MAIL).orElseThrow().id();
        assertThat(logins.memberships(id)).hasSize(2);
        refused(IdentityErrorCode.INVITATION_INVALID, () -> accounts.accept(token, GOOD, HERE));
        accounts.accept(accounts.invite(ROOT, users.require(ACME, id)).token(), GOOD, HERE);
        accounts.login(MAIL, GOOD, ACME, HERE);
    }

    @Test
    void aSubjectAPlatformsInvitationAndWhoHasComeElsewhereAreNotPassedBy() {
        String first = invite(ACME, "viewer");
        String second = invite(Optional.empty(), "viewer");
        refused(IdentityErrorCode.PERSON_UNPROVEN, () -> accounts.accept(first, GOOD, HERE));
        String id = userStore.byEmail(MAIL).orElseThrow().id();
        users.activate(ACME, id);
        users.disable(ROOT, ACME, id);
        refused(IdentityErrorCode.PERSON_UNPROVEN, () -> accounts.accept(second, GOOD, HERE));
        users.remove(ROOT, ACME, id);
        vouched();
        String third = invite(UMBRELLA, "viewer");
        refused(IdentityErrorCode.PERSON_UNPROVEN, () -> accounts.accept(third, GOOD, HERE));
    }

    @Test
    void ofTwoInvitationsTheFirstSetsAPasswordAndOpensNothingElse() {
        String here = invite(ACME, "viewer");
        String there = invite(UMBRELLA, "owner");
        accounts.accept(here, GOOD, HERE);
        Logins.Begun begun = accounts.login(MAIL, GOOD, Optional.empty(), HERE);
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.login(MAIL, GOOD, UMBRELLA, HERE));
        refused(IdentityErrorCode.UNKNOWN_LOGIN, () -> logins.switchTo(begun.login(), UMBRELLA));
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.accept(there, "another engine", HERE));
        accounts.accept(there, GOOD, HERE);
        accounts.login(MAIL, GOOD, UMBRELLA, HERE);
    }

    @Test
    void aPasswordThatSomebodyElseMayHaveSetEndsWhenAProviderVouchesForThePerson() {
        Logins.Begun begun = member();
        invite(UMBRELLA, "owner");
        vouched();
        assertThat(logins.memberships(begun.login().user())).hasSize(2);
        assertThat(logins.authenticate(begun.secret())).isEmpty();
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.login(MAIL, GOOD, UMBRELLA, HERE));
        User ada = users.require(UMBRELLA, begun.login().user());
        accounts.accept(accounts.invite(ROOT, ada).token(), GOOD, HERE);
        vouched();
        accounts.login(MAIL, GOOD, UMBRELLA, HERE);
    }

    @Test
    void anAdministratorOfThePlatformKeepsTheirPassword() {
        accounts.accept(invite(Optional.empty(), "viewer"), GOOD, HERE);
        vouched();
        accounts.login(MAIL, GOOD, Optional.empty(), HERE);
    }

    @Test
    void whoHasNotComeIsNotMadeAMemberByBeingDisabledAndEnabled() {
        String token = invite(ACME, "viewer");
        String id = userStore.byEmail(MAIL).orElseThrow().id();
        users.disable(ROOT, ACME, id);
        refused(IdentityErrorCode.INVITATION_INVALID, () -> accounts.accept(token, GOOD, HERE));
        assertThat(users.enable(ROOT, ACME, id).state()).isEqualTo(User.State.INVITED);
        accounts.accept(token, GOOD, HERE);
        users.disable(ROOT, ACME, id);
        assertThat(users.enable(ROOT, ACME, id).state()).isEqualTo(User.State.ACTIVE);
    }

    @Test
    void onlyWhoHoldsAllThatAPersonMayDoCanResetTheirPassword() {
        Logins.Begun begun = member();
        accounts.accept(invite(UMBRELLA, "owner"), GOOD, HERE);
        User here = users.require(ACME, begun.login().user());
        Principal tenantOwner = new Principal("key_1", "o", ACME, EnumSet.allOf(Scope.class));
        refused(IdentityErrorCode.INVITATION_INVALID, () -> accounts.invite(tenantOwner, here));
        Principal weak = new Principal("key_2", "w", Optional.empty(), Set.of(Scope.USERS_WRITE, Scope.TENANTS_READ));
        refused(TenancyErrorCode.SCOPE_MISSING, () -> accounts.invite(weak, here));
        accounts.accept(accounts.invite(ROOT, here).token(), "another engine", HERE);
        assertThat(logins.authenticate(begun.secret())).isEmpty();
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.login(MAIL, GOOD, ACME, HERE));
        accounts.login(MAIL, "another engine", ACME, HERE);
    }

    private void outgrown(String token) {
        for (ThrowingCallable act :
                List.<ThrowingCallable>of(() -> accounts.look(token), () -> accounts.accept(token, GOOD, HERE))) {
            assertThatThrownBy(act).hasMessageContaining("since the invitation was made");
            refused(IdentityErrorCode.INVITATION_INVALID, act);
        }
    }

    /** Whoever made it has seen its token, and held all that the person might do then, but no more. */
    @Test
    void anInvitationIsGoodForNoMoreThanWhenItWasMade() {
        String token = invite(ACME, "viewer");
        String id = userStore.byEmail(MAIL).orElseThrow().id();
        users.giveRoles(ROOT, ACME, id, Set.of("owner"));
        outgrown(token);
        users.giveRoles(ROOT, ACME, id, Set.of("viewer"));
        accounts.look(token);
        Group in = new Group(ACME.orElseThrow(), "finance", "", Set.of(), Set.of(id));
        users.groups().put(ROOT, in);
        outgrown(token);
        accounts.accept(accounts.invite(ROOT, users.require(ACME, id)).token(), GOOD, HERE);
    }

    @Test
    void anInvitationIsOutgrownByItsRolesAndItsAgentsToo() {
        Role small = new Role(ACME, "reader", "", Set.of(Scope.EXECUTIONS_READ, Scope.GRAPHS_READ), false);
        roles.put(ROOT, small);
        User ada = users.invite(ROOT, ACME, "Ada", MAIL, Set.of("reader"), Reach.read(Set.of("support/*")));
        String token = accounts.invite(ROOT, ada).token();
        users.giveRoles(ROOT, ACME, ada.id(), Set.of("reader"), Optional.of(Reach.ALL));
        outgrown(token);
        Reach less = Reach.read(Set.of("support/triage"));
        users.giveRoles(ROOT, ACME, ada.id(), Set.of("reader"), Optional.of(less));
        accounts.look(token);
        long revision = roles.find(ACME, "reader").orElseThrow().revision();
        roles.put(ROOT, new Role(ACME, "reader", "", Set.of(Scope.EXECUTIONS_WRITE), false, revision));
        outgrown(token);
    }

    @Test
    void aTokenForANewPasswordIsGoodForNoMoreThanWhenItWasMade() {
        String id = member().login().user();
        String token = accounts.invite(ROOT, users.require(ACME, id)).token();
        invite(UMBRELLA, "owner");
        outgrown(token);
        accounts.login(MAIL, GOOD, ACME, HERE);
    }

    @Test
    void guessingIsSlowAndSlowerEachTime() {
        member();
        for (int i = 0; i < 5; i++) {
            refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.login(MAIL, "wrong password", ACME, HERE));
        }
        refused(IdentityErrorCode.LOGIN_RATE_LIMITED, () -> accounts.login(MAIL, GOOD, ACME, "192.0.2.9"));
        now = now.plusSeconds(30);
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.login(MAIL, "wrong password", ACME, HERE));
        now = now.plusSeconds(30);
        refused(IdentityErrorCode.LOGIN_RATE_LIMITED, () -> accounts.login(MAIL, GOOD, ACME, HERE));
        now = now.plusSeconds(30);
        accounts.login(MAIL, GOOD, ACME, HERE);
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.login(MAIL, "wrong password", ACME, HERE));
        accounts.login(MAIL, GOOD, ACME, HERE);
    }

    @Test
    void aPersonWhoIsNotThereIsAnsweredAndCountedLikeOneWhoIs() {
        member();
        for (String email : List.of(MAIL, "nobody@example.org")) {
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                assertThatThrownBy(() -> accounts.login(email, "wrong password", Optional.empty(), "192.0.2.77"))
                        .satisfies(e -> answers.add(e.getMessage()));
            }
            assertThat(answers.subList(0, 5))
                    .containsOnly("E-mail address and password do not fit, or the person may" + " not log in there.");
            assertThat(answers.subList(5, 7)).containsOnly("Too many attempts to log in have failed.");
        }
    }

    /** Whoever has one address of IPv6 has as many as they like. */
    @Test
    void oneNetworkOfIpv6CannotTryManyAccounts() {
        member();
        for (int i = 0; i < 20; i++) {
            String email = "nobody" + i + "@example.org";
            String address = i % 2 == 0 ? "2001:db8:0:1:0:0:0:" + i : "[2001:db8:0:1::" + i + "]";
            refused(
                    IdentityErrorCode.LOGIN_FAILED,
                    () -> accounts.login(email, "wrong password", Optional.empty(), address));
        }
        refused(
                IdentityErrorCode.LOGIN_RATE_LIMITED,
                () -> accounts.login(MAIL, GOOD, Optional.empty(), "2001:db8:0:1:ffff:ffff:ffff:ffff"));
        accounts.login(MAIL, GOOD, Optional.empty(), "2001:db8:0:2::1");
        accounts.login(MAIL, GOOD, Optional.empty(), "192.0.2.1");
    }

    @Test
    void tellsNetworksByHoweverTheirAddressesAreWritten() {
        for (String one : List.of("2001:db8:0:1::7", "2001:0db8:0000:0001:a:b:c:d", "[2001:db8:0:1::7%eth0]")) {
            assertThat(RemoteAddresses.network(one)).isEqualTo("2001:db8:0:1::/64");
        }
        assertThat(RemoteAddresses.network("::1")).isEqualTo("0:0:0:0::/64");
        assertThat(RemoteAddresses.network("::ffff:192.0.2.1")).isEqualTo("192.0.2.1");
        assertThat(RemoteAddresses.network("192.0.2.1")).isEqualTo("192.0.2.1");
        assertThat(RemoteAddresses.network("somewhere")).isEqualTo("somewhere");
    }

    @Test
    void oneAddressCannotTryManyAccounts() {
        member();
        for (int i = 0; i < 20; i++) {
            String email = "nobody" + i + "@example.org";
            refused(
                    IdentityErrorCode.LOGIN_FAILED,
                    () -> accounts.login(email, "wrong password", Optional.empty(), "192.0.2.5"));
        }
        refused(
                IdentityErrorCode.LOGIN_RATE_LIMITED,
                () -> accounts.login("x@example.org", "wrong password", Optional.empty(), "192.0.2.5"));
        accounts.login(MAIL, GOOD, ACME, HERE);
    }

    @Test
    void manyGuessesAtOnceDoNotOutrunTheCount() throws Exception {
        member();
        List<Callable<ErrorCode>> guesses = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String from = "198.51.100." + i;
            guesses.add(() -> {
                try {
                    accounts.login(MAIL, "wrong password", ACME, from);
                    throw new AssertionError("guessed");
                } catch (AgentOsException e) {
                    return e.errorCode();
                }
            });
        }
        int tried = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<ErrorCode> guess : threads.invokeAll(guesses)) {
                tried += guess.get() == IdentityErrorCode.LOGIN_FAILED ? 1 : 0;
            }
        }
        assertThat(tried).isEqualTo(5);
    }

    @Test
    void aLoginEndsWhenItIsNotUsedAndAtTheLatestAfterTwelveHours() {
        Logins.Begun idle = member();
        Logins.Begun used = accounts.login(MAIL, GOOD, ACME, HERE);
        for (Duration passed = Duration.ZERO;
                passed.compareTo(Duration.ofHours(12)) < 0;
                passed = passed.plusMinutes(29)) {
            assertThat(logins.authenticate(used.secret()))
                    .as("after %s", passed)
                    .isPresent();
            logins.keepUses();
            now = now.plus(Duration.ofMinutes(29));
        }
        assertThat(logins.authenticate(used.secret())).isEmpty();
        assertThat(logins.authenticate(idle.secret())).isEmpty();
        logins.keepUses();
        assertThat(loginStore.byDigest).isEmpty();
    }

    @Test
    void aPersonGoesOnElsewhereUnderAnotherSecretAndUntilTheSameEnd() {
        Logins.Begun begun = member();
        refused(IdentityErrorCode.UNKNOWN_LOGIN, () -> logins.switchTo(begun.login(), UMBRELLA));
        accounts.accept(invite(UMBRELLA, "owner"), GOOD, HERE);
        now = now.plusSeconds(60);
        Logins.Begun other = logins.switchTo(begun.login(), UMBRELLA);
        assertThat(other.secret()).isNotEqualTo(begun.secret());
        assertThat(other.login().endsAt()).isEqualTo(begun.login().endsAt());
        assertThat(logins.authenticate(begun.secret())).isEmpty();
        assertThat(logins.authenticate(other.secret()).orElseThrow().principal().scopes())
                .contains(Scope.USERS_WRITE);
    }

    @Test
    void aNewPasswordEndsAllOtherLogins() {
        Logins.Begun one = member();
        Logins.Begun other = accounts.login(MAIL, GOOD, ACME, HERE);
        refused(
                IdentityErrorCode.LOGIN_FAILED,
                () -> accounts.changePassword(one.login(), "wrong password", "difference engine", HERE));
        refused(IdentityErrorCode.WEAK_PASSWORD, () -> accounts.changePassword(one.login(), GOOD, "short", HERE));
        Logins.Begun next = accounts.changePassword(one.login(), GOOD, "difference engine", HERE);
        assertThat(logins.authenticate(one.secret())).isEmpty();
        assertThat(logins.authenticate(other.secret())).isEmpty();
        assertThat(logins.authenticate(next.secret())).isPresent();
    }

    /** Looking at a password takes a moment, in which another one may be set. */
    @Test
    void aPasswordThatIsChangedWhileItIsLookedAtOpensNothing() {
        Logins.Begun begun = member();
        loginStore.passwords = (user, checked) -> {
            accountStore.changePassword(user, checked, "another");
            return accountStore.find(user).orElseThrow().password().equals(Optional.of(checked));
        };
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.login(MAIL, GOOD, ACME, HERE));
        assertThat(loginStore.byDigest.values()).containsExactly(begun.login());
    }

    @Test
    void aLoginThatHasEndedGoesOnNowhere() {
        Logins.Begun begun = member();
        accounts.accept(invite(UMBRELLA, "viewer"), GOOD, HERE);
        logins.end(begun.login());
        refused(IdentityErrorCode.UNKNOWN_LOGIN, () -> logins.switchTo(begun.login(), UMBRELLA));
        assertThat(loginStore.byDigest).isEmpty();
    }

    @Test
    void whoIsDisabledOrRemovedIsLoggedOut() {
        Logins.Begun begun = member();
        users.disable(ROOT, ACME, begun.login().user());
        assertThat(logins.authenticate(begun.secret())).isEmpty();
        refused(IdentityErrorCode.LOGIN_FAILED, () -> accounts.login(MAIL, GOOD, Optional.empty(), HERE));
        users.enable(ROOT, ACME, begun.login().user());
        assertThat(logins.authenticate(begun.secret())).isPresent();
        users.remove(ROOT, ACME, begun.login().user());
        assertThat(logins.authenticate(begun.secret())).isEmpty();
    }

    @Test
    void ofManyLoginsOfAPersonTheOldestEnd() {
        Logins.Begun first = member();
        for (int i = 0; i < 20; i++) {
            now = now.plusMillis(5);
            logins.begin(first.login().user(), ACME);
        }
        assertThat(loginStore.byDigest).hasSize(20);
        assertThat(logins.authenticate(first.secret())).isEmpty();
    }

    @Test
    void theTokenOfAPageIsOfItsLoginAlone() {
        Logins.Begun begun = member();
        String token = Logins.token(begun.secret());
        assertThat(Logins.tokenMatches(begun.secret(), token)).isTrue();
        assertThat(Logins.tokenMatches(logins.begin(begun.login().user(), ACME).secret(), token))
                .isFalse();
        assertThat(token).doesNotContain(begun.secret());
    }
}
