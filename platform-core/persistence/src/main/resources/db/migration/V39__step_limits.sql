-- After how many supersteps an execution fails; where none is named, its graph alone decides.
ALTER TABLE executions ADD COLUMN max_supersteps integer;
