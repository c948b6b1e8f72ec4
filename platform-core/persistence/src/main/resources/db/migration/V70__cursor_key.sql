-- What authenticates the cursors of lists, the same for all servers: 244 random bits.
CREATE TABLE cursor_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    key      bytea NOT NULL
);
INSERT INTO cursor_key (key)
VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
GRANT SELECT ON cursor_key TO agentos_platform;
