package dev.agentos.tenancy;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Who makes a call.
 *
 * @param id of the credential's owner, as in {@code key_…}
 * @param name for people and logs
 * @param tenant the tenant it belongs to; empty for a platform administrator, who may act for any
 * @param scopes what it may do
 */
public record Principal(String id, String name, Optional<TenantId> tenant, Set<Scope> scopes) {
    public Principal {
        scopes = scopes.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(scopes));
    }

    /** Whether it administers the platform rather than belonging to one tenant. */
    public boolean platform() {
        return tenant.isEmpty();
    }
}
