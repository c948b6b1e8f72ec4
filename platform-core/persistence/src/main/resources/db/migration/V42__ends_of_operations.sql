-- On whose behalf an operation is done, and when its end was recorded: also by who did not do it.
ALTER TABLE operations ADD COLUMN asked json;
ALTER TABLE operations ADD COLUMN recorded_at timestamptz;
CREATE INDEX operations_unrecorded ON operations (id)
    WHERE asked IS NOT NULL AND recorded_at IS NULL AND finished_at IS NOT NULL;
