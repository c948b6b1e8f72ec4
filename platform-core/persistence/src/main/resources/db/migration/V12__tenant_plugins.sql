-- What tenants have set for plugins. Secrets are encrypted by the server; the database never sees the keys.

CREATE TABLE tenant_plugins (
    tenant_id        text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    plugin           text COLLATE "C" NOT NULL,
    enabled          boolean NOT NULL,
    configuration    json NOT NULL,
    secrets          json NOT NULL,
    concurrent_calls integer CHECK (concurrent_calls > 0),
    revision         bigint NOT NULL,
    changed_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, plugin)
);
CREATE INDEX tenant_plugins_plugin ON tenant_plugins (plugin);
SELECT protect_tenant_table('tenant_plugins');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_plugins TO agentos_app;
GRANT SELECT, DELETE ON tenant_plugins TO agentos_platform;
