package dev.agentos.stores;

import java.util.List;

/**
 * All tables with rows of tenants, in the order in which they are emptied. A test compares it with the database: a
 * table or a column that is not named here, or is named and not there, fails the build.
 */
public final class TenantTables {

    /** Sessions in which nobody else has begun an execution go with their principal; others' words stay. */
    private static final String OWN_SESSION = """
        EXISTS (SELECT FROM executions e WHERE e.tenant_id = t.tenant_id AND e.session = %1$s
                   AND e.started_by = :principal)
        AND NOT EXISTS (SELECT FROM executions e WHERE e.tenant_id = t.tenant_id AND e.session = %1$s
                   AND e.started_by IS DISTINCT FROM :principal)\
        """;

    private static final String OWN_EXECUTION =
            "t.started_by = :principal AND (t.session IS NULL OR (" + OWN_SESSION.formatted("t.session") + "))";

    private static final String TOLD =
            "EXISTS (SELECT FROM executions e WHERE e.tenant_id = t.tenant_id AND e.id = t.execution"
                    + " AND e.started_by = :principal)";

    private static final String CHECKED =
            "EXISTS (SELECT FROM executions e WHERE e.tenant_id = t.tenant_id AND e.id = t.execution_id"
                    + " AND e.started_by = :principal)";

