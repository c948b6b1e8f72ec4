package dev.agentos.identity;

import dev.agentos.tenancy.FakeUserStore;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.User;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Accounts in memory, of the users of another store. */
public final class FakeAccountStore implements AccountStore {

    private final FakeUserStore users;
    private final Map<String, String> passwords = new ConcurrentHashMap<>();
    private final Map<String, String> subjects = new ConcurrentHashMap<>();
    private final Map<String, Called> names = new ConcurrentHashMap<>();
    private final Map<String, Invitation> invitations = new ConcurrentHashMap<>();

    /** Accounts of those users. */
    public FakeAccountStore(FakeUserStore users) {
        this.users = users;
    }

    @Override
    public Optional<Account> findByEmail(String email) {
        return users.byEmail(email).map(this::account);
    }

    @Override
    public Optional<Account> find(String id) {
        return users.memberships(id).stream().findFirst().map(this::account);
    }

    private Account account(User user) {
        return new Account(user.id(), user.email().orElseThrow(), Optional.ofNullable(passwords.get(user.id())));
    }

    @Override
    public Optional<String> userOf(String subject) {
        return Optional.ofNullable(subjects.get(subject))
                .filter(user -> !users.memberships(user).isEmpty());
    }

    @Override
    public boolean link(String subject, String user) {
        boolean first = !subjects.containsValue(user);
        subjects.put(subject, user);
        return first
                && users.memberships(user).stream()
                        .noneMatch(one -> one.tenant().isEmpty() && one.state() == User.State.ACTIVE)
                && passwords.remove(user) != null;
    }

    @Override
    public void keep(TenantId tenant, String subject, Called called) {
        names.put(tenant.value() + " " + subject, called);
    }

    @Override
    public Optional<Called> called(TenantId tenant, String subject) {
        return Optional.ofNullable(names.get(tenant.value() + " " + subject));
    }

    @Override
    public boolean changePassword(String id, String present, String hash) {
        return passwords.replace(id, present, hash);
    }

    @Override
    public boolean choosesPassword(String id, Optional<TenantId> tenant) {
        return !passwords.containsKey(id)
                && !subjects.containsValue(id)
                && users.memberships(id).stream()
                        .filter(one -> !one.tenant().equals(tenant))
                        .noneMatch(one -> one.tenant().isEmpty() || one.came());
    }

    @Override
    public void invite(Invitation invitation, String digest) {
        invitations
                .values()
                .removeIf(old ->
                        old.user().equals(invitation.user()) && old.tenant().equals(invitation.tenant()));
        invitations.put(digest, invitation);
    }

    @Override
    public Optional<Invitation> findInvitation(String digest) {
        return Optional.ofNullable(invitations.get(digest));
    }

    @Override
    public boolean takeInvitation(String digest) {
        return invitations.remove(digest) != null;
    }

    @Override
    public synchronized boolean takeInvitation(String digest, String hash) {
        Optional<Invitation> found = findInvitation(digest)
                .filter(one -> choosesPassword(one.user(), one.tenant()) && takeInvitation(digest));
        found.ifPresent(one -> passwords.put(one.user(), hash));
        return found.isPresent();
    }

    @Override
    public synchronized boolean takeReset(String digest, String hash) {
        Optional<Invitation> found = findInvitation(digest).filter(one -> takeInvitation(digest));
        found.ifPresent(one -> passwords.put(one.user(), hash));
        return found.isPresent();
    }
}
