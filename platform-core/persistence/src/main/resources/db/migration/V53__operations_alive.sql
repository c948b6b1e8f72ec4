-- Until when a server is known to be at an operation that runs: of one that says nothing any more, another ends it.
ALTER TABLE operations ADD COLUMN alive_until timestamptz;
