-- A plugin is installed once somebody else has agreed: the operation waits, and an approval may be the platform's.
ALTER TABLE operations DROP CONSTRAINT operations_state_check;
ALTER TABLE operations ADD CONSTRAINT operations_state_check
    CHECK (state IN ('RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED'));

-- NULL: the platform's, which the tenants' role does not see.
ALTER TABLE approvals ALTER COLUMN tenant_id DROP NOT NULL;
ALTER TABLE approvals DROP CONSTRAINT approvals_tenant_id_execution_effect_asked_digest_key;
ALTER TABLE approvals ADD CONSTRAINT approvals_asked
    UNIQUE NULLS NOT DISTINCT (tenant_id, execution, effect, asked_digest);
GRANT INSERT ON approvals TO agentos_platform;

-- What an operation does when it goes on; on any server, so its file is among those of the plugins.
CREATE TABLE plugin_waits (
    operation text COLLATE "C" PRIMARY KEY REFERENCES operations,
    plugin    text NOT NULL,
    version   text NOT NULL,
    sha512    text NOT NULL,
    -- Whether the file was uploaded and is kept; else it is downloaded again.
    uploaded  boolean NOT NULL,
    request   json NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON plugin_waits TO agentos_platform;
