package dev.agentos.tenancy;

import java.util.Arrays;
import java.util.Optional;

/** What a credential may do in the API. */
public enum Scope {
    EXECUTIONS_READ("executions:read", false),
    EXECUTIONS_WRITE("executions:write", false),
    AGENTS_READ("agents:read", false),
    GRAPHS_READ("graphs:read", false),
    GRAPHS_WRITE("graphs:write", false),
    PACKS_READ("packs:read", false),
    PACKS_WRITE("packs:write", false),
    API_KEYS_READ("api-keys:read", false),
    API_KEYS_WRITE("api-keys:write", false),
    USERS_READ("users:read", false),
    USERS_WRITE("users:write", false),
    ROLES_READ("roles:read", false),
    ROLES_WRITE("roles:write", false),
    MARKETPLACE_READ("marketplace:read", false),
    POLICIES_READ("policies:read", false),
    POLICIES_WRITE("policies:write", false),
    APPROVALS_READ("approvals:read", false),
    APPROVALS_DECIDE("approvals:decide", false),
    KILL_SWITCHES_READ("kill-switches:read", false),
    KILL_SWITCHES_WRITE("kill-switches:write", false),
    AUDIT_READ("audit:read", false),
    BUDGETS_READ("budgets:read", false),
    BUDGETS_WRITE("budgets:write", false),
    USAGE_READ("usage:read", false),
    REDACTIONS_REVEAL("redactions:reveal", false),
    LIMITS_READ("limits:read", false),
    DATA_EXPORT("data:export", false),
    DATA_ERASE("data:erase", false),
    RETENTION_READ("retention:read", false),
    RETENTION_WRITE("retention:write", false),
    WEBHOOKS_READ("webhooks:read", false),
    WEBHOOKS_WRITE("webhooks:write", false),
    LIMITS_WRITE("limits:write", true),
    PRICES_READ("prices:read", true),
    PRICES_WRITE("prices:write", true),
    PLUGINS_READ("plugins:read", true),
    PLUGINS_WRITE("plugins:write", true),
    OPERATIONS_READ("operations:read", true),
    OPERATIONS_WRITE("operations:write", true),
    SECRETS_KEYS_READ("secrets-keys:read", true),
    SECRETS_KEYS_WRITE("secrets-keys:write", true),
    METRICS_READ("metrics:read", true),
    TENANTS_READ("tenants:read", true),
    TENANTS_WRITE("tenants:write", true);

    private final String word;
    private final boolean platform;

    Scope(String word, boolean platform) {
        this.word = word;
        this.platform = platform;
    }

    /** The scope of that word. */
    public static Optional<Scope> ofWord(String word) {
        return Arrays.stream(values()).filter(scope -> scope.word.equals(word)).findFirst();
    }

    /** How the API writes it. */
    public String word() {
        return word;
    }

    /**
     * Whether it can be confined to some agents and graphs. The others are about a tenant as a whole: its rules, its
     * records, what it spends. API keys can be made by whoever is confined, since nobody passes on more than they have.
     */
    public boolean confinable() {
        return switch (this) {
            case EXECUTIONS_READ,
                    EXECUTIONS_WRITE,
                    AGENTS_READ,
                    GRAPHS_READ,
                    GRAPHS_WRITE,
                    APPROVALS_READ,
                    APPROVALS_DECIDE,
                    API_KEYS_READ,
                    API_KEYS_WRITE -> true;
            default -> false;
        };
    }

    /** Whether only a platform administrator's credential can hold it. */
    public boolean platform() {
        return platform;
    }
}
