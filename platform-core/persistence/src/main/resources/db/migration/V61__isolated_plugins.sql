-- Plugins that run in a process of their own.

ALTER TABLE plugins ADD COLUMN isolated boolean NOT NULL DEFAULT false;
