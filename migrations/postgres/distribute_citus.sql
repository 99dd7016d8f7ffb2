-- Distributes a database of libseerflow over a Citus cluster. Run it once, manually, on the coordinator, after `seerflow init` created
-- the tables and before they contain much data:
--
--     psql "$SEERFLOW_PG_URL" -v ON_ERROR_STOP=1 -f distribute_citus.sql
--
-- `events` and `entity_events` are distributed by event_id and colocated: all rows of an event are on one node, and the two tables
-- are joined only on event_id. All other tables are small or are joined by alerts; they are copied to every node.
-- Citus refuses triggers on distributed tables: a running Seerflow creates one at every start, so it cannot share such
-- a database. Not for partitioned tables (storage.postgresql_partition).

CREATE EXTENSION IF NOT EXISTS citus;

-- Only Seerflow reads it; its index goes with it.
ALTER TABLE events DROP COLUMN IF EXISTS message_fts;

SELECT create_reference_table('alerts');
SELECT create_reference_table('alert_tactics');
SELECT create_reference_table('alert_techniques');
SELECT create_reference_table('alert_feedback_events');
SELECT create_reference_table('model_state');
SELECT create_reference_table('templates');
SELECT create_reference_table('graph_edges');
SELECT create_reference_table('sigma_rule_state');
SELECT create_reference_table('dead_letters');
SELECT create_reference_table('event_ranges');
SELECT create_reference_table('event_counts');
SELECT create_reference_table('event_tallies');

SELECT create_distributed_table('events', 'event_id');
SELECT create_distributed_table('entity_events', 'event_id', colocate_with => 'events');
