-- Tables of the platform itself, and the one way in which a tenant's table is protected.
-- Ids compare byte by byte ("C"), so that the newest id is the greatest whatever the database's collation.

GRANT USAGE ON SCHEMA agentos TO agentos_app, agentos_platform;

-- Row-level security that binds the owner too. The tenant's role sees the rows of the tenant that the transaction
-- names: current_setting is NULL, or empty after an earlier transaction on the connection, and then matches nothing.
CREATE FUNCTION protect_tenant_table(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_rows ON %I TO agentos_app'
        || ' USING (tenant_id = (SELECT current_setting(''agentos.tenant'', true)))'
        || ' WITH CHECK (tenant_id = (SELECT current_setting(''agentos.tenant'', true)))', name);
    EXECUTE format('CREATE POLICY platform_rows ON %I TO agentos_platform USING (true) WITH CHECK (true)', name);
END $$;

CREATE TABLE operations (
    id          text COLLATE "C" PRIMARY KEY,
    node_id     text NOT NULL,
    kind        text NOT NULL,
    subject     text NOT NULL,
    state       text NOT NULL CHECK (state IN ('RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    done        bigint NOT NULL,
    total       bigint NOT NULL,
    message     text NOT NULL,
    result      json,
    failure     json,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz,
    sequence    bigint NOT NULL DEFAULT 0
);
CREATE INDEX operations_running ON operations (node_id) WHERE state = 'RUNNING';
GRANT SELECT, INSERT, UPDATE ON operations TO agentos_platform;

CREATE TABLE operation_events (
    operation_id text COLLATE "C" NOT NULL REFERENCES operations,
    sequence     bigint NOT NULL,
    data         json NOT NULL,
    PRIMARY KEY (operation_id, sequence)
);
GRANT SELECT, INSERT ON operation_events TO agentos_platform;
