-- Whom a key stands for: the first of those that were rotated into it. What was rotated before stays on its own.
ALTER TABLE api_keys ADD COLUMN principal text COLLATE "C";
ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY;
UPDATE api_keys SET principal = id;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE api_keys ALTER COLUMN principal SET NOT NULL;
CREATE INDEX api_keys_principal ON api_keys (principal);
