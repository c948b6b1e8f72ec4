-- The number of a state, so that a change is made to the one that was seen.

ALTER TABLE concurrency_limits ADD COLUMN revision bigint NOT NULL DEFAULT 1;
ALTER TABLE tenant_weights ADD COLUMN revision bigint NOT NULL DEFAULT 1;
ALTER TABLE tenant_plans ADD COLUMN revision bigint NOT NULL DEFAULT 1;

-- What a plan says has none of its own.
CREATE OR REPLACE VIEW concurrency_in_force WITH (security_invoker = true) AS
    SELECT tenant_id, scope, running, queued, changed_by, changed_at, revision FROM concurrency_limits
    UNION ALL
    SELECT t.tenant_id, 'TENANT', p.running, p.queued, p.changed_by, p.changed_at, 0
      FROM tenant_plans t JOIN plans p ON p.name = t.plan
     WHERE p.running IS NOT NULL AND NOT EXISTS (
           SELECT FROM concurrency_limits own WHERE own.tenant_id = t.tenant_id AND own.scope = 'TENANT');

CREATE OR REPLACE VIEW weights_in_force WITH (security_invoker = true) AS
    SELECT tenant_id, weight, changed_by, changed_at, revision FROM tenant_weights
    UNION ALL
    SELECT t.tenant_id, p.weight, p.changed_by, p.changed_at, 0
      FROM tenant_plans t JOIN plans p ON p.name = t.plan
     WHERE p.weight IS NOT NULL AND NOT EXISTS (
           SELECT FROM tenant_weights own WHERE own.tenant_id = t.tenant_id);
