-- How many vertices an edge touches, and how many edges there are.
SELECT (SELECT count(*) FROM {graph}."Entity" AS v
        WHERE EXISTS (SELECT FROM {graph}._ag_label_edge AS e WHERE e.start_id = v.id)
           OR EXISTS (SELECT FROM {graph}._ag_label_edge AS e WHERE e.end_id = v.id)),
       (SELECT count(*) FROM {graph}._ag_label_edge)
