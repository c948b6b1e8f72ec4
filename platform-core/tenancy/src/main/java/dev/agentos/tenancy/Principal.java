package dev.agentos.tenancy;

import dev.agentos.spi.AgentOsException;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/**
 * Who makes a call.
 *
 * @param id of the credential's owner, as in {@code key_…}
 * @param name for people and logs
 * @param tenant the tenant it belongs to; empty for a platform administrator, who may act for any
 * @param rights what it may do, and with which agents
 * @param membership by which roles and groups it may; none for a key that stands by itself
 */
public record Principal(String id, String name, Optional<TenantId> tenant, Rights rights, Membership membership) {

    /** One that has neither roles nor groups, and all agents. */
    public Principal(String id, String name, Optional<TenantId> tenant, Set<Scope> scopes) {
        this(id, name, tenant, Rights.of(scopes), Membership.NONE);
    }

    /** What it may do, whatever it is about. */
    public Set<Scope> scopes() {
        return rights.scopes();
    }

    /** Which agents and graphs it may use for what needs all of those scopes. */
    public Reach reach(Collection<Scope> needed) {
        return needed.stream().map(rights::reach).reduce(Reach.ALL, Reach::and);
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
        if (!scopes().contains(scope)) {
            throw new AgentOsException(
                    TenancyErrorCode.SCOPE_MISSING,
                    "The credential does not hold the scope '" + scope.word() + "'.",
                    "Use a key with that scope; POST /api/v1/api-keys makes one.");
        }
    }

    /**
     * Passes when it holds all of those scopes itself, with all agents: nobody gives away, or takes from others, more
     * than they have.
     *
     * @throws AgentOsException as {@link #requireToPassOn(Rights)}
     */
    public void requireToPassOn(Set<Scope> others) {
        requireToPassOn(Rights.of(others));
    }

    /**
     * Passes when it has all of those rights itself.
     *
     * @throws AgentOsException {@code tenancy:SCOPE_MISSING}, naming the first that it lacks, or
     *     {@code tenancy:OUT_OF_REACH} when it has that one with fewer agents only
     */
    public void requireToPassOn(Rights others) {
        Set<Scope> lacking = rights.lacking(others);
        lacking.stream().filter(scope -> !scopes().contains(scope)).findFirst().ifPresent(scope -> {
            throw new AgentOsException(
                    TenancyErrorCode.SCOPE_MISSING,
                    "The credential does not hold the scope '" + scope.word() + "' and cannot pass it on.",
                    "Use a credential that holds it, or leave it out where the request names it.");
        });
        lacking.stream().findFirst().ifPresent(scope -> {
            throw new AgentOsException(
                    TenancyErrorCode.OUT_OF_REACH,
                    "The credential holds the scope '" + scope.word() + "' for "
                            + String.join(", ", rights.reach(scope).names().orElseThrow())
                            + " only, and cannot pass it on for more.",
                    "Name some of those in 'agents', or use a credential that is not confined.");
        });
    }

    /** The same with the rights of another credential of its own. */
    Principal and(Principal other) {
        return new Principal(id, name, tenant, rights.and(other.rights), membership);
    }

    /** The same with those of its rights that are among the others. */
    public Principal limitedTo(Rights others) {
        return new Principal(id, name, tenant, rights.limitedTo(others), membership);
    }
}
