-- How much a tenant, or a part of it, may use.
CREATE TABLE budgets (
    tenant_id   text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    name        text COLLATE "C" NOT NULL,
    scope       text NOT NULL CHECK (scope IN ('TENANT', 'PRINCIPAL', 'AGENT', 'EXECUTION')),
    -- NULL: each for itself.
    subject     text,
    amount      numeric(24, 6) NOT NULL CHECK (amount > 0),
    -- NULL: the amount is of tokens.
    currency    text,
    period      text NOT NULL CHECK (period IN ('DAY', 'MONTH', 'TOTAL', 'EXECUTION')),
    warn_at     numeric(5, 4) NOT NULL,
    enforced    boolean NOT NULL,
    revision    bigint NOT NULL,
    by_platform boolean NOT NULL,
    changed_by  text NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
SELECT protect_tenant_table('budgets');
GRANT SELECT, INSERT, UPDATE, DELETE ON budgets TO agentos_app;
GRANT SELECT ON budgets TO agentos_platform;

-- What budgets have counted: a row for each period and subject. Whoever reserves locks it.
CREATE TABLE budget_windows (
    tenant_id text COLLATE "C" NOT NULL,
    budget    text COLLATE "C" NOT NULL,
    bucket    text COLLATE "C" NOT NULL,
    spent     numeric NOT NULL DEFAULT 0,
    reserved  numeric NOT NULL DEFAULT 0,
    warned    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, budget, bucket),
    FOREIGN KEY (tenant_id, budget) REFERENCES budgets ON DELETE CASCADE
) WITH (fillfactor = 50);
SELECT protect_tenant_table('budget_windows');
GRANT SELECT, INSERT, UPDATE, DELETE ON budget_windows TO agentos_app, agentos_platform;

-- What is reserved for calls that run: a row for each call and budget.
CREATE TABLE budget_holds (
    tenant_id text COLLATE "C" NOT NULL,
    id        text COLLATE "C" NOT NULL,
    budget    text COLLATE "C" NOT NULL,
    bucket    text COLLATE "C" NOT NULL,
    amount    numeric NOT NULL,
    -- The server that settles it.
    holder    text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, id, budget),
    FOREIGN KEY (tenant_id, budget, bucket) REFERENCES budget_windows ON DELETE CASCADE
);
CREATE INDEX budget_holds_holder ON budget_holds (holder);
CREATE INDEX budget_holds_window ON budget_holds (tenant_id, budget, bucket);
SELECT protect_tenant_table('budget_holds');
GRANT SELECT, INSERT, DELETE ON budget_holds TO agentos_app, agentos_platform;

-- The servers that hold reservations, and when each was there last.
CREATE TABLE budget_holders (
    id      text COLLATE "C" PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON budget_holders TO agentos_platform;

-- What models cost, as administrators have said; none ever changes.
CREATE TABLE prices (
    sequence          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model             text NOT NULL,
    from_time         timestamptz NOT NULL,
    -- NULL, as all of them: the price is not known any more.
    input             numeric(13, 6),
    output            numeric(13, 6),
    currency          text,
    max_output_tokens integer,
    set_by            text NOT NULL
);
GRANT SELECT, INSERT ON prices TO agentos_platform;

-- Grows with each change of any budget or price, in its transaction: whoever knows the number knows whether to read again.
CREATE TABLE limits_generation (
    generation bigint NOT NULL
);
INSERT INTO limits_generation VALUES (0);
GRANT SELECT ON limits_generation TO agentos_platform;
CREATE FUNCTION note_change_of_limits() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = agentos, pg_temp AS $$
BEGIN
    UPDATE limits_generation SET generation = generation + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER changes_of_budgets_are_noted AFTER INSERT OR UPDATE OR DELETE ON budgets FOR EACH STATEMENT
    EXECUTE FUNCTION note_change_of_limits();
CREATE TRIGGER changes_of_prices_are_noted AFTER INSERT ON prices FOR EACH STATEMENT
    EXECUTE FUNCTION note_change_of_limits();

-- How often tenants may ask the API.
CREATE TABLE rate_limits (
    tenant_id  text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    scope      text NOT NULL CHECK (scope IN ('TENANT', 'KEY')),
    requests   integer NOT NULL,
    -- In seconds.
    duration   integer NOT NULL,
    even       boolean NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, scope)
);
SELECT protect_tenant_table('rate_limits');
GRANT SELECT ON rate_limits TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limits TO agentos_platform;
CREATE TRIGGER changes_of_rate_limits_are_noted AFTER INSERT OR UPDATE OR DELETE ON rate_limits FOR EACH STATEMENT
    EXECUTE FUNCTION note_change_of_limits();

-- What of a window was handed out to servers. Not worth a write to disk: what is lost is a window.
CREATE UNLOGGED TABLE rate_windows (
    tenant_id  text COLLATE "C" NOT NULL,
    scope      text NOT NULL,
    subject    text COLLATE "C" NOT NULL,
    began_at   timestamptz NOT NULL,
    -- In milliseconds.
    duration   bigint NOT NULL,
    granted    integer NOT NULL,
    latest     integer NOT NULL,
    PRIMARY KEY (tenant_id, scope, subject),
    FOREIGN KEY (tenant_id, scope) REFERENCES rate_limits ON DELETE CASCADE
) WITH (fillfactor = 50);
SELECT protect_tenant_table('rate_windows');
GRANT SELECT, INSERT, UPDATE ON rate_windows TO agentos_platform;

-- What calls of models used. What is not known is an empty text, so that it can be a part of the key.
CREATE TABLE model_usage (
    tenant_id     text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    day           date NOT NULL,
    execution     text COLLATE "C" NOT NULL,
    model         text COLLATE "C" NOT NULL,
    agent         text COLLATE "C" NOT NULL,
    principal     text COLLATE "C" NOT NULL,
    currency      text COLLATE "C" NOT NULL,
    calls         bigint NOT NULL,
    estimated     bigint NOT NULL,
    input_tokens  bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost          numeric NOT NULL,
    PRIMARY KEY (tenant_id, day, execution, model, agent, principal, currency)
);
CREATE INDEX model_usage_execution ON model_usage (tenant_id, execution);
SELECT protect_tenant_table('model_usage');
GRANT SELECT ON model_usage TO agentos_app;
GRANT SELECT, INSERT, UPDATE ON model_usage TO agentos_platform;
