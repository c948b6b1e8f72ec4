-- Whether people may let calls pass that go beyond a budget, each by an approval.
ALTER TABLE budgets ADD COLUMN by_approval boolean NOT NULL DEFAULT false;

-- What tenants of a plan may use of models: the whole tenant, or each of its executions.
CREATE TABLE plan_budgets (
    plan        text COLLATE "C" NOT NULL REFERENCES plans ON DELETE CASCADE,
    name        text COLLATE "C" NOT NULL,
    scope       text NOT NULL CHECK (scope IN ('TENANT', 'EXECUTION')),
    amount      numeric(24, 6) NOT NULL CHECK (amount > 0),
    -- NULL: the amount is of tokens.
    currency    text,
    period      text NOT NULL CHECK (period IN ('DAY', 'MONTH', 'TOTAL', 'EXECUTION')),
    warn_at     numeric(5, 4) NOT NULL,
    enforced    boolean NOT NULL,
    by_approval boolean NOT NULL,
    PRIMARY KEY (plan, name)
);
GRANT SELECT, INSERT, DELETE ON plan_budgets TO agentos_platform;
CREATE TRIGGER changes_of_plan_budgets_are_noted AFTER INSERT OR UPDATE OR DELETE ON plan_budgets FOR EACH STATEMENT
    EXECUTE FUNCTION note_change_of_limits();

-- Whoever reserves reads what holds in its transaction, as its tenant: of plans that one sees its own alone.
ALTER TABLE plans ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform_rows ON plans TO agentos_platform USING (true) WITH CHECK (true);
CREATE POLICY own_plan ON plans FOR SELECT TO agentos_app
    USING (EXISTS (SELECT FROM tenant_plans t WHERE t.plan = plans.name));
ALTER TABLE plan_budgets ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform_rows ON plan_budgets TO agentos_platform USING (true) WITH CHECK (true);
CREATE POLICY own_plan ON plan_budgets FOR SELECT TO agentos_app
    USING (EXISTS (SELECT FROM tenant_plans t WHERE t.plan = plan_budgets.plan));
GRANT SELECT ON plans, plan_budgets, quotas_in_force TO agentos_app;

-- What holds: what was said of the tenant, and what its plan says unless the platform has said it of the tenant.
CREATE VIEW budgets_in_force WITH (security_invoker = true) AS
    SELECT tenant_id, name, scope, subject, amount, currency, period, warn_at, enforced, by_approval, revision,
           by_platform, changed_by, changed_at
      FROM budgets
    UNION ALL
    SELECT t.tenant_id, b.name, b.scope, NULL, b.amount, b.currency, b.period, b.warn_at, b.enforced, b.by_approval,
           p.revision, true, p.changed_by, p.changed_at
      FROM tenant_plans t JOIN plans p ON p.name = t.plan JOIN plan_budgets b ON b.plan = p.name
     WHERE NOT EXISTS (
           SELECT FROM budgets own WHERE own.tenant_id = t.tenant_id AND (own.name = b.name
               OR (own.by_platform AND own.scope = b.scope AND own.period = b.period
                   AND own.currency IS NOT DISTINCT FROM b.currency)));
GRANT SELECT ON budgets_in_force TO agentos_app, agentos_platform;

-- A window is of a budget that holds, whoever said it.
ALTER TABLE budget_windows DROP CONSTRAINT budget_windows_tenant_id_budget_fkey;
ALTER TABLE budget_windows ADD CONSTRAINT budget_windows_tenant
    FOREIGN KEY (tenant_id) REFERENCES tenants ON DELETE CASCADE;
