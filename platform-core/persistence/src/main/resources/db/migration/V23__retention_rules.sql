-- How long what is over is kept. A rule without a tenant is the platform's: the longest for all.
CREATE TABLE retention_rules (
    tenant_id  text COLLATE "C" REFERENCES tenants ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('executions', 'sessions', 'approvals', 'usage')),
    -- In seconds.
    keep       bigint NOT NULL CHECK (keep > 0),
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id, kind)
);
SELECT protect_tenant_table('retention_rules');
GRANT SELECT ON retention_rules TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON retention_rules TO agentos_platform;
