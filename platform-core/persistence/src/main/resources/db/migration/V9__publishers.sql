-- Whose certificate a plugin's versions are signed with, and which certificates are not trusted any more.

CREATE TABLE publishers (
    plugin      text COLLATE "C" PRIMARY KEY,
    publisher   text NOT NULL,
    fingerprint text COLLATE "C" NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
    bound_at    timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON publishers TO agentos_platform;

CREATE TABLE revoked_certificates (
    fingerprint text COLLATE "C" PRIMARY KEY CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
    reason      text NOT NULL,
    revoked_at  timestamptz NOT NULL
);
GRANT SELECT, INSERT ON revoked_certificates TO agentos_platform;
