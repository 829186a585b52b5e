-- One row: a rule in one of the windows, over all accounts, each subject judged once. start is the window's.
SELECT start, g.rule AS rule, countIf(v = 'p') AS passed, countIf(v IN ('p', 'w', 'f')) AS evaluable
FROM
(
    SELECT roundDown(toUnixTimestamp(at), {starts:Array(UInt32)}) AS start, argMax(j.letters, checked) AS letters, argMax(j.guide, checked) AS guide
    FROM verdicts_latest AS j
    WHERE account != '' AND toUnixTimestamp(at) >= start AND toUnixTimestamp(at) < {ends:Array(UInt32)}[indexOf({starts:Array(UInt32)}, start)]
    GROUP BY account, subject, at
) AS n
INNER JOIN (SELECT * FROM guides FINAL) AS g ON g.guide = n.guide
WHERE (substring(letters, g.place, 1) AS v) IN ('p', 'w', 'f')
GROUP BY start, rule
ORDER BY start, rule
