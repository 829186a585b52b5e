-- One row: an account with how its newest reading went.
SELECT account, max(o.at) AS last, argMax(toString(o.state), o.at) AS state, argMax(o.gaps, o.at) AS gaps
FROM outcomes AS o
WHERE o.run IN (SELECT run FROM runs)
GROUP BY account
ORDER BY account
