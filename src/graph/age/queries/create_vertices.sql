-- The indexes of the vertices: names are unique; ids, which AGE leaves without an index; and what Cypher asks by. And those of the table that
-- all edges' tables inherit from: it is empty, but without them the planner takes each look at all edges for a costly one.
CREATE UNIQUE INDEX IF NOT EXISTS seerflow_entity_name ON {graph}."Entity" (((properties ->> 'name'::text)) COLLATE "C");
CREATE UNIQUE INDEX IF NOT EXISTS seerflow_entity_id ON {graph}."Entity" (id);
CREATE INDEX IF NOT EXISTS seerflow_entity_properties ON {graph}."Entity" USING gin (properties);
CREATE INDEX IF NOT EXISTS seerflow_entity_edge_end ON {graph}._ag_label_edge (end_id);
CREATE INDEX IF NOT EXISTS seerflow_entity_edge_ends ON {graph}._ag_label_edge (start_id, end_id)
