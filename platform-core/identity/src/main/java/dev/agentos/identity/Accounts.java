package dev.agentos.identity;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.User;
import dev.agentos.tenancy.Users;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** People's passwords, and the invitations by which they set one. */
public final class Accounts {

    /** How long an invitation is good. */
    public static final Duration INVITATION = Duration.ofDays(7);

    private final AccountStore store;
    private final Logins logins;
    private final LockOut lockOut;
    private final Passwords passwords;
    private final Users users;
    private final Ids ids;
    private final InstantSource clock;

    /** Accounts kept in that store; attempts are counted in the other. */
    public Accounts(
            AccountStore store,
            LoginStore attempts,
            Logins logins,
            Passwords passwords,
            Users users,
            Ids ids,
            InstantSource clock) {
        this.store = store;
        this.logins = logins;
        this.lockOut = new LockOut(attempts, clock);
        this.passwords = passwords;
        this.users = users;
        this.ids = ids;
        this.clock = clock;
    }

    /** The browsers in which people have logged in. */
    public Logins logins() {
        return logins;
    }

    /**
     * An invitation that was just made.
     *
     * @param invitation what is kept of it
     * @param token what the person needs; this is the only time that it can be read
     */
    public record Invited(Invitation invitation, String token) {

        @Override
        public String toString() {
            return invitation.toString();
        }
    }

    /**
     * Invites a person who was not let in yet. For one who was, an administrator of the platform makes a token that
     * sets a new password, if they hold all that the person may do anywhere: whoever has the token can be that person.
     * So the token is good only as long as the person may do no more than then.
     *
     * @throws AgentOsException {@code tenancy:SCOPE_MISSING}, or {@code identity:INVITATION_INVALID} for who is no
     *     person or was let in already
     */
    public Invited invite(Principal by, User user) {
        boolean reset = user.state() == User.State.ACTIVE && by.platform();
        if (user.kind() != User.Kind.PERSON || (user.state() != User.State.INVITED && !reset)) {
            throw new AgentOsException(
                    IdentityErrorCode.INVITATION_INVALID,
                    "The user '" + user.id() + "' is no person who still has to come.",
                    "An administrator of the platform can let an active person set a new password.");
        }
        Powers powers = powers(user, reset);
        by.requireToPassOn(powers.rights());
        Instant end = clock.instant().truncatedTo(ChronoUnit.MICROS).plus(INVITATION);
        Invitation invitation = new Invitation(user.id(), user.tenant(), reset, powers, end);
        String token = "inv_" + ids.secret();
        store.invite(invitation, digest(token));
        return new Invited(invitation, token);
    }

    /** Decisions are left to roles and groups by name, but all are open to the platform, which alone makes resets. */
    private Powers powers(User user, boolean reset) {
        return reset
                ? new Powers(Rights.of(users.scopesAnywhere(user.id())), Membership.NONE)
                : new Powers(users.rights(user), users.membership(user));
    }

    /**
     * An invitation that can be accepted, and who would do so.
     *
     * @param account whether they have a password already is nobody's business before they proved it
     */
    public record Open(Invitation invitation, Account account) {}

    /**
     * Looks at an invitation, which stays as it is.
     *
     * @throws AgentOsException {@code identity:INVITATION_INVALID} when it was used, has ended, or never was, or when
     *     the person may do more than when it was made
     */
    public Open look(String token) {
        return open(digest(token));
    }

    private Open open(String digest) {
        Invitation invitation = store.findInvitation(digest)
                .filter(found -> clock.instant().isBefore(found.endsAt()))
                .orElseThrow(Accounts::invalid);
        Account account = store.find(invitation.user()).orElseThrow(Accounts::invalid);
        User user = users.memberships(account.id()).stream()
                .filter(one -> meant(invitation, one))
                .findFirst()
                .orElseThrow(Accounts::invalid);
        if (!powers(user, invitation.reset()).within(invitation.powers())) {
            throw outgrown();
        }
        return new Open(invitation, account);
    }

    private static boolean meant(Invitation invitation, User user) {
        return user.tenant().equals(invitation.tenant()) && (invitation.reset() || user.state() == User.State.INVITED);
    }

    /**
     * Accepts an invitation: a person of whom nothing is known but invitations sets a password, who has one proves it,
     * and who has a token to set a new one does so, which ends all logins. An invitation alone is no way to be somebody
     * who has come elsewhere: whoever made it has seen the token.
     *
     * @param address from where
     * @return the account
     * @throws AgentOsException {@code identity:INVITATION_INVALID}, {@code identity:WEAK_PASSWORD},
     *     {@code identity:PERSON_UNPROVEN}, {@code identity:LOGIN_FAILED}, {@code identity:LOGIN_RATE_LIMITED}
     */
    public Account accept(String token, String password, String address) {
        String digest = digest(token);
        Open open = open(digest);
        Invitation invitation = open.invitation();
        Account account = open.account();
        if (invitation.reset()) {
            String hash = goodHash(password, account);
            requireTaken(store.takeReset(digest, hash));
            logins.endAllOf(account.id());
        } else if (account.password().isPresent()) {
            check(account.email(), Optional.of(account), password, address);
            requireTaken(store.takeInvitation(digest));
        } else {
            if (!store.choosesPassword(account.id(), invitation.tenant())) {
                throw unproven();
            }
            requireTaken(store.takeInvitation(digest, goodHash(password, account)));
        }
        users.activate(invitation.tenant(), account.id());
        return account;
    }

