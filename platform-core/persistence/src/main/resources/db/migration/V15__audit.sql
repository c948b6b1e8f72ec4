-- What was done, in a chain for each tenant and one for the platform. A tenant's chain stays when it is removed.
CREATE TABLE audit_records (
    tenant_id text COLLATE "C",
    sequence  bigint NOT NULL,
    -- The entry as it was hashed; the columns behind it are for finding it.
    entry     text NOT NULL,
    previous  text NOT NULL,
    hash      text NOT NULL,
    at        timestamptz NOT NULL,
    actor     text NOT NULL,
    action    text NOT NULL,
    outcome   text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id, sequence),
    -- A chain never forks.
    UNIQUE NULLS NOT DISTINCT (tenant_id, previous)
);
CREATE INDEX audit_records_actor ON audit_records (tenant_id, actor, sequence);
CREATE INDEX audit_records_action ON audit_records (tenant_id, action, sequence);
SELECT protect_tenant_table('audit_records');
GRANT SELECT ON audit_records TO agentos_app;
GRANT SELECT, INSERT ON audit_records TO agentos_platform;

-- Nobody changes a record, the owner of the table included.
CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Audit records are never changed or removed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_records_stay BEFORE UPDATE OR DELETE ON audit_records FOR EACH ROW
    EXECUTE FUNCTION refuse_change_of_audit();
CREATE TRIGGER audit_records_stay_all BEFORE TRUNCATE ON audit_records FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change_of_audit();

-- The ends of the chains; their locks put those in order who append.
CREATE TABLE audit_chains (
    tenant_id text COLLATE "C",
    sequence  bigint NOT NULL,
    hash      text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id)
);
SELECT protect_tenant_table('audit_chains');
GRANT SELECT, INSERT, UPDATE ON audit_chains TO agentos_platform;
