-- What tokens stand for that rules have put in the place of values.
CREATE TABLE redaction_tokens (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    token     text COLLATE "C" NOT NULL,
    detector  text COLLATE "C" NOT NULL,
    -- Encrypted for this tenant and this token.
    sealed    text NOT NULL,
    made_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, token)
);
SELECT protect_tenant_table('redaction_tokens');
GRANT SELECT, INSERT ON redaction_tokens TO agentos_app;
GRANT SELECT, DELETE ON redaction_tokens TO agentos_platform;
