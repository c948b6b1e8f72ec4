-- Who people are, whatever they are a member of: their e-mail address and how they log in. No tenant reads it.
CREATE TABLE users (
    id         text COLLATE "C" PRIMARY KEY,
    -- NULL: a service account.
    email      text UNIQUE,
    -- Argon2id; NULL as long as none was set.
    password   text,
    created_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO agentos_platform;

-- What a tenant says of its users. One without a tenant is a member of the platform.
CREATE TABLE memberships (
    tenant_id  text COLLATE "C" REFERENCES tenants ON DELETE CASCADE,
    user_id    text COLLATE "C" NOT NULL REFERENCES users,
    kind       text NOT NULL CHECK (kind IN ('PERSON', 'SERVICE')),
    name       text NOT NULL,
    email      text,
    roles      text[] NOT NULL,
    state      text NOT NULL CHECK (state IN ('INVITED', 'ACTIVE', 'DISABLED')),
    created_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);
SELECT protect_tenant_table('memberships');
GRANT SELECT ON memberships TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON memberships TO agentos_platform;

-- Roles that a tenant, or the platform, has made.
CREATE TABLE roles (
    tenant_id   text COLLATE "C" REFERENCES tenants ON DELETE CASCADE,
    name        text COLLATE "C" NOT NULL,
    description text NOT NULL,
    scopes      text[] NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id, name)
);
SELECT protect_tenant_table('roles');
GRANT SELECT ON roles TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON roles TO agentos_platform;

-- The service account that a key belongs to, and when it was last used.
ALTER TABLE api_keys ADD COLUMN user_id text COLLATE "C";
ALTER TABLE api_keys ADD COLUMN last_used_at timestamptz;
CREATE INDEX api_keys_user ON api_keys (user_id) WHERE user_id IS NOT NULL;
