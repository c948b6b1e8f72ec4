-- Principals that have changed the state of an execution: they cannot agree to what it wants to do.
ALTER TABLE executions ADD COLUMN edited_by text[] NOT NULL DEFAULT '{}';
