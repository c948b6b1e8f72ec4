package dev.agentos.policy;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is about to be done.
 *
 * @param point where it is asked
 * @param tenant for whom; empty for the platform itself
 * @param names what rules can be confined to, as in {@code tool: mail.send}
 * @param values of the point's own variables; asked for only when a rule wants to know
 */
public record PolicyQuestion(
        PolicyPoint point, Optional<TenantId> tenant, Map<String, String> names, Supplier<JsonObject> values) {}
