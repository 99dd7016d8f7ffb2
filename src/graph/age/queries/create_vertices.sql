-- The indexes of the vertices: names are unique; ids, which AGE leaves without an index; and what Cypher asks by.
CREATE UNIQUE INDEX IF NOT EXISTS seerflow_entity_name ON {graph}."Entity" (((properties ->> 'name'::text)) COLLATE "C");
CREATE UNIQUE INDEX IF NOT EXISTS seerflow_entity_id ON {graph}."Entity" (id);
CREATE INDEX IF NOT EXISTS seerflow_entity_properties ON {graph}."Entity" USING gin (properties)
