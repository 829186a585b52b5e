-- One row: an account with how its readings went, in the window and at the newest of all.
SELECT account, countIf(state != 'failed' AND inside) AS readings, countIf(state = 'failed' AND inside) AS failures,
    max(at) AS last, argMax(toString(state), at) AS state, argMax(error, at) AS error, argMax(gaps, at) AS gaps
FROM (SELECT *, toUnixTimestamp(at) >= {starts:Array(UInt32)}[1] AND toUnixTimestamp(at) < {ends:Array(UInt32)}[1] AS inside FROM outcomes FINAL)
WHERE run IN (SELECT run FROM runs)
GROUP BY account
ORDER BY account
