-- Who asked for an execution: rules and approvals ask.
ALTER TABLE executions ADD COLUMN started_by text;
