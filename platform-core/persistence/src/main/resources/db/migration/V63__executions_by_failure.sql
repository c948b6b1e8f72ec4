-- What failed for one reason is asked for among all that failed, and what of it was tried again already. Neither index
-- has a row of an execution that simply succeeds.
CREATE INDEX executions_failure ON executions (tenant_id, (failure ->> 'code'), id) WHERE failure IS NOT NULL;
CREATE INDEX executions_origin ON executions (tenant_id, origin) WHERE origin IS NOT NULL;
