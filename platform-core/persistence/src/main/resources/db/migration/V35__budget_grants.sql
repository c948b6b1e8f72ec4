-- What people have let pass beyond budgets in a period, as far as it was used.
ALTER TABLE budget_windows ADD COLUMN granted numeric NOT NULL DEFAULT 0;

-- What an approval lets pass: one call of its execution, of at most that amount.
CREATE TABLE budget_grants (
    tenant_id text COLLATE "C" NOT NULL,
    approval  text COLLATE "C" NOT NULL,
    budget    text COLLATE "C" NOT NULL,
    bucket    text COLLATE "C" NOT NULL,
    execution text COLLATE "C" NOT NULL,
    amount    numeric NOT NULL CHECK (amount > 0),
    granted_at timestamptz NOT NULL DEFAULT now(),
    used_at   timestamptz,
    PRIMARY KEY (tenant_id, approval),
    FOREIGN KEY (tenant_id, budget, bucket) REFERENCES budget_windows ON DELETE CASCADE
);
CREATE INDEX budget_grants_window ON budget_grants (tenant_id, budget, bucket);
SELECT protect_tenant_table('budget_grants');
GRANT SELECT, INSERT, UPDATE, DELETE ON budget_grants TO agentos_app;
GRANT SELECT, DELETE ON budget_grants TO agentos_platform;
