-- One row: a rule's verdicts on an account in the window, each subject judged once, with the newest failure as example.
SELECT account, g.rule AS rule, countIf(v = 'p') AS passed, countIf(v = 'w') AS warned,
    countIf(v IN ('p', 'w', 'f')) AS evaluable, countIf(v = '?') AS not_evaluable,
    argMaxIf(url, (at, subject), v = 'f') AS example
FROM
(
    SELECT account, subject, at, argMax(j.letters, checked) AS letters, argMax(j.guide, checked) AS guide, argMax(j.url, checked) AS url
    FROM verdicts_latest AS j
    WHERE toUnixTimestamp(at) >= {starts:Array(UInt32)}[1] AND toUnixTimestamp(at) < {ends:Array(UInt32)}[1]
    GROUP BY account, subject, at
) AS n
INNER JOIN (SELECT * FROM guides FINAL) AS g ON g.guide = n.guide
WHERE (substring(letters, g.place, 1) AS v) != ' '
GROUP BY account, rule
ORDER BY account, rule
