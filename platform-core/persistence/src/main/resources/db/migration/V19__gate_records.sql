-- Evidence of what rules have checked.
CREATE TABLE gate_records (
    tenant_id    text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    execution_id text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    at           timestamptz NOT NULL,
    about        text NOT NULL,
    rule         text NOT NULL,
    mode         text NOT NULL CHECK (mode IN ('enforce', 'dry-run')),
    outcome      text NOT NULL CHECK (outcome IN ('PASSED', 'FAILED')),
    detail       text NOT NULL,
    PRIMARY KEY (tenant_id, execution_id, id)
);
SELECT protect_tenant_table('gate_records');
GRANT SELECT, INSERT ON gate_records TO agentos_app;
GRANT SELECT, DELETE ON gate_records TO agentos_platform;
