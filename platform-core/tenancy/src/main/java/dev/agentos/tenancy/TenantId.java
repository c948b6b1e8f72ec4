package dev.agentos.tenancy;

/**
 * The id of a tenant.
 *
 * @param value {@code tnt_…}
 */
public record TenantId(String value) {

    @Override
    public String toString() {
        return value;
    }
}
