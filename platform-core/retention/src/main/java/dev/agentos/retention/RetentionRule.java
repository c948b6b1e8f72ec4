package dev.agentos.retention;

import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How long something is kept once it is over.
 *
 * @param tenant whose; empty for the longest that the platform allows
 * @param kind of what
 * @param keep for how long, in whole seconds
 * @param by the id of the principal that said so
 * @param at when
 * @param revision the number of its state
 */
public record RetentionRule(
        Optional<TenantId> tenant, RetentionKind kind, Duration keep, String by, Instant at, long revision) {}
