-- Members of a tenant who have roles together. Whoever is a member no more is in no group.
CREATE TABLE groups (
    tenant_id   text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    name        text COLLATE "C" NOT NULL,
    description text NOT NULL,
    roles       text[] NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
SELECT protect_tenant_table('groups');
GRANT SELECT ON groups TO agentos_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON groups TO agentos_platform;

CREATE TABLE group_members (
    tenant_id  text COLLATE "C" NOT NULL,
    group_name text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, user_id, group_name),
    FOREIGN KEY (tenant_id, group_name) REFERENCES groups (tenant_id, name) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id) ON DELETE CASCADE
);
CREATE INDEX group_members_group ON group_members (tenant_id, group_name);
SELECT protect_tenant_table('group_members');
GRANT SELECT ON group_members TO agentos_app;
GRANT SELECT, INSERT, DELETE ON group_members TO agentos_platform;
