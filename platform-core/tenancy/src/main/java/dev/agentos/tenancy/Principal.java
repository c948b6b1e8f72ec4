package dev.agentos.tenancy;

import dev.agentos.spi.AgentOsException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who makes a call.
 *
 * @param id of the credential's owner, as in {@code key_…}
 * @param name for people and logs
 * @param tenant the tenant it belongs to; empty for a platform administrator, who may act for any
 * @param scopes what it may do
 * @param membership by which roles and groups it may; none for a key that stands by itself
 */
public record Principal(String id, String name, Optional<TenantId> tenant, Set<Scope> scopes, Membership membership) {
    public Principal {
        scopes = scopes.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(scopes));
    }

    /** One that has neither roles nor groups. */
    public Principal(String id, String name, Optional<TenantId> tenant, Set<Scope> scopes) {
        this(id, name, tenant, scopes, Membership.NONE);
    }

    /**
     * Whether it is meant.
     *
     * @param whom {@code role:NAME}, {@code group:NAME}, or an id
     */
    public boolean isAmong(String whom) {
        int colon = whom.indexOf(':');
        String name = whom.substring(colon + 1);
        return switch (colon < 0 ? "" : whom.substring(0, colon)) {
            case "" -> id.equals(whom);
            case "role" -> membership.roles().contains(name);
            case "group" -> membership.groups().contains(name);
            default -> false;
        };
    }

    /** Whether it administers the platform rather than belonging to one tenant. */
    public boolean platform() {
        return tenant.isEmpty();
    }

    /**
     * Passes when it holds the scope.
     *
     * @throws AgentOsException {@code tenancy:SCOPE_MISSING}
     */
    public void require(Scope scope) {
        if (!scopes.contains(scope)) {
            throw new AgentOsException(
                    TenancyErrorCode.SCOPE_MISSING,
                    "The credential does not hold the scope '" + scope.word() + "'.",
                    "Use a key with that scope; POST /api/v1/api-keys makes one.");
        }
    }

    /**
     * Passes when it holds all of those scopes itself: nobody gives away, or takes from others, more than they have.
     *
     * @throws AgentOsException {@code tenancy:SCOPE_MISSING}, naming the first that it lacks
     */
    public void requireToPassOn(Set<Scope> others) {
        others.stream().filter(scope -> !scopes.contains(scope)).findFirst().ifPresent(scope -> {
            throw new AgentOsException(
                    TenancyErrorCode.SCOPE_MISSING,
                    "The credential does not hold the scope '" + scope.word() + "' and cannot pass it on.",
                    "Leave it out, or use a credential that holds it.");
        });
    }

    /** The same with the scopes of another credential of its own. */
    Principal and(Principal other) {
        Set<Scope> both = EnumSet.noneOf(Scope.class);
        both.addAll(scopes);
        both.addAll(other.scopes);
        return new Principal(id, name, tenant, both, membership);
    }

    /** The same with those of its scopes that are among the others. */
    public Principal limitedTo(Set<Scope> others) {
        return new Principal(
                id, name, tenant, scopes.stream().filter(others::contains).collect(Collectors.toSet()), membership);
    }
}
