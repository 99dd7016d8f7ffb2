-- Adds templates; of one that is there, the widest statistics stay, with the text of the one seen last.
INSERT INTO templates ({names})
SELECT {values} FROM {rows} WHERE true
ON CONFLICT (template_id) DO UPDATE SET
    template_str = CASE WHEN excluded.last_seen_ns > templates.last_seen_ns THEN excluded.template_str ELSE templates.template_str END,
    first_seen_ns = CASE WHEN excluded.first_seen_ns < templates.first_seen_ns THEN excluded.first_seen_ns ELSE templates.first_seen_ns END,
    last_seen_ns = CASE WHEN excluded.last_seen_ns > templates.last_seen_ns THEN excluded.last_seen_ns ELSE templates.last_seen_ns END,
    event_count = CASE WHEN excluded.event_count > templates.event_count THEN excluded.event_count ELSE templates.event_count END
WHERE excluded.last_seen_ns > templates.last_seen_ns
   OR excluded.first_seen_ns < templates.first_seen_ns
   OR excluded.event_count > templates.event_count
