-- One row: an account with how its readings went, in the window and at the newest of all.
SELECT account, countIf(o.state != 'failed' AND inside) AS readings, countIf(o.state = 'failed' AND inside) AS failures,
    max(o.at) AS last, argMax(toString(o.state), o.at) AS state, argMax(o.error, o.at) AS error, argMax(o.gaps, o.at) AS gaps
FROM
(
    SELECT *, toUnixTimestamp(at) >= {starts:Array(UInt32)}[1] AND toUnixTimestamp(at) < {ends:Array(UInt32)}[1] AS inside
    FROM outcomes FINAL
    WHERE run IN (SELECT run FROM runs)
) AS o
GROUP BY account
ORDER BY account
