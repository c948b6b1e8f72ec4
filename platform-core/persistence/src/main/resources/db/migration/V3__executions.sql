-- Graphs by version, and executions with their logs.

CREATE TABLE graphs (
    id         text COLLATE "C" PRIMARY KEY,
    tenant_id  text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    name       text COLLATE "C" NOT NULL,
    origin     text COLLATE "C" NOT NULL,
    latest     integer NOT NULL,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX graphs_name ON graphs (tenant_id, name) WHERE deleted_at IS NULL;
CREATE INDEX graphs_list ON graphs (tenant_id, origin, id) WHERE deleted_at IS NULL;
SELECT protect_tenant_table('graphs');
GRANT SELECT, INSERT, UPDATE ON graphs TO agentos_app;

CREATE TABLE graph_versions (
    tenant_id  text COLLATE "C" NOT NULL,
    graph_id   text COLLATE "C" NOT NULL REFERENCES graphs ON DELETE CASCADE,
    version    integer NOT NULL,
    name       text NOT NULL,
    origin     text NOT NULL,
    digest     text NOT NULL,
    definition json NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (graph_id, version)
);
SELECT protect_tenant_table('graph_versions');
GRANT SELECT, INSERT ON graph_versions TO agentos_app;

-- An execution's row changes only when it changes hands or state; what it does goes into its log.
-- No foreign key: each insert would lock the tenant's row. The trigger below does what a cascade would.
CREATE TABLE executions (
    number           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id        text COLLATE "C" NOT NULL,
    id               text COLLATE "C" NOT NULL,
    agent            text COLLATE "C",
    graph_id         text COLLATE "C" NOT NULL,
    graph_version    integer NOT NULL,
    configuration    json NOT NULL,
    priority         smallint NOT NULL,
    deadline         timestamptz,
    durability       text NOT NULL,
    -- Nodes before and behind which it waits for a person.
    pauses           json,
    state            text NOT NULL CHECK (state IN
                         ('QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT')),
    attempt          integer NOT NULL DEFAULT 0,
    cancel_requested boolean NOT NULL DEFAULT false,
    failure          json,
    created_at       timestamptz NOT NULL,
    queued_at        timestamptz NOT NULL,
    started_at       timestamptz,
    finished_at      timestamptz,
    -- Owners lost in a row at that step of the log.
    crashes          integer NOT NULL DEFAULT 0,
    crash_step       integer NOT NULL DEFAULT -1,
    lease_owner      text,
    lease_epoch      bigint NOT NULL DEFAULT 0,
    lease_until      timestamptz,
    -- When it may be claimed while it waits.
    due_at           timestamptz,
    UNIQUE (tenant_id, id),
    CHECK ((state = 'RUNNING') = (lease_owner IS NOT NULL AND lease_until IS NOT NULL)),
    CHECK ((state IN ('SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX executions_agent ON executions (tenant_id, agent, id) WHERE agent IS NOT NULL;
CREATE INDEX executions_queue ON executions (tenant_id, priority DESC, queued_at, number) WHERE state = 'QUEUED';
CREATE INDEX executions_running ON executions (tenant_id) WHERE state = 'RUNNING';
CREATE INDEX executions_due ON executions (due_at) WHERE state = 'WAITING' AND due_at IS NOT NULL;
CREATE INDEX executions_waiting ON executions (tenant_id, id) WHERE state = 'WAITING';
SELECT protect_tenant_table('executions');
GRANT SELECT, UPDATE ON executions TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON executions TO agentos_platform;

CREATE FUNCTION refuse_change_of_finished_execution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Execution % is % and does not change any more', OLD.id, OLD.state
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER finished_executions_are_immutable BEFORE UPDATE ON executions FOR EACH ROW
    WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_finished_execution();

-- What executions did and remember, append only. A row holds events, and perhaps node tasks' writes and a checkpoint
-- as changes since the one before; the row at `base` holds a checkpoint's values whole, so that reading begins there.
-- The key is the number of the row's first event: two owners of one execution would both want the same next key.
CREATE TABLE execution_log (
    tenant_id text COLLATE "C" NOT NULL,
    execution bigint NOT NULL,
    sequence  integer NOT NULL,
    events    integer NOT NULL,
    step      integer NOT NULL,
    base      integer NOT NULL,
    at        timestamptz NOT NULL,
    body      bytea NOT NULL,
    PRIMARY KEY (execution, sequence)
);
ALTER TABLE execution_log ALTER COLUMN body SET STORAGE EXTENDED;
SELECT protect_tenant_table('execution_log');
GRANT SELECT, INSERT ON execution_log TO agentos_app;
GRANT SELECT, INSERT, DELETE ON execution_log TO agentos_platform;

CREATE FUNCTION remove_executions_of_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM execution_log l USING executions e WHERE e.tenant_id = OLD.id AND l.execution = e.number;
    DELETE FROM executions WHERE tenant_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER executions_go_with_their_tenant AFTER DELETE ON tenants FOR EACH ROW
    EXECUTE FUNCTION remove_executions_of_tenant();
