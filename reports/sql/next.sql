-- One row: a rule that an account failed or was warned of in the window, how often, and the newest failure. What concerns the
-- account itself (its profile, its months) counts once, as the newest check of it has it.
SELECT account, g.rule AS rule, countIf(v = 'f') AS failed, countIf(v = 'w') AS warned,
    argMax(n.url, (v = 'f', n.at, n.subject)) AS example
FROM
(
    SELECT account, subject, at, argMax(j.letters, checked) AS letters, argMax(j.guide, checked) AS guide, argMax(j.url, checked) AS url
    FROM verdicts_latest AS j
    WHERE subject != '' AND account != ''
        AND toUnixTimestamp(at) >= {starts:Array(UInt32)}[1] AND toUnixTimestamp(at) < {ends:Array(UInt32)}[1]
    GROUP BY account, subject, at
    UNION ALL
    SELECT account, subject, j.at AS at, j.letters AS letters, j.guide AS guide, j.url AS url
    FROM verdicts_latest AS j
    WHERE subject = '' AND account != ''
        AND toUnixTimestamp(at) >= {starts:Array(UInt32)}[1] AND toUnixTimestamp(at) < {ends:Array(UInt32)}[1]
    ORDER BY at DESC LIMIT 1 BY account
) AS n
INNER JOIN (SELECT * FROM guides FINAL) AS g ON g.guide = n.guide
WHERE (substring(letters, g.place, 1) AS v) IN ('f', 'w')
GROUP BY account, rule
ORDER BY account, rule
