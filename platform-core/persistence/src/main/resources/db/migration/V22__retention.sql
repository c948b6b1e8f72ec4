-- What is handed out and erased of tenants and of people.

-- A tenant that is being erased is none any more for whoever asks; its row goes last.
ALTER TABLE tenants ADD COLUMN erasing_at timestamptz;
GRANT UPDATE ON tenants TO agentos_platform;

-- Exports read under the role that sees one tenant's rows, so that no mistake in them shows another's.
GRANT SELECT ON idempotency_keys, kill_switches, audit_chains, rate_windows TO agentos_app;
-- Erasing is the platform's; the tenant's role goes on adding only.
GRANT SELECT, DELETE ON api_keys, tenant_packs, graphs, graph_versions, plugin_state, tenant_plugins, approvals,
    kill_switches, budgets, budget_holds, rate_windows, model_usage TO agentos_platform;

-- Files that hold all that is kept of a tenant, or of a person of it, until they expire.
CREATE TABLE tenant_exports (
    id           text COLLATE "C" PRIMARY KEY,
    tenant_id    text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    -- Of that principal; NULL for all of the tenant.
    principal    text,
    requested_by text NOT NULL,
    operation    text NOT NULL,
    state        text NOT NULL CHECK (state IN ('RUNNING', 'READY', 'FAILED')),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    bytes        bigint NOT NULL DEFAULT 0,
    sha256       text NOT NULL DEFAULT '',
    -- Rows by kind.
    contents     json NOT NULL DEFAULT '{}'
);
CREATE INDEX tenant_exports_list ON tenant_exports (tenant_id, id);
CREATE INDEX tenant_exports_expiry ON tenant_exports (expires_at);
SELECT protect_tenant_table('tenant_exports');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_exports TO agentos_app;
GRANT SELECT, DELETE ON tenant_exports TO agentos_platform;

CREATE TABLE tenant_export_parts (
    tenant_id text COLLATE "C" NOT NULL,
    export_id text COLLATE "C" NOT NULL REFERENCES tenant_exports ON DELETE CASCADE,
    part      integer NOT NULL,
    bytes     bytea NOT NULL,
    PRIMARY KEY (export_id, part)
);
-- Compressed already.
ALTER TABLE tenant_export_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;
SELECT protect_tenant_table('tenant_export_parts');
GRANT SELECT, INSERT ON tenant_export_parts TO agentos_app;
GRANT SELECT, DELETE ON tenant_export_parts TO agentos_platform;

-- What was erased, and what still is: a tenant, or a person of one. It stays as the proof, without what was erased.
CREATE TABLE erasures (
    id           text COLLATE "C" PRIMARY KEY,
    tenant_id    text COLLATE "C" NOT NULL,
    tenant_name  text NOT NULL,
    -- That principal alone; NULL for the tenant.
    principal    text,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    operation    text,
    counts       json NOT NULL DEFAULT '{}',
    -- The server that works on it, as long as it says so.
    owner        text,
    owned_until  timestamptz,
    finished_at  timestamptz
);
CREATE UNIQUE INDEX erasures_open ON erasures (tenant_id, principal) NULLS NOT DISTINCT WHERE finished_at IS NULL;
CREATE INDEX erasures_list ON erasures (tenant_id, id);
SELECT protect_tenant_table('erasures');
GRANT SELECT ON erasures TO agentos_app;
GRANT SELECT, INSERT, UPDATE ON erasures TO agentos_platform;
