-- One row: a department (empty: all) with the messages that it received in the window. A message is decided once seven
-- days have passed before its account was last read; waits are cut there, as in the indicator time_to_first_answer.
WITH
    seen AS (SELECT run FROM runs),
    listening AS
    (
        SELECT account, max(until) AS until
        FROM
        (
            SELECT account, toUnixTimestamp(max(observed)) AS until FROM profiles WHERE has(gives, 'messages') AND run IN seen GROUP BY account
            UNION ALL
            SELECT account, toUnixTimestamp(max(received)) AS until FROM messages WHERE run IN seen GROUP BY account
        )
        GROUP BY account
    ),
    waits AS
    (
        SELECT m.department AS department, m.answered IS NOT NULL AS answered,
            toUnixTimestamp(m.received) + 7 * 86400 <= l.until AS decided,
            least(168, coalesce(dateDiff('second', m.received, m.answered) / 3600, 168)) AS hours
        FROM messages_latest AS m INNER JOIN listening AS l ON l.account = m.account
        WHERE toUnixTimestamp(m.received) >= {starts:Array(UInt32)}[1] AND toUnixTimestamp(m.received) < {ends:Array(UInt32)}[1]
    )
SELECT department, count() AS received, countIf(answered) AS replied, countIf(decided) AS settled,
    if(settled = 0, NULL, quantileExactInclusiveIf(0.9)(hours, decided)) AS p90
FROM waits
GROUP BY GROUPING SETS ((department), ())
ORDER BY department
