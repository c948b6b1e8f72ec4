-- Who decides on an approval since it was escalated, and when that happens by itself.
ALTER TABLE approvals ADD COLUMN escalated text;
ALTER TABLE approvals ADD COLUMN escalates_at timestamptz;
CREATE INDEX approvals_to_escalate ON approvals (escalates_at) WHERE state = 'PENDING' AND escalates_at IS NOT NULL;
DROP INDEX approvals_untold;
CREATE INDEX approvals_untold ON approvals (id)
    WHERE (state <> 'PENDING' OR escalated IS NOT NULL) AND told_at IS NULL;
