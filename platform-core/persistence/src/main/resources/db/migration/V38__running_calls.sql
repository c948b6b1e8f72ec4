-- Which calls each server makes now, for who wants to know what a kill switch would close. A crash of the database may
-- forget it: each server says it again within seconds.
CREATE UNLOGGED TABLE running_calls (
    server  text COLLATE "C" PRIMARY KEY,
    calls   json NOT NULL,
    said_at timestamptz NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE, DELETE ON running_calls TO agentos_platform;
