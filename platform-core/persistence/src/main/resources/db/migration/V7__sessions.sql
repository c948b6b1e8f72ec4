-- Sessions: state that successive executions share, and the line of those that wait for their turn.

-- The state of a session is the last checkpoint of the execution `base`, unless a migration has put another in its
-- place; nothing is copied when an execution ends.
CREATE TABLE sessions (
    number           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    tenant_id        text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id               text COLLATE "C" NOT NULL,
    agent            text COLLATE "C",
    graph_id         text COLLATE "C" NOT NULL,
    graph_version    integer NOT NULL,
    base             bigint,
    state            json,
    -- The execution that goes in front of the line: it has interrupted the one that is still to end.
    heir             bigint,
    -- One more with each change of state or version.
    revision         bigint NOT NULL DEFAULT 0,
    -- What a migration left, until the next execution ends.
    previous_version integer,
    previous_state   json,
    migrations       json NOT NULL DEFAULT '[]',
    created_at       timestamptz NOT NULL,
    changed_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX sessions_list ON sessions (tenant_id, number);
SELECT protect_tenant_table('sessions');
GRANT SELECT, UPDATE ON sessions TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO agentos_platform;

-- An execution of a session that is held waits for its turn: no server claims it, and everybody is shown QUEUED.
ALTER TABLE executions
    ADD COLUMN session text COLLATE "C",
    ADD COLUMN superseded text CHECK (superseded IN ('INTERRUPT', 'ROLLBACK')),
    DROP CONSTRAINT executions_state_check,
    ADD CONSTRAINT executions_state_check CHECK (state IN
        ('HELD', 'QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT')),
    ADD CONSTRAINT executions_held_check CHECK (state <> 'HELD' OR session IS NOT NULL);

-- That no two executions of a session are active is not left to whoever writes.
CREATE UNIQUE INDEX executions_session_active ON executions (tenant_id, session)
    WHERE session IS NOT NULL AND state IN ('QUEUED', 'RUNNING', 'WAITING');
CREATE INDEX executions_session_line ON executions (tenant_id, session, number) WHERE state = 'HELD';
CREATE INDEX executions_session ON executions (tenant_id, session, id) WHERE session IS NOT NULL;

-- However an execution of a session ends, the same transaction keeps its state and lets the next one in line begin.
-- The lock of a session's row is taken behind that of its active execution, and never behind that of one that is held.
CREATE FUNCTION pass_session_on() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ahead bigint;
    successor bigint;
    begun boolean;
BEGIN
    SELECT heir INTO ahead FROM sessions WHERE tenant_id = NEW.tenant_id AND id = NEW.session FOR UPDATE;
    -- Checkpoint 0 is the input alone; the session's state comes in with checkpoint 1.
    SELECT step >= 1 INTO begun FROM execution_log WHERE execution = NEW.number ORDER BY sequence DESC LIMIT 1;
    IF begun AND NEW.superseded IS DISTINCT FROM 'ROLLBACK' THEN
        UPDATE sessions SET base = NEW.number, state = NULL, previous_version = NULL, previous_state = NULL,
               heir = NULL, revision = revision + 1, changed_at = clock_timestamp()
         WHERE tenant_id = NEW.tenant_id AND id = NEW.session;
    ELSE
        UPDATE sessions SET heir = NULL, changed_at = clock_timestamp()
         WHERE tenant_id = NEW.tenant_id AND id = NEW.session;
    END IF;
    LOOP
        SELECT number INTO successor FROM executions
         WHERE tenant_id = NEW.tenant_id AND session = NEW.session AND state = 'HELD'
         ORDER BY number IS NOT DISTINCT FROM ahead DESC, number LIMIT 1;
        EXIT WHEN successor IS NULL;
        -- One that is cancelled at this very moment is passed over.
        UPDATE executions SET state = 'QUEUED', queued_at = clock_timestamp()
         WHERE number = successor AND state = 'HELD';
        EXIT WHEN FOUND;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_go_on AFTER UPDATE ON executions FOR EACH ROW
    WHEN (NEW.session IS NOT NULL AND NEW.finished_at IS NOT NULL AND OLD.finished_at IS NULL AND OLD.state <> 'HELD')
    EXECUTE FUNCTION pass_session_on();
