-- What the nodes of a graph contain by name, pinned when it was stored: {path: {id, version}}.

ALTER TABLE graph_versions ADD COLUMN subgraphs json NOT NULL DEFAULT '{}';
