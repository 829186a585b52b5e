-- What every definition stands on; it is put before them. The parameters are disjoint windows in ascending order (starts
-- and ends, in Unix seconds, ends not included), levels and an age class. A unit is a level with the name of one of its
-- departments, groups …; definitions only group by it.
--
-- An account is in scope in a window if the register in force has it open in some part of it. Its posts are known (read)
-- from its first post or reading on, until a week after its last reading or a month after the last post of an imported
-- file; nobody can vouch for more, and nobody needs to after its closing. Outside, no post is not the same as none.
WITH
    {starts:Array(UInt32)} AS starts, {ends:Array(UInt32)} AS ends,
    seen AS (SELECT run FROM runs),
    imported AS (SELECT run FROM runs WHERE kind = 'import'),
    horizon AS (SELECT toUnixTimestamp(max(at)) AS horizon FROM outcomes WHERE state != 'failed' AND run IN seen),

    -- One row: an account's stretch of known posts.
    reading AS
    (
        SELECT account, min(since) AS since, max(until) AS until
        FROM
        (
            SELECT account, toUnixTimestamp(min(at)) AS since, toUnixTimestamp(max(at)) + 7 * 86400 AS until
            FROM outcomes
            WHERE state != 'failed' AND NOT arrayExists(gap -> startsWith(gap, 'posts'), gaps) AND run IN seen AND run NOT IN imported
            GROUP BY account
            UNION ALL
            SELECT account, toUnixTimestamp(min(created)) AS since, toUnixTimestamp(maxIf(created, run IN imported)) + 31 * 86400 AS until
            FROM posts
            WHERE run IN seen
            GROUP BY account
        )
        GROUP BY account
    ),

    -- One row: an account in a window.
    scope AS
    (
        SELECT
            a.account AS account, a.department AS department, a.platform AS platform,
            (l, multiIf(l = 'group', a.department_group, l = 'department', a.department, l = 'platform', a.platform, l = 'account', a.account, '')) AS unit,
            w.1 AS start, least(w.2, coalesce(toUnixTimestamp(toDateTime64(a.closed, 0, 'UTC')), w.2)) AS end,
            r.since < end AND r.until >= least(end, (SELECT horizon FROM horizon)) AS read
        FROM accounts AS a
        CROSS JOIN (SELECT arrayJoin(arrayZip(starts, ends)) AS w) AS windows
        CROSS JOIN (SELECT arrayJoin({levels:Array(String)}) AS l) AS levels
        LEFT JOIN reading AS r ON r.account = a.account
        WHERE (a.opened IS NULL OR toUnixTimestamp(toDateTime64(a.opened, 0, 'UTC')) < w.2)
            AND start < end
    ),

    -- One row: a post as last seen, in its window. One that was deleted later was published all the same. The tables are read
    -- and not their views, whose texts are not needed here.
    published AS
    (
        SELECT account, post, roundDown(toUnixTimestamp(created), starts) AS start, argMax(p.kind, (p.observed, p.run)) AS kind,
            argMax(p.mentions, (p.observed, p.run)) AS mentions, argMax(p.gives, (p.observed, p.run)) AS gives
        FROM posts AS p
        WHERE run IN seen AND toUnixTimestamp(created) >= start AND toUnixTimestamp(created) < ends[indexOf(starts, start)]
        GROUP BY account, post, start
    ),

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
    ),

    -- One row: what the rule's checks of an account came to in a window, the one in which happened what was judged. The newest
    -- verdict on a subject counts, and windows that were judged twice, whole or in parts, count once.
    verdicts AS
    (
        SELECT account, rule, start, countIf(v = 'p') AS passed, countIf(v IN ('p', 'w', 'f')) AS evaluable, countIf(v = '?') AS not_evaluable
        FROM
        (
            SELECT account, g.rule AS rule, start, substring(letters, g.place, 1) AS v
            FROM
            (
                SELECT account, subject, roundDown(toUnixTimestamp(at), starts) AS start,
                    argMax(j.letters, (checked, run)) AS letters, argMax(j.guide, (checked, run)) AS guide
                FROM verdicts AS j
                WHERE run IN seen AND toUnixTimestamp(at) >= start AND toUnixTimestamp(at) < ends[indexOf(starts, start)]
                GROUP BY account, subject, at
            ) AS n
            INNER JOIN (SELECT * FROM guides FINAL) AS g ON g.guide = n.guide
        )
        GROUP BY account, rule, start
    ),

    -- One row: a rule in a department and window; unchecked are accounts without any verdict.
    rules AS
    (
        SELECT s.unit AS unit, s.department AS department, s.start AS start, v.rule AS rule, sum(v.passed) AS passed,
            sum(v.evaluable) AS evaluable, sum(v.not_evaluable) AS not_evaluable, countIf(v.rule = '') AS unchecked
        FROM scope AS s LEFT JOIN verdicts AS v ON v.account = s.account AND v.start = s.start
        GROUP BY s.unit, s.department, s.start, v.rule
    )
