-- What servers have signed of the chains of records, with keys that are not in the database.
CREATE TABLE audit_checkpoints (
    tenant_id text COLLATE "C",
    sequence  bigint NOT NULL,
    hash      text NOT NULL,
    at        timestamptz NOT NULL,
    key       text NOT NULL,
    signature text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id, sequence, key)
);
SELECT protect_tenant_table('audit_checkpoints');
GRANT SELECT ON audit_checkpoints TO agentos_app;
GRANT SELECT, INSERT ON audit_checkpoints TO agentos_platform;

CREATE TRIGGER audit_checkpoints_stay BEFORE UPDATE OR DELETE ON audit_checkpoints FOR EACH ROW
    EXECUTE FUNCTION refuse_change_of_audit();
CREATE TRIGGER audit_checkpoints_stay_all BEFORE TRUNCATE ON audit_checkpoints FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change_of_audit();
