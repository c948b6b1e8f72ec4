-- Browsers in which people have logged in. The secret is in the cookie; only its digest is kept.
CREATE TABLE logins (
    id         text COLLATE "C" PRIMARY KEY,
    digest     text NOT NULL UNIQUE,
    user_id    text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    -- For which tenant the person acts at the moment; NULL for the platform.
    tenant_id  text COLLATE "C" REFERENCES tenants ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);
CREATE INDEX logins_user ON logins (user_id, id);
CREATE INDEX logins_seen ON logins (seen_at);
SELECT protect_tenant_table('logins');
GRANT SELECT, INSERT, UPDATE, DELETE ON logins TO agentos_platform;

-- Tokens that let a person in once, by their digests.
CREATE TABLE invitations (
    digest    text PRIMARY KEY,
    user_id   text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    tenant_id text COLLATE "C" REFERENCES tenants ON DELETE CASCADE,
    reset     boolean NOT NULL,
    ends_at   timestamptz NOT NULL
);
CREATE INDEX invitations_user ON invitations (user_id);
SELECT protect_tenant_table('invitations');
GRANT SELECT, INSERT, DELETE ON invitations TO agentos_platform;

-- Who tried how often to log in. Not worth a write to disk: a crash of the database forgets it.
CREATE UNLOGGED TABLE login_attempts (
    subject    text COLLATE "C" PRIMARY KEY,
    attempts   integer NOT NULL,
    last_at    timestamptz NOT NULL,
    closed_to  timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX login_attempts_last ON login_attempts (last_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON login_attempts TO agentos_platform;
