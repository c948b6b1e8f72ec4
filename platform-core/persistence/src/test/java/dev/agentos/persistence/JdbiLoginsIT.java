package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.identity.AccountStore;
import dev.agentos.identity.Accounts;
import dev.agentos.identity.IdentityErrorCode;
import dev.agentos.identity.LoginStore;
import dev.agentos.identity.Logins;
import dev.agentos.identity.OidcLogin;
import dev.agentos.identity.Passwords;
import dev.agentos.identity.Powers;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.User;
import dev.agentos.tenancy.Users;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Logins of two servers on a real PostgreSQL. */
class JdbiLoginsIT {

    private static final Principal ROOT =
            new Principal("key_root", "root", Optional.empty(), EnumSet.allOf(Scope.class));
    private static final String MAIL = "ada@example.org";
    private static final String GOOD = "analytical engine";

    private final Database database = PostgresFixture.open();
    private final Tenants tenants = new Tenants(database.tenantStore(), Ids.system(), InstantSource.system());
    private final Optional<TenantId> acme = Optional.of(tenants.create("acme").id());
    private final Optional<TenantId> umbrella =
            Optional.of(tenants.create("umbrella").id());
    private final Users users =
            new Users(database.userStore(), new Roles(database.roleStore()), Ids.system(), InstantSource.system());
    private final Accounts one = server();
    private final Accounts other = server();

    private Accounts server() {
        Users own =
                new Users(database.userStore(), new Roles(database.roleStore()), Ids.system(), InstantSource.system());
        return new Accounts(
                database.accountStore(),
                database.loginStore(),
                new Logins(database.loginStore(), own, Ids.system(), InstantSource.system()),
                new Passwords(new SecureRandom()),
                own,
                Ids.system(),
                InstantSource.system());
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void aSubjectIsThePersonAsWhomItCameLastAndGoesWithThem() {
        User ada = users.invite(ROOT, acme, "Ada", MAIL, Set.of("viewer"));
        User eve = users.invite(ROOT, acme, "Eve", "eve@example.org", Set.of("viewer"));
        AccountStore accounts = database.accountStore();
        assertThat(accounts.userOf("sub_1")).isEmpty();
        one.loginVouchedFor(new OidcLogin.Arrival("sub_1", "Ada@Example.org"));
        assertThat(database.reservedAccountStore().userOf("sub_1")).contains(ada.id());
        accounts.link("sub_1", ada.id());
        accounts.link("sub_1", eve.id());
        accounts.link("sub_2", "usr_nobody");
        assertThat(accounts.person("sub_1")).isEqualTo(eve.id());
        assertThat(accounts.person("sub_2")).isEqualTo("sub_2");
        users.remove(ROOT, acme, eve.id());
        assertThat(accounts.userOf("sub_1")).isEmpty();
    }

    private String invite(Optional<TenantId> tenant) {
        User ada = users.invite(ROOT, tenant, "Ada", MAIL, Set.of("viewer"));
        return one.invite(ROOT, ada).token();
    }

    @Test
    void aLoginOfOneServerIsOneOfTheOtherAndEndsThereWithinASecond() throws Exception {
        one.accept(invite(acme), GOOD, "192.0.2.1");
        Logins.Begun begun = one.login(MAIL, GOOD, Optional.empty(), "192.0.2.1");
        Logins.Active active = other.logins().authenticate(begun.secret()).orElseThrow();
        assertThat(active.login()).isEqualTo(begun.login());
        assertThat(active.principal().tenant()).isEqualTo(acme);
        one.logins().end(begun.login());
        Thread.sleep(1_000);
        assertThat(other.logins().authenticate(begun.secret())).isEmpty();

        Logins.Begun next = one.login(MAIL, GOOD, acme, "192.0.2.1");
        assertThat(other.logins().authenticate(next.secret())).isPresent();
        users.disable(ROOT, acme, next.login().user());
        Thread.sleep(1_000);
        assertThat(other.logins().authenticate(next.secret())).isEmpty();
        users.remove(ROOT, acme, next.login().user());
        assertThat(database.accountStore().findByEmail(MAIL))
                .as("a member of nothing")
                .isEmpty();
    }

    @Test
    void nothingOfAPasswordOrASecretIsInTheDatabase() {
        String token = invite(acme);
        one.accept(token, GOOD, "192.0.2.1");
        String pending = invite(umbrella);
        Logins.Begun begun = one.login(MAIL, GOOD, acme, "192.0.2.1");
        List<String> rows = new ArrayList<>();
        for (String table : List.of("users", "logins", "invitations", "login_attempts", "memberships")) {
            rows.addAll(database.platform()
                    .call(handle -> handle.createQuery("SELECT CAST(t AS text) FROM " + table + " t")
                            .mapTo(String.class)
                            .list()));
        }
        assertThat(rows).hasSizeGreaterThan(4);
        assertThat(String.join("\n", rows))
                .contains("$argon2id$")
                .doesNotContain(GOOD, token, pending, begun.secret(), Logins.token(begun.secret()));
    }

    @Test
    void anInvitationKeepsForHowMuchItIsGood() {
        Reach some = Reach.read(Set.of("support/*", "refunds"));
        User ada = users.invite(ROOT, acme, "Ada", MAIL, Set.of("viewer"), some);
        String token = one.invite(ROOT, ada).token();
        assertThat(database.accountStore()
                        .findInvitation(digest(token))
                        .orElseThrow()
                        .powers())
                .isEqualTo(new Powers(users.rights(ada), users.membership(ada)));
        other.look(token);
        users.giveRoles(ROOT, acme, ada.id(), Set.of("owner"), Optional.of(Reach.ALL));
        assertThatThrownBy(() -> other.accept(token, GOOD, "192.0.2.1"))
                .hasMessageContaining("since the invitation was made");

        database.platform()
                .run(handle -> handle.execute(
                        """
                        INSERT INTO invitations (digest, user_id, tenant_id, reset, ends_at)
                        VALUES (?, ?, ?, false, now() + INTERVAL '1 day')
                        """, digest("inv_old"), ada.id(), acme.orElseThrow().value()));
        assertThatThrownBy(() -> one.look("inv_old"))
                .as("one of which it was not kept")
                .hasMessageContaining("since the invitation was made");
    }

    @Test
    void anInvitationIsTakenOnce() throws Exception {
        String token = invite(acme);
        List<Callable<Boolean>> takers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Accounts server = i % 2 == 0 ? one : other;
            String password = GOOD + " " + i;
            takers.add(() -> {
                try {
                    server.accept(token, password, "192.0.2.1");
                    return true;
                } catch (AgentOsException e) {
                    return false;
                }
            });
        }
        assertThat(succeeded(takers)).isEqualTo(1);
    }

