-- Keys that encrypt what tenants keep secret, encrypted themselves with a key that is not in the database.

CREATE TABLE data_keys (
    id          text COLLATE "C" PRIMARY KEY,
    -- NULL: the platform's own, whose key-encryption key is the one that new keys are encrypted with.
    tenant_id   text COLLATE "C" REFERENCES tenants ON DELETE CASCADE,
    -- SEAL encrypts values; NAME makes the names that stand for values.
    purpose     text NOT NULL CHECK (purpose IN ('SEAL', 'NAME')),
    -- NULL: made from the oldest key-encryption key when it is asked for, as it was before there were data keys.
    wrapped     text,
    kek         text COLLATE "C" GENERATED ALWAYS AS (split_part(wrapped, '.', 2)) STORED,
    made_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Set: it decrypts only.
    replaced_at timestamptz
);
CREATE UNIQUE INDEX data_keys_current ON data_keys (tenant_id, purpose) NULLS NOT DISTINCT WHERE replaced_at IS NULL;
CREATE INDEX data_keys_kek ON data_keys (kek, id);
-- Names that were put into texts must stay the same.
INSERT INTO data_keys (id, tenant_id, purpose) SELECT 'dky_' || substr(id, 5), id, 'NAME' FROM tenants;
SELECT protect_tenant_table('data_keys');
GRANT SELECT, INSERT, UPDATE, DELETE ON data_keys TO agentos_platform;

-- One row for each secret, so that the database itself keeps the key that it was encrypted with.
CREATE TABLE tenant_plugin_secrets (
    tenant_id text COLLATE "C" NOT NULL,
    plugin    text COLLATE "C" NOT NULL,
    name      text COLLATE "C" NOT NULL,
    sealed    text NOT NULL,
    data_key  text COLLATE "C" GENERATED ALWAYS AS
        (CASE WHEN split_part(sealed, '.', 1) = '2' THEN split_part(sealed, '.', 2) END) STORED REFERENCES data_keys,
    PRIMARY KEY (tenant_id, plugin, name),
    FOREIGN KEY (tenant_id, plugin) REFERENCES tenant_plugins ON DELETE CASCADE
);
CREATE INDEX tenant_plugin_secrets_key ON tenant_plugin_secrets (data_key);
ALTER TABLE tenant_plugins NO FORCE ROW LEVEL SECURITY;
INSERT INTO tenant_plugin_secrets (tenant_id, plugin, name, sealed)
SELECT p.tenant_id, p.plugin, s.key, s.value FROM tenant_plugins p CROSS JOIN json_each_text(p.secrets) s;
ALTER TABLE tenant_plugins DROP COLUMN secrets;
ALTER TABLE tenant_plugins FORCE ROW LEVEL SECURITY;
SELECT protect_tenant_table('tenant_plugin_secrets');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_plugin_secrets TO agentos_app;
GRANT SELECT, UPDATE (sealed), DELETE ON tenant_plugin_secrets TO agentos_platform;

ALTER TABLE redaction_tokens ADD COLUMN data_key text COLLATE "C" GENERATED ALWAYS AS
    (CASE WHEN split_part(sealed, '.', 1) = '2' THEN split_part(sealed, '.', 2) END) STORED REFERENCES data_keys;
CREATE INDEX redaction_tokens_key ON redaction_tokens (data_key);
GRANT UPDATE (sealed) ON redaction_tokens TO agentos_platform;

-- Which key-encryption keys each server has: one that some server has not must not encrypt anything yet.
CREATE TABLE key_holders (
    node    text COLLATE "C" PRIMARY KEY,
    keks    text[] NOT NULL,
    seen_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON key_holders TO agentos_platform;
