-- Adds a template, or adds to its statistics; the first time and the example stay.
INSERT INTO templates (template_id, template_str, first_seen_ns, last_seen_ns, event_count, example_message)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (template_id) DO UPDATE SET
    template_str = excluded.template_str,
    last_seen_ns = CASE WHEN excluded.last_seen_ns > templates.last_seen_ns THEN excluded.last_seen_ns ELSE templates.last_seen_ns END,
    event_count = templates.event_count + CASE WHEN excluded.event_count > {most_counted} - templates.event_count
                                          THEN {most_counted} - templates.event_count ELSE excluded.event_count END
