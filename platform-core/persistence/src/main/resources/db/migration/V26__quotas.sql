-- How many executions a tenant, or a part of it, may begin in a period.
CREATE TABLE quotas (
    tenant_id   text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    name        text COLLATE "C" NOT NULL,
    scope       text NOT NULL CHECK (scope IN ('TENANT', 'PRINCIPAL', 'AGENT')),
    -- NULL: each for itself.
    subject     text,
    executions  bigint NOT NULL CHECK (executions > 0),
    period      text NOT NULL CHECK (period IN ('DAY', 'MONTH')),
    warn_at     numeric(5, 4) NOT NULL,
    revision    bigint NOT NULL,
    by_platform boolean NOT NULL,
    changed_by  text NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
SELECT protect_tenant_table('quotas');
GRANT SELECT, INSERT, UPDATE, DELETE ON quotas TO agentos_app;
GRANT SELECT, DELETE ON quotas TO agentos_platform;
CREATE TRIGGER changes_of_quotas_are_noted AFTER INSERT OR UPDATE OR DELETE ON quotas FOR EACH STATEMENT
    EXECUTE FUNCTION note_change_of_limits();

-- What quotas have counted: a row for each period and subject. Whoever admits an execution locks it.
CREATE TABLE quota_windows (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    quota     text COLLATE "C" NOT NULL,
    bucket    text COLLATE "C" NOT NULL,
    used      bigint NOT NULL DEFAULT 0,
    warned    boolean NOT NULL DEFAULT false,
    began_on  date NOT NULL,
    PRIMARY KEY (tenant_id, quota, bucket)
) WITH (fillfactor = 50);
SELECT protect_tenant_table('quota_windows');
GRANT SELECT, UPDATE, DELETE ON quota_windows TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON quota_windows TO agentos_platform;

-- How many executions of a tenant may run at once, and how many wait for a place beside them.
CREATE TABLE concurrency_limits (
    tenant_id  text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    scope      text NOT NULL CHECK (scope IN ('TENANT', 'AGENT', 'PRINCIPAL')),
    running    integer NOT NULL CHECK (running > 0),
    queued     integer CHECK (queued >= 0),
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, scope)
);
SELECT protect_tenant_table('concurrency_limits');
GRANT SELECT ON concurrency_limits TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON concurrency_limits TO agentos_platform;
CREATE TRIGGER changes_of_concurrency_limits_are_noted AFTER INSERT OR UPDATE OR DELETE ON concurrency_limits
    FOR EACH STATEMENT EXECUTE FUNCTION note_change_of_limits();

-- A tenant's part of the places when there are too few; 10 where nothing is said.
CREATE TABLE tenant_weights (
    tenant_id  text COLLATE "C" PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
    weight     integer NOT NULL CHECK (weight BETWEEN 1 AND 100),
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL
);
SELECT protect_tenant_table('tenant_weights');
GRANT SELECT ON tenant_weights TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_weights TO agentos_platform;

-- What holds, wherever it was said.
CREATE VIEW concurrency_in_force WITH (security_invoker = true) AS
    SELECT tenant_id, scope, running, queued, changed_by, changed_at FROM concurrency_limits;
CREATE VIEW weights_in_force WITH (security_invoker = true) AS
    SELECT tenant_id, weight, changed_by, changed_at FROM tenant_weights;
GRANT SELECT ON concurrency_in_force, weights_in_force TO agentos_platform;
