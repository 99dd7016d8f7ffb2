-- Every row of one of the alerts' junction tables whose alert is there, in the order of its key.
SELECT {columns} FROM {table} AS t WHERE EXISTS (SELECT 1 FROM alerts AS a WHERE a.dedup_key = t.dedup_key) ORDER BY {key}
