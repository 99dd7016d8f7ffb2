-- Events of a host, of which there may be few or none. Cut, because PostgreSQL limits the entries of an index.
CREATE INDEX IF NOT EXISTS idx_events_host ON events (substr(source_id, 1, 500), timestamp_ns);
