-- Tenants, their API keys and the packs that they use. Whatever is a tenant's own goes with it.

CREATE TABLE tenants (
    id         text COLLATE "C" PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, DELETE ON tenants TO agentos_platform;

-- A key without a tenant is a platform administrator's; no policy of a tenant matches it.
CREATE TABLE api_keys (
    id         text COLLATE "C" PRIMARY KEY,
    tenant_id  text COLLATE "C" REFERENCES tenants ON DELETE CASCADE,
    name       text NOT NULL,
    prefix     text NOT NULL,
    digest     text NOT NULL UNIQUE,
    scopes     text[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, id);
SELECT protect_tenant_table('api_keys');
GRANT SELECT, INSERT, UPDATE ON api_keys TO agentos_app, agentos_platform;

CREATE TABLE tenant_packs (
    tenant_id     text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    pack          text COLLATE "C" NOT NULL,
    configuration json NOT NULL,
    revision      bigint NOT NULL,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, pack)
);
CREATE INDEX tenant_packs_pack ON tenant_packs (pack, tenant_id);
SELECT protect_tenant_table('tenant_packs');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_packs TO agentos_app;
GRANT SELECT ON tenant_packs TO agentos_platform;
