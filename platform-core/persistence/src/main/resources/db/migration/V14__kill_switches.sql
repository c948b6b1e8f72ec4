-- Everything that was ever stopped, by whom and why. A switch is engaged while nobody has lifted it.
CREATE TABLE kill_switches (
    id             text COLLATE "C" PRIMARY KEY,
    -- For whom; NULL for everybody.
    tenant_id      text COLLATE "C" REFERENCES tenants ON DELETE CASCADE,
    kind           text COLLATE "C" NOT NULL
                       CHECK (kind IN ('platform', 'tenant', 'agent', 'tool', 'plugin', 'provider')),
    name           text COLLATE "C" NOT NULL,
    -- Whether an administrator of the platform engaged it: then no tenant lifts it.
    platform       boolean NOT NULL,
    engaged_by     text NOT NULL,
    engaged_at     timestamptz NOT NULL,
    engaged_reason text NOT NULL,
    lifted_by      text,
    lifted_at      timestamptz,
    lifted_reason  text,
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_reason IS NULL)),
    CHECK (kind <> 'platform' OR tenant_id IS NULL),
    CHECK (kind <> 'tenant' OR tenant_id IS NOT DISTINCT FROM name)
);
CREATE UNIQUE INDEX kill_switches_engaged ON kill_switches (kind, name, tenant_id, platform) NULLS NOT DISTINCT
    WHERE lifted_at IS NULL;
SELECT protect_tenant_table('kill_switches');
GRANT SELECT, INSERT, UPDATE ON kill_switches TO agentos_platform;
