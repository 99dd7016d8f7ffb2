-- How many alerts a query has in all.
SELECT count(*)
FROM alerts AS a
WHERE {alert_filters}
