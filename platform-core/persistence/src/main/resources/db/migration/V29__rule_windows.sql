-- What rules with the effect LIMIT count: as rate_windows, without a limit that is kept beside it.
CREATE UNLOGGED TABLE rule_windows (
    tenant_id  text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    -- A digest of the rule and of what it counts apart.
    subject    text COLLATE "C" NOT NULL,
    began_at   timestamptz NOT NULL,
    -- In milliseconds.
    duration   bigint NOT NULL,
    granted    integer NOT NULL,
    latest     integer NOT NULL,
    PRIMARY KEY (tenant_id, subject)
) WITH (fillfactor = 50);
SELECT protect_tenant_table('rule_windows');
GRANT SELECT ON rule_windows TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON rule_windows TO agentos_platform;
