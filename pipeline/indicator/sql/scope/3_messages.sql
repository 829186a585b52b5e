    -- One row: an account's stretch of known messages, where its source gives any.
    listening AS
    (
        SELECT account, min(since) AS since, max(until) AS until
        FROM
        (
            SELECT account, toUnixTimestamp(min(at)) AS since, toUnixTimestamp(max(at)) AS until
            FROM outcomes
            WHERE state != 'failed' AND has(gives, 'messages') AND run IN seen AND run NOT IN imported
            GROUP BY account
            UNION ALL
            SELECT account, toUnixTimestamp(min(received)) AS since, toUnixTimestamp(max(received)) AS until
            FROM messages
            WHERE run IN seen
            GROUP BY account
        )
        GROUP BY account
    ),

    -- One row: a message whose week has passed, with the hours that its sender waited; silence counts as the whole week.
    -- Younger messages are undecided, answered or not: to count the answered ones alone would flatter the last days.
    waits AS
    (
        SELECT m.account AS account, m.start AS start, m.at AS at, a.at > 0 AND a.at <= m.at + 7 * 86400 AS answered_in_time,
            if(answered_in_time, greatest(a.at, m.at) - m.at, 7 * 86400) / 3600 AS hours
        FROM
        (
            SELECT DISTINCT account, message, toUnixTimestamp(received) AS at, roundDown(at, starts) AS start
            FROM messages
            WHERE run IN seen AND at >= start AND at < ends[indexOf(starts, start)]
        ) AS m
        LEFT JOIN
        (
            SELECT in_reply_to AS message, toUnixTimestamp(min(created)) AS at
            FROM posts
            WHERE in_reply_to != '' AND NOT self_reply AND run IN seen
            GROUP BY in_reply_to
        ) AS a ON a.message = m.message
    ),

    -- One row: an account in a window, with its messages. heard: they are known; deaf: they are not, though its source has
    -- some, or was never read and may have some.
    heard AS
    (
        SELECT s.unit AS unit, s.department AS department, s.start AS start,
            l.since < s.end AND l.until + 7 * 86400 >= least(s.end, (SELECT horizon FROM horizon)) AS heard, NOT heard AND (l.until > 0 OR NOT s.read) AS deaf,
            groupArrayIf(w.hours, w.at > 0 AND w.at + 7 * 86400 <= l.until) AS hours,
            countIf(w.answered_in_time AND w.at + 7 * 86400 <= l.until) AS answered,
            countIf(w.at + 7 * 86400 > l.until) AS undecided
        FROM scope AS s
        LEFT JOIN listening AS l ON l.account = s.account
        LEFT JOIN waits AS w ON w.account = s.account AND w.start = s.start
        GROUP BY s.unit, s.department, s.account, s.start, s.end, s.read, l.since, l.until
    )