    @Test
    void anInvitationSetsNoPasswordOfWhoIsKnownOtherwise() {
        AccountStore accounts = database.accountStore();
        String first = invite(acme);
        String second = invite(umbrella);
        String id = accounts.findByEmail(MAIL).orElseThrow().id();
        assertThat(accounts.choosesPassword(id, acme)).isTrue();
        one.accept(first, GOOD, "192.0.2.1");
        assertThat(accounts.choosesPassword(id, umbrella)).as("has a password").isFalse();
        assertThat(accounts.takeInvitation(digest(second), "hash")).isFalse();
        one.accept(second, GOOD, "192.0.2.1");
        assertThat(accounts.link("sub_1", id)).as("takes the password away").isTrue();
        assertThat(accounts.find(id).orElseThrow().password()).isEmpty();
        users.remove(ROOT, umbrella, id);
        String third = invite(umbrella);
        assertThat(accounts.choosesPassword(id, umbrella)).as("has a subject").isFalse();
        assertThat(accounts.takeInvitation(digest(third), "hash")).isFalse();
        assertThat(accounts.findInvitation(digest(third))).isPresent();
        assertThat(users.disable(ROOT, umbrella, id).came()).isFalse();
        assertThat(users.enable(ROOT, umbrella, id).state()).isEqualTo(User.State.INVITED);
    }

