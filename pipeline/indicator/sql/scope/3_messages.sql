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

    -- One row: a message, with the hours that its sender waited; silence counts as the whole week. It is decided once its week
    -- has passed, and undecided until then, answered or not: to count the answered ones alone would flatter the last days.
    waits AS
    (
        SELECT m.account AS account, m.message AS message, m.start AS start, m.kind AS kind, m.at + 7 * 86400 <= l.until AS decided,
            a.at > 0 AND a.at <= m.at + 7 * 86400 AS answered, if(answered, greatest(a.at, m.at) - m.at, 7 * 86400) / 3600 AS hours
        FROM
        (
            SELECT account, message, toUnixTimestamp(any(received)) AS at, roundDown(at, starts) AS start, argMax(p.kind, (p.observed, p.run)) AS kind
            FROM messages AS p
            WHERE run IN seen
            GROUP BY account, message
            HAVING at >= start AND at < ends[indexOf(starts, start)]
        ) AS m
        INNER JOIN listening AS l ON l.account = m.account
        LEFT JOIN
        (
            SELECT in_reply_to AS message, toUnixTimestamp(min(created)) AS at
            FROM posts
            WHERE in_reply_to != '' AND NOT self_reply AND run IN seen
            GROUP BY in_reply_to
        ) AS a ON a.message = m.message
    ),

    -- One row: an account in a window, with its messages; hours and answered are of the decided ones, and x_of is x by
    -- kind. heard: they are known;
    -- deaf: they are not, though its source has some, or was never read and may have some.
    heard AS MATERIALIZED
    (
        SELECT s.unit AS unit, s.department AS department, s.account AS account, s.start AS start,
            l.since < s.end AND l.until + 7 * 86400 >= least(s.end, (SELECT horizon FROM horizon)) AS heard, NOT heard AND (l.until > 0 OR NOT s.read) AS deaf,
            w.hours AS hours, w.answered AS answered, w.undecided AS undecided, w.decided_of AS decided_of, w.answered_of AS answered_of, w.undecided_of AS undecided_of
        FROM scope AS s
        LEFT JOIN listening AS l ON l.account = s.account
        LEFT JOIN
        (
            SELECT account, start, groupArrayIf(m.hours, m.decided) AS hours, countIf(m.decided AND m.answered) AS answered, countIf(NOT m.decided) AS undecided,
                sumMapIf(map(m.kind, 1), m.decided) AS decided_of, sumMapIf(map(m.kind, 1), m.decided AND m.answered) AS answered_of,
                sumMapIf(map(m.kind, 1), NOT m.decided) AS undecided_of
            FROM waits AS m
            GROUP BY account, start
        ) AS w ON w.account = s.account AND w.start = s.start
    )
