package dev.agentos.tenancy;

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
 */
public record Role(Optional<TenantId> tenant, String name, String description, Set<Scope> scopes, boolean builtIn) {
    public Role {
        scopes = scopes.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(scopes));
    }
}
