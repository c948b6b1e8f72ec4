-- When somebody first asked for the end of an operation, perhaps by way of another server than the one that is at it.
ALTER TABLE operations ADD COLUMN cancel_asked_at timestamptz;

-- Which versions of plugins have been in force, by the digests of their files: each may come back.
CREATE TABLE plugin_versions_run (
    sha512 text COLLATE "C" PRIMARY KEY
);
GRANT SELECT, INSERT ON plugin_versions_run TO agentos_platform;
INSERT INTO plugin_versions_run (sha512)
    SELECT release ->> 'sha512' FROM plugins UNION SELECT previous ->> 'sha512' FROM plugins WHERE previous IS NOT NULL;
