-- Which request holds a key, and whether it is unknown what became of it.

ALTER TABLE idempotency_keys
    ADD COLUMN claim uuid,
    ADD COLUMN uncertain boolean NOT NULL DEFAULT false;
