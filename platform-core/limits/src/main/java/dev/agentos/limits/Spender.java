package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;
import java.util.Optional;

/**
 * On whose account a model is called.
 *
 * @param tenant that pays
 * @param principal the id of the principal that began it; empty when nobody is known
 * @param agent {@code pack/agent}; empty when a graph of no agent calls
 * @param execution that calls; empty outside one
 */
public record Spender(
        TenantId tenant, Optional<String> principal, Optional<String> agent, Optional<String> execution) {}
