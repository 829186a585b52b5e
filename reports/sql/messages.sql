-- One row: a message of a window, with the seconds until its first answer, however late. decided: its week had passed when the
-- account was last listened to, as the scope of the indicators has it.
WITH seen AS (SELECT run FROM runs), imported AS (SELECT run FROM runs WHERE kind = 'import'),
    listening AS
    (
        SELECT account, max(until) AS until
        FROM
        (
            SELECT account, max(at) AS until FROM outcomes
            WHERE state != 'failed' AND has(gives, 'messages') AND run IN seen AND run NOT IN imported GROUP BY account
            UNION ALL
            SELECT account, max(received) AS until FROM messages WHERE run IN seen GROUP BY account
        )
        GROUP BY account
    )
SELECT m.account AS account, m.at AS received, m.at + 7 * 86400 <= toUnixTimestamp(l.until) AS decided, if(a.at = 0, NULL, toUInt32(greatest(a.at, m.at) - m.at)) AS wait
FROM
(
    SELECT account, message, toUnixTimestamp(any(p.received)) AS at
    FROM messages AS p
    WHERE run IN seen AND p.received >= {starts:Array(UInt32)}[1] AND p.received < {ends:Array(UInt32)}[1]
    GROUP BY account, message
) AS m
INNER JOIN listening AS l ON l.account = m.account
LEFT JOIN
(
    SELECT in_reply_to AS message, toUnixTimestamp(min(created)) AS at
    FROM posts
    WHERE in_reply_to != '' AND NOT self_reply AND run IN seen AND created >= {starts:Array(UInt32)}[1] - 86400
    GROUP BY in_reply_to
) AS a ON a.message = m.message
ORDER BY account, received, wait
