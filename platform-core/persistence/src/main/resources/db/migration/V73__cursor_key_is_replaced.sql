-- What a replaced key has sealed is taken for a while, so that nobody's list ends in the middle.
ALTER TABLE cursor_key ADD COLUMN previous bytea, ADD COLUMN replaced_at timestamptz;
GRANT UPDATE ON cursor_key TO agentos_platform;
