package dev.agentos.tenancy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What somebody may do now, of whom only the id was kept: an execution goes on for days, and whoever began it may have
 * lost the right meanwhile. What is known is at most three quarters of a second old; while the database is away nobody
 * can be revoked either, and what was known before holds.
 */
public final class Principals {

    private static final Duration DELAY = Duration.ofMillis(250);
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final ApiKeys keys;
    private final Users users;
    private final Subjects subjects;
    private final Cache<Key, Principal> seen =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(DELAY).build();
    private final Cache<Key, Principal> remembered = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(REMEMBERED)
            .build();

    private record Key(TenantId tenant, String id) {}

    /** Those whom these keys and users stand for, and no subject of an identity provider. */
    public Principals(ApiKeys keys, Users users) {
        this(keys, users, Subjects.NONE);
    }

    /** Those whom these keys and users stand for, and the subjects that are users. */
    public Principals(ApiKeys keys, Users users, Subjects subjects) {
        this.subjects = subjects;
        this.keys = keys;
        this.users = users;
    }

    /**
     * Passes when whoever began an execution could begin it now. Of somebody who came with a token of an identity
     * provider and is no user of the tenant, nothing is known here but what the token said, and the token has ended
     * long since: such a one passes.
     *
     * @param tenant whose execution it is; an administrator of the platform may have begun it too
     * @param id of who began it
     * @param within whether what is executed is still within their reach
     * @throws AgentOsException {@code tenancy:STARTER_REVOKED}
     */
    public void requireStarter(TenantId tenant, String id, Predicate<Reach> within) {
        if (find(new Key(tenant, id))
                .filter(principal -> principal.scopes().contains(Scope.EXECUTIONS_WRITE)
                        && within.test(principal.rights().reach(Scope.EXECUTIONS_WRITE)))
                .isEmpty()) {
            throw new AgentOsException(
                    TenancyErrorCode.STARTER_REVOKED,
                    "'" + id + "', who began the execution, was revoked or may not start executions like it any"
                            + " more.",
                    "Let somebody who may start it again: POST /api/v1/executions/{id}/fork goes on from where it"
                            + " was.");
        }
    }

    /**
     * In which roles and groups of the tenant somebody is now; in none who is not of the tenant, whose roles are other
     * ones of the same names, and who has been revoked.
     */
    public Membership membership(TenantId tenant, String id) {
        return find(new Key(tenant, id))
                .filter(principal -> principal.tenant().equals(Optional.of(tenant)))
                .map(Principal::membership)
                .orElse(Membership.NONE);
    }

    /**
     * The ids of all who may be behind the principal of that id: itself, and whoever has made one of its keys, or of
     * theirs. Subjects of an identity provider that are users here stand as those.
     */
    public Set<String> behind(String id) {
        return keys.behind(id).stream().map(subjects::person).collect(Collectors.toSet());
    }

    private Optional<Principal> find(Key key) {
        Optional<Principal> known = Optional.ofNullable(seen.getIfPresent(key));
        if (known.isPresent()) {
            return known;
        }
        Optional<Principal> found;
        try {
            found = in(Optional.of(key.tenant()), key.id()).or(() -> in(Optional.empty(), key.id()));
        } catch (AgentOsException e) {
            Optional<Principal> before = Optional.ofNullable(remembered.getIfPresent(key));
            if (before.isEmpty() || !e.errorCode().equals(KernelErrorCode.DATABASE_UNAVAILABLE)) {
                throw e;
            }
            return before;
        }
        found.ifPresentOrElse(
                principal -> {
                    seen.put(key, principal);
                    remembered.put(key, principal);
                },
                () -> remembered.invalidate(key));
        return found;
    }

    private Optional<Principal> in(Optional<TenantId> tenant, String id) {
        if (id.startsWith("key_")) {
            return keys.principal(tenant, id);
        }
        if (id.startsWith(Subjects.PREFIX)) {
            Optional<String> user =
                    subjects.userOf(id).filter(one -> users.find(tenant, one).isPresent());
            // No token stands for an administrator of the platform.
            return user.isPresent() ? users.principal(tenant, user.get()) : tenant.map(one -> passing(tenant, id));
        }
        return users.principal(tenant, id);
    }

    private static Principal passing(Optional<TenantId> tenant, String subject) {
        return new Principal(subject, subject, tenant, Set.of(Scope.EXECUTIONS_WRITE));
    }
}
