-- Installed plugins, their durable state, and answers to requests that may be sent again.

CREATE TABLE plugin_generation (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    generation bigint NOT NULL
);
INSERT INTO plugin_generation (generation) VALUES (0);
GRANT SELECT, UPDATE ON plugin_generation TO agentos_platform;

CREATE TABLE plugins (
    id            text COLLATE "C" PRIMARY KEY,
    release       json NOT NULL,
    previous      json,
    enabled       boolean NOT NULL,
    configuration json NOT NULL,
    generation    bigint NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON plugins TO agentos_platform;

CREATE TABLE plugin_state (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    plugin    text COLLATE "C" NOT NULL,
    key       text COLLATE "C" NOT NULL,
    value     json NOT NULL,
    PRIMARY KEY (tenant_id, plugin, key)
);
CREATE INDEX plugin_state_plugin ON plugin_state (plugin);
SELECT protect_tenant_table('plugin_state');
GRANT SELECT, INSERT, UPDATE, DELETE ON plugin_state TO agentos_app;
GRANT SELECT, DELETE ON plugin_state TO agentos_platform;

-- A key without a tenant is a platform administrator's.
CREATE TABLE idempotency_keys (
    tenant_id   text COLLATE "C" REFERENCES tenants ON DELETE CASCADE,
    principal   text COLLATE "C" NOT NULL,
    route       text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    begun_at    timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    answer      json
);
CREATE UNIQUE INDEX idempotency_keys_key
    ON idempotency_keys (tenant_id, principal, route, key) NULLS NOT DISTINCT;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
SELECT protect_tenant_table('idempotency_keys');
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO agentos_platform;
