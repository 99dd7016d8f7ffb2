-- How many events there are, by counting them.
SELECT count(*) FROM events
