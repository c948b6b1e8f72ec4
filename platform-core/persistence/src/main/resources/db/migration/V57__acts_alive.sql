-- When a server was last heard of to be at a change whose record is to come: a change takes as long as it takes, and
-- only what nothing is said of any more was left by a server that has ended.
ALTER TABLE audit_acts ADD COLUMN alive_at timestamptz NOT NULL DEFAULT clock_timestamp();
DROP INDEX audit_acts_at;
CREATE INDEX audit_acts_alive ON audit_acts (alive_at);