    /** All of them. */
    public static final List<TenantTable> ALL = List.of(
            // First, so that what is still somewhere of the values cannot be opened while the rest goes.
            TenantTable.of("redaction_tokens", "token", "token, detector, made_at")
                    .without("sealed", "it is encrypted; whoever may know the value asks for it by the token")
                    .without("data_key", "the server's own"),
            TenantTable.hidden("tenant_plugin_secrets", "secrets are never handed out"),
            TenantTable.hidden("webhook_secrets", "secrets are never handed out"),
            TenantTable.hidden("data_keys", "they open secrets"),
            TenantTable.hidden("tenant_export_parts", "they are exports themselves"),
            TenantTable.hidden("tenant_exports", "they are exports themselves")
                    .going("t.principal = :principal OR t.requested_by = :principal"),
            TenantTable.of(
                            "approvals",
                            "id",
                            "id, execution, effect, asked_digest, subject, arguments, rule, terms, started_by, state,"
                                    + " votes, assignee, agreed, agreed_digest, revision, created_at, expires_at,"
                                    + " decided_at, told_at, escalated, escalates_at")
                    .without("nonce", "who has it can decide")
                    .of("t.started_by = :principal")
                    .going("t.started_by = :principal"),
            TenantTable.of(
                            "model_usage",
                            "day, execution, model, agent, principal, currency",
                            "day, execution, model, agent, principal, currency, calls, estimated, input_tokens,"
                                    + " output_tokens, cost")
                    .of("t.principal = :principal"),
            TenantTable.hidden("idempotency_keys", "answers that are kept for a day, all of which are exported")
                    .going("t.principal = :principal"),
            // Before executions: which are a principal's own is told by those.
            TenantTable.of(
                            "gate_records",
                            "execution_id, id",
                            "id, execution_id, at, about, rule, mode, outcome, detail")
                    .of(CHECKED)
                    .going(CHECKED),
            TenantTable.of(
                            "webhook_deliveries",
                            "id",
                            "id, execution, url, state, attempts, next_at, attempted_at, status, failure, created_at")
                    .without("epoch", "the server's own")
                    .of(TOLD)
                    .going(TOLD),
            TenantTable.of(
                            "sessions",
                            "number",
                            "number, id, agent, graph_id, graph_version, base, state, heir, revision, previous_version,"
                                    + " previous_state, migrations, created_at, changed_at")
                    .of(OWN_SESSION.formatted("t.id"))
                    .going(OWN_SESSION.formatted("t.id")),
            TenantTable.of(
                            "executions",
                            "id",
                            "number, id, agent, graph_id, graph_version, configuration, priority, deadline, durability,"
                                    + " pauses, state, attempt, cancel_requested, failure, created_at, queued_at,"
                                    + " started_at, finished_at, crashes, due_at, origin, origin_checkpoint,"
                                    + " pause_requested, session, superseded, started_by, edited_by, max_supersteps")
                    .without("crash_step", "the server's own")
                    .without("lease_owner", "the server's own")
                    .without("lease_epoch", "the server's own")
                    .without("lease_until", "the server's own")
                    .of("t.started_by = :principal")
                    .going(OWN_EXECUTION),
            // Goes with executions; what is left is of those that were written to at the last moment.
            TenantTable.hidden("execution_log", "events, checkpoints and states are exported in its place"),
            TenantTable.of(
                    "graph_versions",
                    "graph_id, version",
                    "graph_id, version, name, origin, digest, definition, created_at, subgraphs"),
            TenantTable.of("graphs", "id", "id, name, origin, latest, deleted_at"),
            TenantTable.of("tenant_packs", "pack", "pack, configuration, revision, changed_at"),
            // Before what it counts: it goes with the last of that, too.
            TenantTable.hidden("plugin_state_sizes", "the server's own count"),
            TenantTable.of("plugin_state", "plugin, key", "plugin, key, value")
                    .without("bytes", "the server's own count"),
            TenantTable.of(
                    "tenant_plugins",
                    "plugin",
                    "plugin, enabled, configuration, concurrent_calls, revision, changed_at"),
            TenantTable.of("policies", "name, version", "name, version, document, changed_at, changed_by, note"),
            TenantTable.of(
                    "kill_switches",
                    "id",
                    "id, kind, name, platform, engaged_by, engaged_at, engaged_reason, lifted_by, lifted_at,"
                            + " lifted_reason"),
            TenantTable.hidden("budget_holds", "calls that run at this moment"),
            TenantTable.of(
                    "budget_grants", "approval", "approval, budget, bucket, execution, amount, granted_at, used_at"),
            TenantTable.of("budget_windows", "budget, bucket", "budget, bucket, spent, reserved, warned, granted"),
            TenantTable.of(
                    "budgets",
                    "name",
                    "name, scope, subject, amount, currency, period, warn_at, enforced, by_approval, revision,"
                            + " by_platform, changed_by, changed_at"),
            TenantTable.of("quota_windows", "quota, bucket", "quota, bucket, used, warned, began_on"),
            TenantTable.of(
                    "quotas",
                    "name",
                    "name, scope, subject, executions, period, warn_at, revision, by_platform, changed_by, changed_at"),
            TenantTable.of("concurrency_limits", "scope", "scope, running, queued, revision, changed_by, changed_at"),
            TenantTable.of("tenant_plans", "plan", "plan, given, withheld, revision, changed_by, changed_at"),
            TenantTable.of("tenant_weights", "weight", "weight, revision, changed_by, changed_at"),
            TenantTable.hidden("rate_windows", "requests of this moment"),
            TenantTable.hidden("rule_windows", "calls of this moment"),
            TenantTable.of("rate_limits", "scope", "scope, requests, duration, even, revision, changed_by, changed_at"),
            TenantTable.of("retention_rules", "kind", "kind, keep, revision, changed_by, changed_at"),
            TenantTable.hidden("logins", "browsers in which people are logged in at this moment")
                    .going("t.user_id = :principal"),
            TenantTable.hidden("invitations", "tokens that let people in").going("t.user_id = :principal"),
            TenantTable.of("subject_names", "id", "id, name, email, said_at")
                    .of("t.id = :principal")
                    .going("t.id = :principal OR t.id IN (SELECT id FROM subjects WHERE user_id = :principal)"),
            TenantTable.of("group_members", "user_id, group_name", "group_name, user_id")
                    .of("t.user_id = :principal")
                    .going("t.user_id = :principal"),
            TenantTable.of(
                            "memberships",
                            "user_id",
                            "user_id, kind, name, email, roles, agents, state, came, created_at")
                    .of("t.user_id = :principal")
                    .going("t.user_id = :principal"),
            TenantTable.of("groups", "name", "name, description, roles, agents, revision"),
            TenantTable.of("roles", "name", "name, description, scopes, revision"),
            TenantTable.of(
                            "api_keys",
                            "id",
                            "id, name, scopes, agents, created_at, expires_at, revoked_at, user_id, last_used_at,"
                                    + " principal, made_by")
                    .without("prefix", "a part of the key")
                    .without("digest", "who has it can look for the key")
                    .of("t.principal = :principal OR t.user_id = :principal"),
            TenantTable.hidden("audit_acts", "changes of this moment, whose records follow"),
            TenantTable.of("audit_records", "sequence", "sequence, entry, previous, hash")
                    .without("at", "the entry has it")
                    .without("actor", "the entry has it")
                    .without("action", "the entry has it")
                    .without("outcome", "the entry has it")
                    .of("t.actor = :principal")
                    .kept("they say what was done, by ids"),
            TenantTable.of("audit_checkpoints", "sequence, key", "sequence, hash, at, key, signature")
                    .kept("they prove the records"),
            TenantTable.hidden("audit_chains", "the last record has it").kept("they are the ends of the records"),
            TenantTable.of(
                            "erasures",
                            "id",
                            "id, tenant_name, principal, requested_by, requested_at, operation, counts, finished_at")
                    .without("owner", "the server's own")
                    .without("owned_until", "the server's own")
                    .of("t.principal = :principal")
                    .kept("they say that and when something was erased"));

    private TenantTables() {}

    static TenantTable of(String kind) {
        return ALL.stream()
                .filter(table -> table.kind().equals(kind))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no kind " + kind));
    }
}
