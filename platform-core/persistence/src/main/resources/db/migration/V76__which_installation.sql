-- By which operation a plugin was installed: what servers keep for another of its name is not its own. Of those that are
-- there nobody knows, and what is kept for them is kept without it, too.
ALTER TABLE plugins ADD COLUMN installation text COLLATE "C" NOT NULL DEFAULT '';
