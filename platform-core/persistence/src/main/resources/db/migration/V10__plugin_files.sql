-- The JARs of installed plugins, and of updates that wait: every server of a cluster takes them from here, and a backup of the database is whole.

CREATE TABLE plugin_files (
    sha512 text COLLATE "C" NOT NULL CHECK (sha512 ~ '^[0-9a-f]{128}$'),
    part   integer NOT NULL CHECK (part >= 0),
    bytes  bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 1048576),
    PRIMARY KEY (sha512, part)
);
-- A JAR is compressed already.
ALTER TABLE plugin_files ALTER COLUMN bytes SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, DELETE ON plugin_files TO agentos_platform;

-- An update that asks for more than was granted waits for an administrator's consent.
ALTER TABLE plugins ADD COLUMN pending json;
