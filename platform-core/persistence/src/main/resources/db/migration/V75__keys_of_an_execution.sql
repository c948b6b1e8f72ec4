-- The keys of requests go with the execution that they stand for.
CREATE INDEX idempotency_keys_execution ON idempotency_keys (tenant_id, execution) WHERE execution IS NOT NULL;
