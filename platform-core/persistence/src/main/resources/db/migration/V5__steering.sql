-- Steering of executions: where a fork comes from.

ALTER TABLE executions ADD COLUMN origin text COLLATE "C", ADD COLUMN origin_checkpoint integer,
    ADD CHECK ((origin IS NULL) = (origin_checkpoint IS NULL));
