-- How much each plugin keeps for each tenant, so that whoever keeps one value more need not look at all the others.
-- Bytes are those of the text: what a value takes as it is stored is another number before it is stored.
ALTER TABLE plugin_state ADD COLUMN bytes bigint GENERATED ALWAYS AS (octet_length(value::text)) STORED;

CREATE TABLE plugin_state_sizes (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants ON DELETE CASCADE,
    plugin    text COLLATE "C" NOT NULL,
    entries   bigint NOT NULL,
    bytes     bigint NOT NULL,
    PRIMARY KEY (tenant_id, plugin)
) WITH (fillfactor = 50);
ALTER TABLE plugin_state NO FORCE ROW LEVEL SECURITY;
INSERT INTO plugin_state_sizes (tenant_id, plugin, entries, bytes)
    SELECT tenant_id, plugin, count(*), sum(bytes) FROM plugin_state GROUP BY tenant_id, plugin;
ALTER TABLE plugin_state FORCE ROW LEVEL SECURITY;
SELECT protect_tenant_table('plugin_state_sizes');
GRANT SELECT, INSERT, UPDATE, DELETE ON plugin_state_sizes TO agentos_app;
GRANT SELECT, UPDATE, DELETE ON plugin_state_sizes TO agentos_platform;

-- In the name of whoever changes the state, who sees the same tenants' rows here.
CREATE FUNCTION count_plugin_state() RETURNS trigger LANGUAGE plpgsql SET search_path = agentos, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO plugin_state_sizes AS s (tenant_id, plugin, entries, bytes)
            SELECT tenant_id, plugin, count(*), sum(bytes) FROM added GROUP BY tenant_id, plugin
        ON CONFLICT (tenant_id, plugin) DO UPDATE
            SET entries = s.entries + excluded.entries, bytes = s.bytes + excluded.bytes;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE plugin_state_sizes s SET bytes = s.bytes + c.bytes
          FROM (SELECT tenant_id, plugin, sum(bytes) AS bytes
                  FROM (SELECT tenant_id, plugin, bytes FROM added
                        UNION ALL SELECT tenant_id, plugin, -bytes FROM gone) AS changed
                 GROUP BY tenant_id, plugin) AS c
         WHERE s.tenant_id = c.tenant_id AND s.plugin = c.plugin AND c.bytes <> 0;
    ELSE
        UPDATE plugin_state_sizes s SET entries = s.entries - c.entries, bytes = s.bytes - c.bytes
          FROM (SELECT tenant_id, plugin, count(*) AS entries, sum(bytes) AS bytes FROM gone
                 GROUP BY tenant_id, plugin) AS c
         WHERE s.tenant_id = c.tenant_id AND s.plugin = c.plugin;
        DELETE FROM plugin_state_sizes s
         USING (SELECT DISTINCT tenant_id, plugin FROM gone) AS c
         WHERE s.tenant_id = c.tenant_id AND s.plugin = c.plugin AND s.entries = 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER plugin_state_is_counted_when_added AFTER INSERT ON plugin_state
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_plugin_state();
CREATE TRIGGER plugin_state_is_counted_when_changed AFTER UPDATE ON plugin_state
    REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_plugin_state();
CREATE TRIGGER plugin_state_is_counted_when_gone AFTER DELETE ON plugin_state
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_plugin_state();
