    -- One row: an account in a window with its last figures of followers and followed accounts. gained are the followers since base:
    -- the last figure before the window, if it is not older than 31 days, or else the window's first. meaningless: its network has
    -- no followers; one_way: nobody is followed there.
    audience AS MATERIALIZED
    (
        SELECT unit, department, platform, account, start, followers, following, meaningless, one_way,
            multiIf(followers IS NULL, NULL, before_at > 0 AND before_at + 31 * 86400 >= start, before, last_at > first_at, first, NULL) AS base,
            toInt64(followers) - toInt64(base) AS gained
        FROM
        (
            SELECT s.unit AS unit, s.department AS department, s.platform AS platform, s.account AS account, s.start AS start, h.followers AS followers, h.following AS following,
                h.meaningless AS meaningless, h.one_way AS one_way, h.first AS first, h.first_at AS first_at, h.last_at AS last_at
            FROM scope AS s LEFT JOIN
            (
                SELECT account, roundDown(toUnixTimestamp(observed), starts) AS start, argMax(p.followers, p.observed) AS followers,
                    argMin(p.followers, p.observed) AS first, minIf(p.observed, p.followers IS NOT NULL) AS first_at, maxIf(p.observed, p.followers IS NOT NULL) AS last_at,
                    argMax(p.following, p.observed) AS following, followers IS NULL AND max(has(p.not_applicable, 'followers')) AS meaningless,
                    following IS NULL AND max(has(p.not_applicable, 'following')) AS one_way
                FROM profiles AS p
                WHERE run IN seen AND toUnixTimestamp(observed) >= start AND toUnixTimestamp(observed) < ends[indexOf(starts, start)]
                GROUP BY account, start
            ) AS h ON h.account = s.account AND h.start = s.start
        ) AS l
        ASOF LEFT JOIN
        (
            SELECT account, toUnixTimestamp(observed) AS before_at, assumeNotNull(followers) AS before FROM profiles WHERE followers IS NOT NULL AND run IN seen
        ) AS b ON b.account = l.account AND b.before_at < l.start
    )
