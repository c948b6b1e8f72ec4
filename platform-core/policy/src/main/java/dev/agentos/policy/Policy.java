package dev.agentos.policy;

import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Optional;

/**
 * One version of a policy; none ever changes.
 *
 * @param tenant whose it is; empty for the platform's, which binds all tenants
 * @param name unique among its owner's: lower-case letters, digits and hyphens
 * @param version from 1
 * @param document what it says; empty when this version says that the policy is no more
 * @param change how it came to be
 */
public record Policy(
        Optional<TenantId> tenant, String name, int version, Optional<PolicyDocument> document, Change change) {

    /**
     * How a version came to be.
     *
     * @param at when
     * @param by the id of the principal
     * @param note for people: why
     */
    public record Change(Instant at, String by, Optional<String> note) {}

    /** Whose it is, in a word. */
    public String owner() {
        return tenant.isPresent() ? "tenant" : "platform";
    }
}
