-- How many alerts have which verdict.
SELECT feedback, count(*) FROM alerts WHERE feedback IN ('tp', 'fp') GROUP BY feedback
