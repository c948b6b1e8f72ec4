-- What the administrator of the platform offers to tenants; NULL limits nothing.
CREATE TABLE plans (
    name        text COLLATE "C" PRIMARY KEY,
    features    text[] NOT NULL,
    per_day     integer CHECK (per_day > 0),
    per_month   integer CHECK (per_month > 0),
    running     integer CHECK (running > 0),
    queued      integer CHECK (queued IS NULL OR (queued >= 0 AND running IS NOT NULL)),
    weight      integer CHECK (weight BETWEEN 1 AND 100),
    requests    integer CHECK (requests > 0),
    -- In seconds.
    duration    integer,
    even        boolean,
    revision    bigint NOT NULL,
    changed_by  text NOT NULL,
    changed_at  timestamptz NOT NULL,
    CHECK ((requests IS NULL) = (duration IS NULL) AND (requests IS NULL) = (even IS NULL))
);
GRANT SELECT, INSERT, UPDATE, DELETE ON plans TO agentos_platform;
CREATE TRIGGER changes_of_plans_are_noted AFTER INSERT OR UPDATE OR DELETE ON plans FOR EACH STATEMENT
    EXECUTE FUNCTION note_change_of_limits();

-- Which tenant has which plan, and which features whatever the plan says.
CREATE TABLE tenant_plans (
    tenant_id  text COLLATE "C" PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
    plan       text COLLATE "C" NOT NULL REFERENCES plans,
    given      text[] NOT NULL,
    withheld   text[] NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX tenant_plans_plan ON tenant_plans (plan);
SELECT protect_tenant_table('tenant_plans');
GRANT SELECT ON tenant_plans TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_plans TO agentos_platform;
CREATE TRIGGER changes_of_tenant_plans_are_noted AFTER INSERT OR UPDATE OR DELETE ON tenant_plans FOR EACH STATEMENT
    EXECUTE FUNCTION note_change_of_limits();

-- What holds: what was said of the tenant, else what its plan says.
CREATE VIEW quotas_in_force WITH (security_invoker = true) AS
    SELECT tenant_id, name, scope, subject, executions, period, warn_at, revision, by_platform, changed_by, changed_at
      FROM quotas
    UNION ALL
    SELECT t.tenant_id, q.name, 'TENANT', NULL, q.executions, q.period, 0.8, p.revision, true, p.changed_by,
           p.changed_at
      FROM tenant_plans t JOIN plans p ON p.name = t.plan,
           LATERAL (VALUES ('plan-day', p.per_day, 'DAY'), ('plan-month', p.per_month, 'MONTH'))
                   AS q (name, executions, period)
     WHERE q.executions IS NOT NULL AND NOT EXISTS (
           SELECT FROM quotas own WHERE own.tenant_id = t.tenant_id AND own.scope = 'TENANT'
              AND own.period = q.period AND own.by_platform);
GRANT SELECT ON quotas_in_force TO agentos_platform;

CREATE OR REPLACE VIEW concurrency_in_force WITH (security_invoker = true) AS
    SELECT tenant_id, scope, running, queued, changed_by, changed_at FROM concurrency_limits
    UNION ALL
    SELECT t.tenant_id, 'TENANT', p.running, p.queued, p.changed_by, p.changed_at
      FROM tenant_plans t JOIN plans p ON p.name = t.plan
     WHERE p.running IS NOT NULL AND NOT EXISTS (
           SELECT FROM concurrency_limits own WHERE own.tenant_id = t.tenant_id AND own.scope = 'TENANT');

CREATE OR REPLACE VIEW weights_in_force WITH (security_invoker = true) AS
    SELECT tenant_id, weight, changed_by, changed_at FROM tenant_weights
    UNION ALL
    SELECT t.tenant_id, p.weight, p.changed_by, p.changed_at
      FROM tenant_plans t JOIN plans p ON p.name = t.plan
     WHERE p.weight IS NOT NULL AND NOT EXISTS (
           SELECT FROM tenant_weights own WHERE own.tenant_id = t.tenant_id);

CREATE VIEW rate_limits_in_force WITH (security_invoker = true) AS
    SELECT tenant_id, scope, requests, duration, even, changed_by, changed_at FROM rate_limits
    UNION ALL
    SELECT t.tenant_id, 'TENANT', p.requests, p.duration, p.even, p.changed_by, p.changed_at
      FROM tenant_plans t JOIN plans p ON p.name = t.plan
     WHERE p.requests IS NOT NULL AND NOT EXISTS (
           SELECT FROM rate_limits own WHERE own.tenant_id = t.tenant_id AND own.scope = 'TENANT');
GRANT SELECT ON rate_limits_in_force TO agentos_platform;

-- A window is of a limit that holds, whoever said it.
ALTER TABLE rate_windows DROP CONSTRAINT rate_windows_tenant_id_scope_fkey;
ALTER TABLE rate_windows ADD CONSTRAINT rate_windows_tenant
    FOREIGN KEY (tenant_id) REFERENCES tenants ON DELETE CASCADE;
GRANT DELETE ON rate_windows TO agentos_platform;
