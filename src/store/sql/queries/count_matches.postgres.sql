-- How many messages match a text search, as the planner estimates it. Counting would read all entries of a common word, because the
-- index has no order.
EXPLAIN SELECT FROM events AS e WHERE {matches} CAST(?1 AS tsquery)
