-- To which agents and graphs keys, members and groups are confined; '*' means all of them.
ALTER TABLE api_keys ADD COLUMN agents text[] NOT NULL DEFAULT '{*}';
ALTER TABLE memberships ADD COLUMN agents text[] NOT NULL DEFAULT '{*}';
ALTER TABLE groups ADD COLUMN agents text[] NOT NULL DEFAULT '{*}';
