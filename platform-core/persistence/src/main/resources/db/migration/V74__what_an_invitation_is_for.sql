-- What the person might do when the invitation was made, who made it held all of that: it is good for no more. Of those
-- that are there nobody knows, so they are good for nothing, and somebody has to invite again.
ALTER TABLE invitations ADD COLUMN powers text[] NOT NULL DEFAULT '{}';
