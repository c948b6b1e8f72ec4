-- When somebody first asked for the end of an operation, perhaps by way of another server than the one that is at it.
ALTER TABLE operations ADD COLUMN cancel_asked_at timestamptz;
