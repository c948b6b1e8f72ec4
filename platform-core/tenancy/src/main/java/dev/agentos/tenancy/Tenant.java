package dev.agentos.tenancy;

import java.time.Instant;

/**
 * The boundary of isolation and billing.
 *
 * @param id {@code tnt_…}
 * @param name unique on the server: lower-case letters, digits and hyphens
 * @param createdAt when it was made
 */
public record Tenant(TenantId id, String name, Instant createdAt) {}
