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
