package dev.agentos.retention;

import dev.agentos.tenancy.TenantId;
import java.util.Optional;

/**
 * Whose data is meant.
 *
 * @param tenant of that tenant
 * @param principal what that principal began, {@code key_…} as executions name it; empty for all of the tenant
 */
public record Whose(TenantId tenant, Optional<String> principal) {

    /** All of a tenant. */
    public static Whose of(TenantId tenant) {
        return new Whose(tenant, Optional.empty());
    }
}
