-- Which subjects of an identity provider are which people here; the id is a digest of the issuer and the subject.
CREATE TABLE subjects (
    id        text COLLATE "C" PRIMARY KEY,
    user_id   text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    linked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX subjects_user ON subjects (user_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON subjects TO agentos_platform;
