-- What has not begun by its deadline is ended by whichever server looks first.
CREATE INDEX executions_overdue ON executions (deadline, number)
    WHERE state IN ('HELD', 'QUEUED') AND deadline IS NOT NULL;
