-- Steering of executions: where a fork comes from, and whether one is to wait.

ALTER TABLE executions ADD COLUMN origin text COLLATE "C", ADD COLUMN origin_checkpoint integer,
    ADD COLUMN pause_requested boolean NOT NULL DEFAULT false,
    ADD CHECK ((origin IS NULL) = (origin_checkpoint IS NULL));

-- A key that came with the request for an execution is stored in the transaction that admits the execution.
ALTER TABLE idempotency_keys ADD COLUMN execution text COLLATE "C";
