-- Whether a member has ever been active. Of who is disabled it is not known, and most have been.
ALTER TABLE memberships ADD COLUMN came boolean NOT NULL DEFAULT true;
ALTER TABLE memberships NO FORCE ROW LEVEL SECURITY;
UPDATE memberships SET came = false WHERE state = 'INVITED';
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;

-- By whom a key was made, and whoever has made it has seen it. NULL: it is not known, or nobody has.
ALTER TABLE api_keys ADD COLUMN made_by text COLLATE "C";
