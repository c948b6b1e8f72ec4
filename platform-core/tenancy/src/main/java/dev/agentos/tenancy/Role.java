package dev.agentos.tenancy;

import dev.agentos.kernel.Revisions;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * A named set of scopes.
 *
 * @param tenant whose it is; empty for the platform's
 * @param name unique within the tenant: lower-case letters, digits and hyphens
 * @param description what it is for
 * @param scopes what its holders may do
 * @param builtIn whether it comes with the server and cannot be changed
 * @param revision the number of its state; of one that is to be set, the number of the state that it replaces
 */
public record Role(
        Optional<TenantId> tenant, String name, String description, Set<Scope> scopes, boolean builtIn, long revision) {

    /** One that is not kept yet. */
    public Role(Optional<TenantId> tenant, String name, String description, Set<Scope> scopes, boolean builtIn) {
        this(tenant, name, description, scopes, builtIn, Revisions.NONE);
    }

    public Role {
        scopes = scopes.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(scopes));
    }

    /** The same in its next state. */
    Role next() {
        return new Role(tenant, name, description, scopes, builtIn, Revisions.after(revision));
    }
}