    private String goodHash(String password, Account account) {
        Passwords.requireGood(password, account.email());
        return passwords.hash(password);
    }

    private static void requireTaken(boolean taken) {
        if (!taken) {
            throw invalid();
        }
    }

    /**
     * Logs a person in.
     *
     * @param tenant as a member of which tenant; empty for the platform, or else the first of which they are one
     * @param address from where
     * @throws AgentOsException {@code identity:LOGIN_FAILED}, which tells not what was wrong, or
     *     {@code identity:LOGIN_RATE_LIMITED}
     */
    public Logins.Begun login(String email, String password, Optional<TenantId> tenant, String address) {
        String known = email.strip().toLowerCase(Locale.ROOT);
        Account account = check(known, store.findByEmail(known), password, address);
        List<User> memberships = logins.memberships(account.id());
        User as = memberships.stream()
                .filter(user -> tenant.isEmpty() || user.tenant().equals(tenant))
                .findFirst()
                .orElseThrow(Accounts::failed);
        return begin(account, as.tenant());
    }

    /** A password that was changed while it was looked at opens nothing. */
    private Logins.Begun begin(Account account, Optional<TenantId> tenant) {
        return account.password()
                .flatMap(checked -> logins.begin(account.id(), tenant, checked))
                .orElseThrow(Accounts::failed);
    }

    /**
     * Logs in a person whom an identity provider vouches for, if they are a member of something; an invitation is
     * accepted by it. Whoever has logged in before with a password that is gone now is logged out.
     *
     * @param arrival who came back from the provider; from now on whoever comes with a token of that subject is the
     *     same person
     * @throws AgentOsException {@code identity:LOGIN_FAILED}
     */
    public Logins.Begun loginVouchedFor(OidcLogin.Arrival arrival) {
        Account account = store.findByEmail(arrival.email().strip().toLowerCase(Locale.ROOT))
                .orElseThrow(Accounts::failed);
        if (store.link(arrival.subject(), account.id())) {
            logins.endAllOf(account.id());
        }
        users.memberships(account.id()).stream()
                .filter(user -> user.state() == User.State.INVITED)
                .forEach(user -> users.activate(user.tenant(), user.id()));
        User as = logins.memberships(account.id()).stream().findFirst().orElseThrow(Accounts::failed);
        return logins.begin(account.id(), as.tenant());
    }

    /** The id of the account of that e-mail address. */
    public Optional<String> idOf(String email) {
        return store.findByEmail(email.strip().toLowerCase(Locale.ROOT)).map(Account::id);
    }

    private Account check(String email, Optional<Account> account, String password, String address) {
        lockOut.attempt(email, address);
        if (password.length() > Passwords.LONGEST * 2
                || !passwords.matches(password, account.flatMap(Account::password))) {
            throw failed();
        }
        lockOut.succeeded(email, address);
        return account.orElseThrow(Accounts::failed);
    }

    /**
     * Sets another password for who knows the present one. All logins of theirs end, and a new one begins.
     *
     * @throws AgentOsException {@code identity:LOGIN_FAILED}, {@code identity:LOGIN_RATE_LIMITED},
     *     {@code identity:WEAK_PASSWORD}
     */
    public Logins.Begun changePassword(Login login, String present, String next, String address) {
        Account account = store.find(login.user()).orElseThrow(Accounts::failed);
        check(account.email(), Optional.of(account), present, address);
        Passwords.requireGood(next, account.email());
        String hash = passwords.hash(next);
        if (!account.password()
                .filter(checked -> store.changePassword(account.id(), checked, hash))
                .isPresent()) {
            throw failed();
        }
        logins.endAllOf(account.id());
        return begin(new Account(account.id(), account.email(), Optional.of(hash)), login.tenant());
    }

    private static AgentOsException failed() {
        return new AgentOsException(
                IdentityErrorCode.LOGIN_FAILED,
                "E-mail address and password do not fit, or the person may not log in there.",
                "Check both; after several attempts the next one has to wait.");
    }

    private static AgentOsException unproven() {
        return new AgentOsException(
                IdentityErrorCode.PERSON_UNPROVEN,
                "The person is known here already and has no password, and this invitation cannot set one.",
                "Log in by the identity provider, which accepts the invitation; or accept first an invitation to"
                        + " administer the platform, or let its administrators make a token that sets a password.");
    }

    private static AgentOsException invalid() {
        return new AgentOsException(
                IdentityErrorCode.INVITATION_INVALID,
                "The invitation is unknown, was used or has ended.",
                "Ask for another one.");
    }

    private static AgentOsException outgrown() {
        return new AgentOsException(
                IdentityErrorCode.INVITATION_INVALID,
                "The person has got more rights, or other roles or groups, since the invitation was made.",
                "Ask for another one, which POST /api/v1/users/{id}/invitation makes.");
    }

    private static String digest(String token) {
        return Digests.sha256(token.getBytes(StandardCharsets.UTF_8));
    }
}