    @Test
    void whoHasComeElsewhereOrIsAskedByThePlatformChoosesNoPassword() {
        AccountStore accounts = database.accountStore();
        users.join(acme.orElseThrow(), MAIL, "viewer");
        invite(umbrella);
        String id = accounts.findByEmail(MAIL).orElseThrow().id();
        assertThat(accounts.choosesPassword(id, umbrella)).isFalse();
        users.disable(ROOT, acme, id);
        assertThat(accounts.choosesPassword(id, umbrella)).as("has come once").isFalse();
        users.remove(ROOT, acme, id);
        assertThat(accounts.choosesPassword(id, umbrella)).isTrue();
        User asked = users.invite(ROOT, Optional.empty(), "Ada", MAIL, Set.of("viewer"));
        assertThat(accounts.choosesPassword(id, umbrella)).isFalse();
        one.accept(one.invite(ROOT, asked).token(), GOOD, "192.0.2.1");
        assertThat(accounts.link("sub_1", id)).as("of the platform").isFalse();
        assertThat(accounts.find(id).orElseThrow().password()).isPresent();
    }

    private static String digest(String token) {
        return Digests.sha256(token.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void guessesAtTwoServersAreCountedTogether() throws Exception {
        one.accept(invite(acme), GOOD, "192.0.2.1");
        List<Callable<Boolean>> guesses = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Accounts server = i % 2 == 0 ? one : other;
            String address = "198.51.100." + i;
            guesses.add(() -> {
                try {
                    server.login(MAIL, "wrong password", acme, address);
                    throw new AssertionError("guessed");
                } catch (AgentOsException e) {
                    return e.errorCode() == IdentityErrorCode.LOGIN_FAILED;
                }
            });
        }
        assertThat(succeeded(guesses)).isEqualTo(5);
        assertThatThrownBy(() -> other.login(MAIL, GOOD, acme, "192.0.2.1"))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(IdentityErrorCode.LOGIN_RATE_LIMITED));
    }

    @Test
    void attemptsAreForgivenForgottenAndSweptAway() {
        LoginStore store = database.loginStore();
        LoginStore.Terms terms =
                new LoginStore.Terms(2, Duration.ofSeconds(10), Duration.ofSeconds(15), Duration.ofMinutes(1));
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        assertThat(store.attempt("a", now, terms)).isZero();
        assertThat(store.attempt("a", now, terms)).isZero();
        assertThat(store.attempt("a", now, terms)).isEqualTo(Duration.ofSeconds(10));
        assertThat(store.attempt("a", now.plusSeconds(10), terms)).isZero();
        assertThat(store.attempt("a", now.plusSeconds(11), terms)).isEqualTo(Duration.ofSeconds(14));
        store.forgive("a", false);
        assertThat(store.attempt("a", now.plusSeconds(11), terms)).isZero();
        store.forgive("a", true);
        assertThat(store.attempt("a", now.plusSeconds(12), terms)).isZero();
        assertThat(store.attempt("a", now.plusSeconds(12), terms)).isZero();
        assertThat(store.attempt("a", now.plusSeconds(100), terms))
                .as("forgotten")
                .isZero();
        assertThat(store.attempt("a", now.plusSeconds(100), terms)).isZero();
        store.removeEnded(now.plus(Duration.ofDays(2)), now);
        int left = database.platform()
                .call(handle -> handle.createQuery("SELECT count(*) FROM login_attempts")
                        .mapTo(Integer.class)
                        .one());
        assertThat(left).isZero();
    }

    @Test
    void aTenantThatIsRemovedTakesItsLoginsAlong() {
        one.accept(invite(acme), GOOD, "192.0.2.1");
        one.accept(invite(umbrella), GOOD, "192.0.2.1");
        Logins.Begun there = one.login(MAIL, GOOD, umbrella, "192.0.2.1");
        Logins.Begun here = one.login(MAIL, GOOD, acme, "192.0.2.1");
        tenants.delete(umbrella.orElseThrow());
        assertThat(other.logins().authenticate(there.secret())).isEmpty();
        assertThat(other.logins().authenticate(here.secret())).isPresent();
        other.logins().keepUses();
        assertThat(other.logins().authenticate(here.secret())).isPresent();
        tenants.delete(acme.orElseThrow());
        other.logins().keepUses();
        assertThat(database.accountStore().findByEmail(MAIL)).as("swept").isEmpty();
    }

