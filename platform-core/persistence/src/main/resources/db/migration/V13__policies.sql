-- Who asked for an execution: rules and approvals ask.
ALTER TABLE executions ADD COLUMN started_by text;

-- Every version of every policy; none ever changes. One without a tenant is the platform's and binds all.
CREATE TABLE policies (
    tenant_id  text COLLATE "C" REFERENCES tenants ON DELETE CASCADE,
    name       text COLLATE "C" NOT NULL,
    version    integer NOT NULL,
    -- NULL: from this version on there is no such policy.
    document   json,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    note       text,
    UNIQUE NULLS NOT DISTINCT (tenant_id, name, version)
);
SELECT protect_tenant_table('policies');
GRANT SELECT, INSERT ON policies TO agentos_app;
GRANT SELECT, INSERT, DELETE ON policies TO agentos_platform;

-- Grows with each change of any policy, in its transaction: whoever knows the number knows whether to read again.
CREATE TABLE policy_generation (
    generation bigint NOT NULL
);
INSERT INTO policy_generation VALUES (0);
GRANT SELECT ON policy_generation TO agentos_platform;
CREATE FUNCTION note_change_of_policies() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = agentos, pg_temp AS $$
BEGIN
    UPDATE policy_generation SET generation = generation + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER changes_of_policies_are_noted AFTER INSERT OR DELETE ON policies FOR EACH ROW
    EXECUTE FUNCTION note_change_of_policies();

-- What people are asked to agree to.
CREATE TABLE approvals (
    id            text COLLATE "C" PRIMARY KEY,
    tenant_id     text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    execution     text COLLATE "C" NOT NULL,
    -- The effect that waits for it: the same in each attempt.
    effect        text NOT NULL,
    -- SHA-256 of what was asked; the same effect with other arguments is asked anew.
    asked_digest  text NOT NULL,
    subject       json NOT NULL,
    arguments     json NOT NULL,
    rule          json NOT NULL,
    terms         json NOT NULL,
    started_by    text,
    state         text NOT NULL CHECK (state IN ('PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN')),
    nonce         text NOT NULL,
    votes         json NOT NULL,
    assignee      text,
    -- The arguments as somebody has edited them, and the digest of those that were agreed to.
    agreed        json,
    agreed_digest text,
    revision      bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    decided_at    timestamptz,
    -- When the execution was told.
    told_at       timestamptz,
    UNIQUE (tenant_id, execution, effect, asked_digest)
);
CREATE INDEX approvals_list ON approvals (tenant_id, state, id);
CREATE INDEX approvals_pending ON approvals (expires_at) WHERE state = 'PENDING';
CREATE INDEX approvals_untold ON approvals (id) WHERE state <> 'PENDING' AND told_at IS NULL;
SELECT protect_tenant_table('approvals');
GRANT SELECT, INSERT, UPDATE ON approvals TO agentos_app;
GRANT SELECT, UPDATE ON approvals TO agentos_platform;
