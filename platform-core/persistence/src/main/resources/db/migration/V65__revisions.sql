-- The number of a state, so that a change is made to the one that was seen.

ALTER TABLE roles ADD COLUMN revision bigint NOT NULL DEFAULT 1;
ALTER TABLE groups ADD COLUMN revision bigint NOT NULL DEFAULT 1;
ALTER TABLE rate_limits ADD COLUMN revision bigint NOT NULL DEFAULT 1;
ALTER TABLE retention_rules ADD COLUMN revision bigint NOT NULL DEFAULT 1;

-- What a plan says has none of its own.
CREATE OR REPLACE VIEW rate_limits_in_force WITH (security_invoker = true) AS
    SELECT tenant_id, scope, requests, duration, even, changed_by, changed_at, revision FROM rate_limits
    UNION ALL
    SELECT t.tenant_id, 'TENANT', p.requests, p.duration, p.even, p.changed_by, p.changed_at, 0
      FROM tenant_plans t JOIN plans p ON p.name = t.plan
     WHERE p.requests IS NOT NULL AND NOT EXISTS (
           SELECT FROM rate_limits own WHERE own.tenant_id = t.tenant_id AND own.scope = 'TENANT');

-- Of a price, the how many-th of its model it is; none is ever removed.
ALTER TABLE prices ADD COLUMN revision bigint;
UPDATE prices p SET revision = n.revision
  FROM (SELECT sequence, row_number() OVER (PARTITION BY model ORDER BY sequence) AS revision FROM prices) n
 WHERE n.sequence = p.sequence;
ALTER TABLE prices ALTER COLUMN revision SET NOT NULL;
ALTER TABLE prices ADD CONSTRAINT prices_revision UNIQUE (model, revision);
