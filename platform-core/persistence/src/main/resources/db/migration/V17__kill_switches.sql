-- What was stopped, and let go on. A tenant's stay when it is removed: they are history.
CREATE TABLE kill_switches (
    id          text COLLATE "C" PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('PLATFORM', 'TENANT', 'AGENT', 'TOOL', 'PLUGIN', 'PROVIDER')),
    name        text COLLATE "C" NOT NULL,
    tenant_id   text COLLATE "C",
    engaged_by  text NOT NULL,
    -- Whether an administrator of the platform did it: nobody else lifts it then.
    by_platform boolean NOT NULL,
    engaged_at  timestamptz NOT NULL,
    reason      text NOT NULL,
    lifted_by   text,
    lifted_at   timestamptz,
    lift_reason text,
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL))
);
CREATE UNIQUE INDEX kill_switches_engaged ON kill_switches (kind, name, tenant_id) NULLS NOT DISTINCT
    WHERE lifted_at IS NULL;
SELECT protect_tenant_table('kill_switches');
GRANT SELECT, INSERT, UPDATE ON kill_switches TO agentos_platform;
