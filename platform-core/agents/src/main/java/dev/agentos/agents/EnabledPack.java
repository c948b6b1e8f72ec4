package dev.agentos.agents;

import dev.agentos.spi.JsonObject;
import java.time.Instant;

/**
 * A pack that a tenant uses.
 *
 * @param pack the id of the plugin
 * @param configuration what the tenant set; the pack's defaults hold for the rest
 * @param revision that of this state, which no earlier one had; the strong ETag of the resource
 * @param changedAt when it was enabled or last configured
 */
public record EnabledPack(String pack, JsonObject configuration, long revision, Instant changedAt) {}
