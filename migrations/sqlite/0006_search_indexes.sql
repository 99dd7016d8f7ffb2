-- Events of a host, of which there may be few or none. Cut, because PostgreSQL limits the entries of an index.
CREATE INDEX IF NOT EXISTS idx_events_host ON events (substr(source_id, 1, 500), timestamp_ns);

-- A search starts at the ranges with the newest or the oldest events.
CREATE INDEX idx_event_ranges_max ON event_ranges (max_ns, first_seq);
CREATE INDEX idx_event_ranges_min ON event_ranges (min_ns, first_seq);
