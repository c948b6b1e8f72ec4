-- From which registry a plugin came first: the fingerprint of its key, empty for what was only uploaded.

ALTER TABLE publishers
    ADD COLUMN registry text COLLATE "C" NOT NULL DEFAULT '' CHECK (registry ~ '^([0-9a-f]{64})?$');
