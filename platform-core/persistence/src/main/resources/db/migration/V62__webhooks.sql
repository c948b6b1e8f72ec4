-- Who is told of the ends of executions. A row comes with its execution, in one transaction, and goes with it.
CREATE TABLE webhook_deliveries (
    -- What receivers see, the same in all attempts.
    id           text COLLATE "C" PRIMARY KEY,
    tenant_id    text COLLATE "C" NOT NULL,
    execution    text COLLATE "C" NOT NULL,
    url          text NOT NULL,
    state        text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'DUE', 'DELIVERED', 'GIVEN_UP')),
    -- Since it was due, or somebody asked for it again.
    attempts     integer NOT NULL DEFAULT 0,
    -- Grows with each claim: who has an older one has lost it.
    epoch        integer NOT NULL DEFAULT 0,
    -- When it may be claimed.
    next_at      timestamptz,
    attempted_at timestamptz,
    status       integer,
    failure      text,
    created_at   timestamptz NOT NULL,
    UNIQUE (tenant_id, execution),
    FOREIGN KEY (tenant_id, execution) REFERENCES executions (tenant_id, id) ON DELETE CASCADE,
    CHECK ((state = 'DUE') = (next_at IS NOT NULL))
);
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (tenant_id, id);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (execution) WHERE state = 'WAITING';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE state = 'DUE';
SELECT protect_tenant_table('webhook_deliveries');
GRANT SELECT, UPDATE ON webhook_deliveries TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_deliveries TO agentos_platform;

-- What signs what is told. One without an end signs until it is replaced.
CREATE TABLE webhook_secrets (
    tenant_id  text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id         text COLLATE "C" NOT NULL,
    -- Encrypted for this tenant and this id.
    sealed     text NOT NULL,
    data_key   text COLLATE "C" GENERATED ALWAYS AS
        (CASE WHEN split_part(sealed, '.', 1) = '2' THEN split_part(sealed, '.', 2) END) STORED REFERENCES data_keys,
    made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    retires_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX webhook_secrets_newest ON webhook_secrets (tenant_id) WHERE retires_at IS NULL;
CREATE INDEX webhook_secrets_key ON webhook_secrets (data_key);
SELECT protect_tenant_table('webhook_secrets');
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_secrets TO agentos_app;
GRANT SELECT, UPDATE (sealed), DELETE ON webhook_secrets TO agentos_platform;
