package dev.agentos.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.User;
import dev.agentos.tenancy.Users;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The browsers in which people have logged in. The secret of one is 160 random bits, which are in its cookie alone; it
 * is another one whenever what it stands for changes.
 */
public final class Logins {

    /** How long a login lasts without being used. */
    public static final Duration IDLE = Duration.ofMinutes(30);

    /** How long a login lasts. */
    public static final Duration LONGEST = Duration.ofHours(12);

    /** How long a server may still take a login for what it was. */
    private static final Duration DELAY = Duration.ofMillis(500);

    private static final int MOST_OF_A_PERSON = 20;

    private final LoginStore store;
    private final Users users;
    private final Ids ids;
    private final InstantSource clock;
    private final Map<String, Instant> uses = new ConcurrentHashMap<>();
    private final Cache<String, Optional<Login>> seen =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(DELAY).build();

    /** Logins kept in that store, of those users. */
    public Logins(LoginStore store, Users users, Ids ids, InstantSource clock) {
        this.store = store;
        this.users = users;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * A login that has just begun.
     *
     * @param login what is kept of it
     * @param secret what the cookie holds; this is the only time that it can be read
     */
    public record Begun(Login login, String secret) {

        @Override
        public String toString() {
            return login.toString();
        }
    }

    /** A login, and whom it stands for now. */
    public record Active(Login login, Principal principal) {}

    /** Begins a login of a person as a member of a tenant, or of the platform when empty. */
    public Begun begin(String user, Optional<TenantId> tenant) {
        return begin(user, tenant, Optional.empty()).orElseThrow();
    }

    /**
     * The same by a password.
     *
     * @param password its hash, as it was when the person proved that they know it
     * @return empty when they have another one meanwhile
     */
    Optional<Begun> begin(String user, Optional<TenantId> tenant, String password) {
        return begin(user, tenant, Optional.of(password));
    }

    private Optional<Begun> begin(String user, Optional<TenantId> tenant, Optional<String> password) {
        Instant now = now();
        Begun begun = made(user, tenant, now, now.plus(LONGEST));
        boolean added = store.insert(begun.login(), digest(begun.secret()), MOST_OF_A_PERSON, password);
        return added ? Optional.of(begun) : Optional.empty();
    }

    private Begun made(String user, Optional<TenantId> tenant, Instant createdAt, Instant endsAt) {
        return new Begun(new Login(ids.next("lgn"), user, tenant, createdAt, endsAt, now()), ids.secret());
    }

    /**
     * Goes on as a member of another tenant, under another secret and until the same end.
     *
     * @throws AgentOsException {@code identity:UNKNOWN_LOGIN} when the person is no active member there, or the login
     *     has ended, which another server may not know yet
     */
    public Begun switchTo(Login login, Optional<TenantId> tenant) {
        if (memberships(login.user()).stream().noneMatch(user -> user.tenant().equals(tenant))) {
            throw new AgentOsException(
                    IdentityErrorCode.UNKNOWN_LOGIN,
                    "You are no member there.",
                    "GET /api/v1/login lists where you are one.");
        }
        Begun begun = made(login.user(), tenant, login.createdAt(), login.endsAt());
        boolean replaced = store.replace(login.id(), begun.login(), digest(begun.secret()));
        forget(known -> known.id().equals(login.id()));
        if (!replaced) {
            throw new AgentOsException(
                    IdentityErrorCode.UNKNOWN_LOGIN, "The login has ended.", "Log in by POST /api/v1/login.");
        }
        return begun;
    }

    /** Of what a person is an active member: the platform first. */
    public List<User> memberships(String user) {
        return users.memberships(user).stream()
                .filter(membership -> membership.state() == User.State.ACTIVE)
                .toList();
    }

    /** The login of that secret, and whom it stands for; empty when it has ended or its person is refused. */
    public Optional<Active> authenticate(String secret) {
        Optional<Login> known = seen.get(digest(secret), store::find);
        Instant now = now();
        if (known.isEmpty() || !usable(known.get(), now)) {
            return Optional.empty();
        }
        Login login = known.get();
        Optional<Principal> principal = users.principal(login.tenant(), login.user());
        if (principal.isPresent()) {
            uses.put(login.id(), now);
        }
        return principal.map(one -> new Active(login, one));
    }

    private boolean usable(Login login, Instant now) {
        Instant here = uses.getOrDefault(login.id(), login.seenAt());
        Instant used = here.isAfter(login.seenAt()) ? here : login.seenAt();
        return now.isBefore(login.endsAt()) && now.isBefore(used.plus(IDLE));
    }

    /** Ends a login; every server refuses it within half a second. */
    public void end(Login login) {
        store.remove(login.id());
        forget(known -> known.id().equals(login.id()));
    }

    /** Ends all logins of a person. */
    public void endAllOf(String user) {
        store.removeAllOf(user);
        forget(known -> known.user().equals(user));
    }

    /** Ends the logins of a person by which they act for that tenant, or without one for the platform. */
    public void endAllOf(String user, Optional<TenantId> tenant) {
        store.removeAllOf(user, tenant);
        forget(known -> known.user().equals(user) && known.tenant().equals(tenant));
    }

    private void forget(Predicate<Login> which) {
        seen.asMap().values().removeIf(known -> known.filter(which).isPresent());
    }

    /**
     * What a page must send along to change something: it follows from the secret, which no other site's page can read.
     */
    public static String token(String secret) {
        return Digests.sha256(("request of " + secret).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether a page has sent the token of that secret. */
    public static boolean tokenMatches(String secret, String token) {
        return MessageDigest.isEqual(
                token(secret).getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }

    /** Keeps when logins were last used and removes what has ended; to be called each half minute or so. */
    public void keepUses() {
        Map<String, Instant> times = new HashMap<>(uses);
        if (!times.isEmpty()) {
            store.used(times);
            // What is known here does not say yet what the store does now.
            seen.invalidateAll();
            times.forEach(uses::remove);
        }
        store.removeEnded(now(), now().minus(IDLE));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static String digest(String secret) {
        return Digests.sha256(secret.getBytes(StandardCharsets.UTF_8));
    }
}
