-- Templates by their number of events, largest first.
SELECT template_id, template_str, first_seen_ns, last_seen_ns, event_count, example_message
FROM templates
ORDER BY event_count DESC, template_id
LIMIT ?1
