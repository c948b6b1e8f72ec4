package dev.agentos.tenancy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import dev.agentos.spi.AgentOsException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes, checks and revokes API keys. A key reads {@code aos_} and 32 random characters; only its SHA-256 digest is
 * kept, which suffices because 160 random bits cannot be guessed.
 */
public final class ApiKeys {

    /** How long a revoked key may still be accepted by a server that has just seen it. */
    private static final Duration REVOCATION_DELAY = Duration.ofMillis(500);

    private static final Duration LONGEST_OVERLAP = Duration.ofDays(30);

    /** How many characters of a key are kept, to tell keys apart. */
    private static final int SHOWN = 8;

    private final ApiKeyStore store;
    private final Ids ids;
    private final InstantSource clock;
    private final Users users;
    private final Map<String, Instant> uses = new ConcurrentHashMap<>();
    private final Cache<String, ApiKey> seen = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(REVOCATION_DELAY)
            .build();

    /** Keys kept in that store, of those users' service accounts among others. */
    public ApiKeys(ApiKeyStore store, Users users, Ids ids, InstantSource clock) {
        this.store = store;
        this.users = users;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * A key that was just made.
     *
     * @param key what is kept of it
     * @param secret the whole key; this is the only time that it can be read
     */
    public record Created(ApiKey key, String secret) {}

    /**
     * Makes a key.
     *
     * @param tenant whose it is; empty for a platform administrator's
     * @param name for people, at most 200 characters
     * @param scopes what it may do
     * @param expiresAt when it ends by itself, in the future
     * @throws AgentOsException {@code tenancy:UNKNOWN_SCOPE} if a tenant's key asks for a platform scope,
     *     {@code server:INVALID_FIELD} if it would have expired already
     */
    public Created create(Optional<TenantId> tenant, String name, Set<Scope> scopes, Optional<Instant> expiresAt) {
        return create(tenant, name, scopes, expiresAt, Optional.empty());
    }

    /** The same, maybe of a service account, with all agents. */
    public Created create(
            Optional<TenantId> tenant,
            String name,
            Set<Scope> scopes,
            Optional<Instant> expiresAt,
            Optional<String> user) {
        return create(tenant, name, scopes, Reach.ALL, expiresAt, user);
    }

    /** The same; who makes it is not known. */
    public Created create(
            Optional<TenantId> tenant,
            String name,
            Set<Scope> scopes,
            Reach reach,
            Optional<Instant> expiresAt,
            Optional<String> user) {
        return create(Optional.empty(), tenant, name, scopes, reach, expiresAt, user);
    }

    /**
     * Makes a key, maybe of a service account: then it can do at most what that one may at the time, and ends with it.
     *
     * @param by who makes it, and sees it: so they must be able to be who the account is
     * @param reach with which agents and graphs it may do it; confined, it holds only scopes that can be
     * @param user the id of a service account of the tenant
     * @throws AgentOsException as above, {@code tenancy:UNKNOWN_USER} when there is no such service account, and
     *     {@code tenancy:SCOPE_MISSING} or {@code tenancy:OUT_OF_REACH} when the account is more than whoever makes it
     */
    public Created create(
            Principal by,
            Optional<TenantId> tenant,
            String name,
            Set<Scope> scopes,
            Reach reach,
            Optional<Instant> expiresAt,
            Optional<String> user) {
        user.ifPresent(account -> requireToBe(by, requireService(tenant, account)));
        return create(Optional.of(by.id()), tenant, name, scopes, reach, expiresAt, user);
    }

    private Created create(
            Optional<String> madeBy,
            Optional<TenantId> tenant,
            String name,
            Set<Scope> scopes,
            Reach reach,
            Optional<Instant> expiresAt,
            Optional<String> user) {
        user.ifPresent(account -> requireService(tenant, account));
        requireConfinable(tenant, scopes, reach);
        if (tenant.isPresent()) {
            scopes.stream().filter(Scope::platform).findFirst().ifPresent(scope -> {
                throw new AgentOsException(
                        TenancyErrorCode.UNKNOWN_SCOPE,
                        "A tenant's key cannot hold the platform scope '" + scope.word() + "'.",
                        "Leave it out, or use a platform administrator's key.");
            });
        }
        Instant now = clock.instant();
        if (expiresAt.filter(end -> !end.isAfter(now)).isPresent()) {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/expiresAt",
                    "The time at which the key is to expire is over.",
                    "Name a later one, or none.");
        }
        String secret = "aos_" + ids.secret();
        String id = ids.next("key");
        ApiKey key = new ApiKey(
                id,
                tenant,
                name,
                secret.substring(0, SHOWN),
                scopes,
                reach,
                now,
                expiresAt,
                Optional.empty(),
                user,
                Optional.empty(),
                id,
                madeBy);
        store.insert(key, digest(secret));
        return new Created(key, secret);
    }

