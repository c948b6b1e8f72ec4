package dev.agentos.server.metrics;

import dev.agentos.metrics.ServerMetrics;
import dev.agentos.quotas.QuotaMeter;

/**
 * Counts what quotas do.
 *
 * @param metrics where
 */
public record QuotaMetrics(ServerMetrics metrics) implements QuotaMeter {

    @Override
    public void warned() {
        metrics.count("agentos.quotas.warnings", 1);
    }

    @Override
    public void refused(String scope) {
        metrics.count("agentos.quotas.refusals", 1, "scope", scope);
    }
}
