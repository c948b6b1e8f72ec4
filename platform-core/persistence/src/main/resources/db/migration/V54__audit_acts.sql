-- What requests were about to change, written with the change; the record of it takes the note away. A note that stays
-- is of a server that has ended between the two. The tenant is that of the transaction; the platform's have none.
CREATE TABLE audit_acts (
    id        text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C",
    asked     json NOT NULL,
    at        timestamptz NOT NULL
);
CREATE INDEX audit_acts_at ON audit_acts (at);
SELECT protect_tenant_table('audit_acts');
GRANT INSERT ON audit_acts TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_acts TO agentos_platform;
