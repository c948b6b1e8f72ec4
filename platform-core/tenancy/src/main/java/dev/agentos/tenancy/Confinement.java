package dev.agentos.tenancy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import java.util.Optional;
import java.util.Set;

/** Who can be confined to some agents. */
final class Confinement {

    private Confinement() {}

    /** Passes unless an owner, or somebody of the platform, would be confined. */
    static void require(Optional<TenantId> tenant, Set<String> roles, Reach reach) {
        if (reach.all()) {
            return;
        }
        requireTenant(tenant);
        if (roles.contains(BuiltInRole.OWNER.word())) {
            throw invalid(
                    "An owner answers for the tenant as a whole and cannot be confined to agents.",
                    "Give another role, or leave 'agents' out.");
        }
    }

    /** Passes for a tenant's, since agents are of tenants. */
    static void requireTenant(Optional<TenantId> tenant) {
        if (tenant.isEmpty()) {
            throw invalid(
                    "Agents are of tenants, and an administrator of the platform cannot be confined to some.",
                    "Name the tenant in the header AgentOS-Tenant, or leave 'agents' out.");
        }
    }

    private static InvalidInputException invalid(String message, String action) {
        return InvalidInputException.of(KernelErrorCode.INVALID_FIELD, "/agents", message, action);
    }
}