    private static void requireConfinable(Optional<TenantId> tenant, Set<Scope> scopes, Reach reach) {
        if (reach.all()) {
            return;
        }
        Confinement.requireTenant(tenant);
        scopes.stream().filter(scope -> !scope.confinable()).findFirst().ifPresent(scope -> {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/scopes",
                    "The scope '" + scope.word() + "' is about the tenant as a whole and cannot be confined to agents.",
                    "Leave it out, or make another key for it.");
        });
    }

    private User requireService(Optional<TenantId> tenant, String id) {
        User account = users.require(tenant, id);
        if (account.kind() != User.Kind.SERVICE) {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/user",
                    "The user '" + id + "' is a person, and keys belong to service accounts.",
                    "Make a service account, or leave the user out.");
        }
        return account;
    }

    /**
     * Whoever sees a key can be its account, with the account's roles and groups whatever scopes the key has: decisions
     * are left to these by name. Who may put anybody into roles and groups could do it with themselves.
     */
    private void requireToBe(Principal by, User account) {
        if (by.id().equals(account.id())) {
            return;
        }
        by.requireToPassOn(users.rights(account));
        Membership lent = users.membership(account);
        boolean among = by.tenant().equals(account.tenant())
                && by.membership().roles().containsAll(lent.roles())
                && by.membership().groups().containsAll(lent.groups());
        if (!among && !lent.equals(Membership.NONE)) {
            by.require(Scope.USERS_WRITE);
        }
    }

    /**
     * Makes a key like another one, which goes on for a while beside it. Both are one principal, behind which is
     * whoever made either.
     *
     * @param by who must hold all that the key holds, and be able to be the account that it belongs to
     * @param overlap how long the old key is still accepted, unless it ends before; at most 30 days
     * @throws AgentOsException {@code tenancy:UNKNOWN_KEY}, {@code tenancy:SCOPE_MISSING}, {@code tenancy:KEY_ENDED}
     *     when it has expired or was revoked, {@code server:INVALID_FIELD} for an overlap out of its range
     */
    public Created rotate(Principal by, Optional<TenantId> tenant, String id, Duration overlap) {
        if (overlap.isNegative() || overlap.compareTo(LONGEST_OVERLAP) > 0) {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/overlap",
                    "Two keys overlap for at most 30 days.",
                    "Name a duration from PT0S to P30D.");
        }
        ApiKey old = find(tenant, id)
                .orElseThrow(() -> new AgentOsException(
                        TenancyErrorCode.UNKNOWN_KEY,
                        "There is no API key '" + id + "'.",
                        "List the keys with GET /api/v1/api-keys."));
        by.requireToPassOn(old.rights());
        old.user().flatMap(account -> users.find(tenant, account)).ifPresent(account -> requireToBe(by, account));
        Instant now = clock.instant();
        String secret = "aos_" + ids.secret();
        ApiKey key = new ApiKey(
                ids.next("key"),
                tenant,
                old.name(),
                secret.substring(0, SHOWN),
                old.scopes(),
                old.reach(),
                now,
                old.expiresAt(),
                Optional.empty(),
                old.user(),
                Optional.empty(),
                old.principal(),
                Optional.of(by.id()));
        if (!old.usableAt(now) || !store.replace(key, digest(secret), id, now.plus(overlap))) {
            throw new AgentOsException(
                    TenancyErrorCode.KEY_ENDED,
                    "The API key '" + id + "' has expired or was revoked, and nothing follows on it.",
                    "Make a new key with POST /api/v1/api-keys.");
        }
        seen.asMap().values().removeIf(known -> known.id().equals(id));
        return new Created(key, secret);
    }

    /** The principal that a key stands for; empty when it is unknown, expired or revoked. */
    public Optional<Principal> authenticate(String secret) {
        String digest = digest(secret);
        ApiKey key = seen.getIfPresent(digest);
        if (key == null) {
            Optional<ApiKey> found = store.findByDigest(digest);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            key = found.get();
            seen.put(digest, key);
        }
        Instant now = clock.instant();
        if (!key.usableAt(now)) {
            return Optional.empty();
        }
        Optional<Principal> principal = principal(key);
        if (principal.isPresent()) {
            uses.put(key.id(), now);
        }
        return principal;
    }

    /** A service account's key stands for the account, and for no more than the account may do now. */
    private Optional<Principal> principal(ApiKey key) {
        if (key.user().isEmpty()) {
            return Optional.of(new Principal(key.principal(), key.name(), key.tenant(), key.rights(), Membership.NONE));
        }
        return users.principal(key.tenant(), key.user().get()).map(account -> account.limitedTo(key.rights()));
    }

    /**
     * Whom the key of that id, and those that were rotated from it or before it, stand for now, with all that any of
     * them may do; empty when the tenant has none such, or all have ended.
     */
    public Optional<Principal> principal(Optional<TenantId> tenant, String id) {
        Instant now = clock.instant();
        return store.ofOnePrincipal(tenant, id).stream()
                .filter(key -> key.usableAt(now))
                .flatMap(key -> principal(key).stream())
                .reduce(Principal::and);
    }

    /**
     * Who may be behind a principal: it, and whoever has seen one of its keys because they made it, or one of the keys
     * of those. A person has none.
     */
    public Set<String> behind(String principal) {
        return store.behind(principal);
    }

    /** What a key may do now: for a service account's, no more than the account may. */
    public Rights rights(ApiKey key) {
        if (!key.usableAt(clock.instant())) {
            return Rights.NONE;
        }
        return principal(key).map(Principal::rights).orElse(Rights.NONE);
    }

    /** Keeps when keys were last used; to be called now and then. */
    public void keepUses() {
        Map<String, Instant> times = new HashMap<>(uses);
        if (!times.isEmpty()) {
            store.used(times);
            times.forEach(uses::remove);
        }
    }

    /** Keys of one tenant, or of the platform when empty, that are found by name, prefix or id: newest first. */
    public Page<ApiKey> list(Optional<TenantId> tenant, Search search, PageRequest request) {
        return store.list(tenant, search, request);
    }

    /** The key of that id, if it is that tenant's. */
    public Optional<ApiKey> find(Optional<TenantId> tenant, String id) {
        return store.find(tenant, id);
    }

    /**
     * Revokes a key for somebody who holds all that it holds, or whose own it is: they made it, it stands for them, or
     * for the same as theirs.
     *
     * @return false when there is none such
     * @throws AgentOsException {@code tenancy:SCOPE_MISSING} or {@code tenancy:OUT_OF_REACH}
     */
    public boolean revoke(Principal by, Optional<TenantId> tenant, String id) {
        find(tenant, id)
                .filter(key -> !key.user().orElse(key.principal()).equals(by.id()))
                .filter(key -> !key.madeBy().equals(Optional.of(by.id())))
                .ifPresent(key -> by.requireToPassOn(key.rights()));
        return revoke(tenant, id);
    }

    /**
     * Passes for whoever may remove a principal of a tenant with all of its keys: who holds what it holds, as a user or
     * by keys that are good, or is it. Who is gone holds nothing.
     *
     * @param id of a user or of a key, or what an execution shows as begun by it
     * @throws AgentOsException {@code tenancy:SCOPE_MISSING} or {@code tenancy:OUT_OF_REACH}
     */
    public void requireToRemove(Principal by, TenantId tenant, String id) {
        if (by.id().equals(id)) {
            return;
        }
        Optional<TenantId> own = Optional.of(tenant);
        Instant now = clock.instant();
        Rights held = users.find(own, id).map(users::rights).orElse(Rights.NONE);
        for (ApiKey key : store.ofOnePrincipal(own, id)) {
            if (key.usableAt(now) && !key.user().equals(Optional.of(by.id()))) {
                held = held.and(key.rights());
            }
        }
        by.requireToPassOn(held);
    }

    /** Revokes a key; false when there is none such. Every server refuses it within half a second. */
    public boolean revoke(Optional<TenantId> tenant, String id) {
        boolean revoked = store.revoke(tenant, id, clock.instant());
        seen.asMap().values().removeIf(key -> key.id().equals(id));
        return revoked;
    }

    private static String digest(String secret) {
        return Digests.sha256(secret.getBytes(StandardCharsets.UTF_8));
    }
}
