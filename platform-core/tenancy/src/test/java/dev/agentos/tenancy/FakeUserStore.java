package dev.agentos.tenancy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Users in memory. */
public final class FakeUserStore implements UserStore {

    private final List<User> users = new ArrayList<>();
    private final BiConsumer<User, Instant> onRemoval;

    /** No users yet, and nothing else that goes with one. */
    public FakeUserStore() {
        this((user, time) -> {});
    }

    /** No users yet. */
    public FakeUserStore(BiConsumer<User, Instant> onRemoval) {
        this.onRemoval = onRemoval;
    }

    @Override
    public synchronized Optional<User> insert(User user) {
        String id = users.stream()
                .filter(known -> known.email().isPresent() && known.email().equals(user.email()))
                .findFirst()
                .map(User::id)
                .orElse(user.id());
        if (find(user.tenant(), id).isPresent()) {
            return Optional.empty();
        }
        User added = new User(
                id,
                user.kind(),
                user.tenant(),
                user.name(),
                user.email(),
                user.roles(),
                user.reach(),
                user.state(),
                user.came(),
                user.createdAt());
        users.add(added);
        return Optional.of(added);
    }

    @Override
    public synchronized Optional<User> find(Optional<TenantId> tenant, String id) {
        return users.stream()
                .filter(user -> user.tenant().equals(tenant) && user.id().equals(id))
                .findFirst();
    }

    @Override
    public synchronized Page<User> list(Optional<TenantId> tenant, Search search, PageRequest request) {
        return Page.of(
                users.stream()
                        .filter(user -> user.tenant().equals(tenant))
                        .filter(user -> search.finds(user.name(), user.email().orElse(""), user.id()))
                        .filter(user -> request.cursor()
                                .map(cursor -> user.id().compareTo(cursor) < 0)
                                .orElse(true))
                        .sorted(Comparator.comparing(User::id).reversed())
                        .limit(request.limit() + 1L)
                        .toList(),
                request.limit(),
                User::id);
    }

    @Override
    public synchronized List<User> memberships(String id) {
        return users.stream().filter(user -> user.id().equals(id)).toList();
    }

    @Override
    public synchronized Outcome replace(User old, User changed) {
        Outcome outcome = check(old, Optional.of(changed));
        if (outcome == Outcome.DONE) {
            users.set(users.indexOf(old), changed);
        }
        return outcome;
    }

    @Override
    public synchronized Outcome remove(User old, Instant time) {
        Outcome outcome = check(old, Optional.empty());
        if (outcome == Outcome.DONE) {
            users.remove(old);
            onRemoval.accept(old, time);
        }
        return outcome;
    }

    private Outcome check(User old, Optional<User> changed) {
        if (!users.contains(old)) {
            return Outcome.CHANGED;
        }
        boolean others = users.stream()
                .anyMatch(user -> owns(user)
                        && user.tenant().equals(old.tenant())
                        && !user.id().equals(old.id()));
        return owns(old) && !others && changed.filter(FakeUserStore::owns).isEmpty()
                ? Outcome.LAST_OWNER
                : Outcome.DONE;
    }

    private static boolean owns(User user) {
        return user.state() == User.State.ACTIVE && user.roles().contains("owner");
    }

    /** A user of that e-mail address, of whatever tenant. */
    public synchronized Optional<User> byEmail(String email) {
        return users.stream()
                .filter(user -> user.email().filter(email::equals).isPresent())
                .findFirst();
    }

    /** Whether somebody of that tenant has that role. */
    synchronized boolean has(Optional<TenantId> tenant, String role) {
        return users.stream()
                .anyMatch(user -> user.tenant().equals(tenant) && user.roles().contains(role));
    }
}
