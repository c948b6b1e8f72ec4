-- Graphs by version, and executions with their checkpoints, pending writes and events.

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

CREATE TABLE executions (
    id               text COLLATE "C" PRIMARY KEY,
    tenant_id        text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    agent            text COLLATE "C",
    graph_id         text COLLATE "C" NOT NULL,
    graph_version    integer NOT NULL,
    input            json NOT NULL,
    configuration    json NOT NULL,
    priority         smallint NOT NULL,
    deadline         timestamptz,
    state            text NOT NULL CHECK (state IN
                         ('QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT')),
    step             integer NOT NULL DEFAULT 0,
    attempt          integer NOT NULL DEFAULT 0,
    cancel_requested boolean NOT NULL DEFAULT false,
    output           json,
    failure          json,
    command          json,
    created_at       timestamptz NOT NULL,
    queued_at        timestamptz NOT NULL,
    started_at       timestamptz,
    finished_at      timestamptz,
    last_sequence    bigint NOT NULL,
    lease_owner      text,
    lease_epoch      bigint NOT NULL DEFAULT 0,
    lease_until      timestamptz,
    CHECK ((state = 'RUNNING') = (lease_owner IS NOT NULL AND lease_until IS NOT NULL)),
    CHECK ((state IN ('SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX executions_list ON executions (tenant_id, id);
CREATE INDEX executions_agent ON executions (tenant_id, agent, id) WHERE agent IS NOT NULL;
CREATE INDEX executions_queue ON executions (tenant_id, priority DESC, queued_at, id) WHERE state = 'QUEUED';
CREATE INDEX executions_running ON executions (tenant_id) WHERE state = 'RUNNING';
CREATE INDEX executions_leases ON executions (lease_until) WHERE state = 'RUNNING';
CREATE INDEX executions_waiting ON executions (tenant_id, id) WHERE state = 'WAITING';
SELECT protect_tenant_table('executions');
GRANT SELECT, INSERT, UPDATE ON executions TO agentos_app;
GRANT SELECT, UPDATE ON executions TO agentos_platform;

CREATE FUNCTION refuse_change_of_finished_execution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Execution % is % and does not change any more', OLD.id, OLD.state
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER finished_executions_are_immutable BEFORE UPDATE ON executions FOR EACH ROW
    WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_finished_execution();

CREATE TABLE execution_events (
    tenant_id    text COLLATE "C" NOT NULL,
    execution_id text COLLATE "C" NOT NULL REFERENCES executions ON DELETE CASCADE,
    sequence     bigint NOT NULL,
    type         text NOT NULL,
    step         integer NOT NULL,
    node         text,
    data         json NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (execution_id, sequence)
);
SELECT protect_tenant_table('execution_events');
GRANT SELECT, INSERT ON execution_events TO agentos_app;

CREATE TABLE execution_checkpoints (
    tenant_id    text COLLATE "C" NOT NULL,
    execution_id text COLLATE "C" NOT NULL REFERENCES executions ON DELETE CASCADE,
    number       integer NOT NULL,
    source       text NOT NULL,
    next         json NOT NULL,
    interrupts   json NOT NULL,
    control      json NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (execution_id, number)
);
SELECT protect_tenant_table('execution_checkpoints');
GRANT SELECT, INSERT ON execution_checkpoints TO agentos_app;

-- A channel's value from that checkpoint on until the next row; NULL means that it is not set.
CREATE TABLE execution_channels (
    tenant_id    text COLLATE "C" NOT NULL,
    execution_id text COLLATE "C" NOT NULL REFERENCES executions ON DELETE CASCADE,
    channel      text COLLATE "C" NOT NULL,
    number       integer NOT NULL,
    value        json,
    PRIMARY KEY (execution_id, channel, number)
);
SELECT protect_tenant_table('execution_channels');
GRANT SELECT, INSERT ON execution_channels TO agentos_app;

CREATE TABLE pending_writes (
    tenant_id    text COLLATE "C" NOT NULL,
    execution_id text COLLATE "C" NOT NULL REFERENCES executions ON DELETE CASCADE,
    task         text COLLATE "C" NOT NULL,
    position     bigint GENERATED ALWAYS AS IDENTITY,
    node         text NOT NULL,
    writes       json NOT NULL,
    interrupts   json NOT NULL,
    detail       json,
    PRIMARY KEY (execution_id, task)
);
SELECT protect_tenant_table('pending_writes');
GRANT SELECT, INSERT, UPDATE, DELETE ON pending_writes TO agentos_app;