    /** Another server may take a login for what it was for half a second, but nothing comes of it. */
    @Test
    void aLoginThatHasEndedElsewhereGoesOnNowhere() {
        one.accept(invite(acme), GOOD, "192.0.2.1");
        one.accept(invite(umbrella), GOOD, "192.0.2.1");
        Logins.Begun taken = one.login(MAIL, GOOD, acme, "192.0.2.1");
        Logins.Begun own = one.login(MAIL, GOOD, acme, "192.0.2.1");
        Logins.Active known = other.logins().authenticate(taken.secret()).orElseThrow();
        Logins.Begun next = one.changePassword(own.login(), GOOD, "difference engine", "192.0.2.1");
        assertUnknown(() -> other.logins().switchTo(known.login(), umbrella));
        assertThat(other.logins().authenticate(taken.secret())).isEmpty();

        Logins.Active again = other.logins().authenticate(next.secret()).orElseThrow();
        one.logins().end(next.login());
        assertUnknown(() -> other.logins().switchTo(again.login(), umbrella));
        assertThat(logins()).isZero();
    }

    private static void assertUnknown(ThrowingCallable act) {
        assertThatThrownBy(act)
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(IdentityErrorCode.UNKNOWN_LOGIN));
    }

    private int logins() {
        return database.platform()
                .call(handle -> handle.createQuery("SELECT count(*) FROM logins")
                        .mapTo(Integer.class)
                        .one());
    }

    @Test
    void withAPasswordItsLoginsEndAndNoneBeginsByIt() {
        one.accept(invite(acme), GOOD, "192.0.2.1");
        Logins.Begun begun = one.login(MAIL, GOOD, acme, "192.0.2.1");
        AccountStore accounts = database.accountStore();
        String user = begun.login().user();
        String old = accounts.find(user).orElseThrow().password().orElseThrow();
        assertThat(accounts.changePassword(user, "none", "next")).isFalse();
        assertThat(logins()).isEqualTo(1);
        assertThat(accounts.changePassword(user, old, "next")).isTrue();
        assertThat(logins()).isZero();
        LoginStore store = database.loginStore();
        assertThat(store.insert(begun.login(), "digest", 20, Optional.of(old))).isFalse();
        assertThat(logins()).isZero();
        assertThat(store.insert(begun.login(), "digest", 20, Optional.of("next")))
                .isTrue();

        User ada = users.require(acme, user);
        String reset = digest(one.invite(ROOT, ada).token());
        assertThat(accounts.takeReset(reset, "last")).isTrue();
        assertThat(logins()).isZero();
        assertThat(accounts.find(user).orElseThrow().password()).contains("last");
        assertThat(accounts.takeReset(reset, "again")).isFalse();
        store.insert(begun.login(), "digest", 20, Optional.empty());
        assertThat(accounts.link("sub_1", user)).isTrue();
        assertThat(logins()).as("the password was taken away").isZero();
    }

    @Test
    void whatEndsInOneTenantGoesOnInTheOther() {
        one.accept(invite(acme), GOOD, "192.0.2.1");
        one.accept(invite(umbrella), GOOD, "192.0.2.1");
        one.accept(invite(Optional.empty()), GOOD, "192.0.2.1");
        Logins.Begun there = one.login(MAIL, GOOD, umbrella, "192.0.2.1");
        Logins.Begun here = one.login(MAIL, GOOD, acme, "192.0.2.1");
        Logins.Begun above = one.login(MAIL, GOOD, Optional.empty(), "192.0.2.1");
        assertThat(above.login().tenant()).isEmpty();
        one.logins().endAllOf(there.login().user(), umbrella);
        assertThat(one.logins().authenticate(there.secret())).isEmpty();
        assertThat(one.logins().authenticate(here.secret())).isPresent();
        one.logins().endAllOf(there.login().user(), Optional.empty());
        assertThat(one.logins().authenticate(above.secret())).isEmpty();
        assertThat(other.logins().authenticate(above.secret())).isEmpty();
        assertThat(one.logins().authenticate(here.secret())).isPresent();
    }

    private static int succeeded(List<Callable<Boolean>> acts) throws Exception {
        int succeeded = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> act : threads.invokeAll(acts)) {
                succeeded += act.get() ? 1 : 0;
            }
        }
        return succeeded;
    }
}
