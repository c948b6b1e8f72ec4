package dev.agentos.identity;

import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;

/** Logins in memory. */
public final class FakeLoginStore implements LoginStore {

    private record Attempts(int count, Instant last, Instant closedTo) {}

    final Map<String, Login> byDigest = new LinkedHashMap<>();
    private final Map<String, Attempts> attempts = new HashMap<>();
    /** Whether the password of a user still has that hash. */
    BiPredicate<String, String> passwords = (user, hash) -> true;

    @Override
    public boolean insert(Login login, String digest, int most, Optional<String> password) {
        if (password.filter(checked -> !passwords.test(login.user(), checked)).isPresent()) {
            return false;
        }
        add(login, digest, most);
        return true;
    }

    @Override
    public synchronized boolean replace(String id, Login login, String digest) {
        boolean there = byDigest.values().removeIf(known -> known.id().equals(id));
        if (there) {
            byDigest.put(digest, login);
        }
        return there;
    }

    private synchronized void add(Login login, String digest, int most) {
        byDigest.put(digest, login);
        List<Login> beyond = byDigest.values().stream()
                .filter(other -> other.user().equals(login.user()))
                .sorted(Comparator.comparing(Login::id).reversed())
                .skip(most)
                .toList();
        byDigest.values().removeAll(beyond);
    }

    @Override
    public synchronized Optional<Login> find(String digest) {
        return Optional.ofNullable(byDigest.get(digest));
    }

    @Override
    public synchronized void remove(String id) {
        byDigest.values().removeIf(login -> login.id().equals(id));
    }

    @Override
    public synchronized void removeAllOf(String user) {
        byDigest.values().removeIf(login -> login.user().equals(user));
    }

    @Override
    public synchronized void removeAllOf(String user, Optional<TenantId> tenant) {
        byDigest.values()
                .removeIf(login -> login.user().equals(user) && login.tenant().equals(tenant));
    }

    @Override
    public synchronized void used(Map<String, Instant> times) {
        byDigest.replaceAll((digest, login) -> times.containsKey(login.id())
                ? new Login(
                        login.id(),
                        login.user(),
                        login.tenant(),
                        login.createdAt(),
                        login.endsAt(),
                        times.get(login.id()))
                : login);
    }

    @Override
    public synchronized void removeEnded(Instant now, Instant unusedSince) {
        byDigest.values()
                .removeIf(
                        login -> login.endsAt().isBefore(now) || login.seenAt().isBefore(unusedSince));
    }

    @Override
    public synchronized Duration attempt(String subject, Instant now, Terms terms) {
        Attempts old = attempts.getOrDefault(subject, new Attempts(0, now, now));
        if (old.closedTo().isAfter(now)) {
            return Duration.between(now, old.closedTo());
        }
        int count = old.last().plus(terms.memory()).isBefore(now) ? 1 : old.count() + 1;
        attempts.put(subject, new Attempts(count, now, now.plus(terms.waitAfter(count))));
        return Duration.ZERO;
    }

    @Override
    public synchronized void forgive(String subject, boolean all) {
        attempts.computeIfPresent(
                subject, (name, old) -> new Attempts(all ? 0 : Math.max(0, old.count() - 1), old.last(), old.last()));
    }
}
