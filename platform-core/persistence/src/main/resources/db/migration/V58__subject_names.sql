-- What tokens of an identity provider call those who are no users, for people who see them act.
CREATE TABLE subject_names (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id        text COLLATE "C" NOT NULL,
    name      text NOT NULL,
    email     text,
    said_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
SELECT protect_tenant_table('subject_names');
GRANT SELECT, INSERT, UPDATE ON subject_names TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON subject_names TO agentos_platform;
