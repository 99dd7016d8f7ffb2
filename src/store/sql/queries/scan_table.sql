-- Every row of a table, in the order of its key.
SELECT {columns} FROM {table} AS t ORDER BY {key}
