-- Events by their places, in the order in which these are given.
SELECT e.timestamp_ns, e.{seq}, e.data
FROM unnest(?1::bigint[]) WITH ORDINALITY AS k (place, number)
JOIN events AS e ON e.{seq} = k.place
ORDER BY k.number
