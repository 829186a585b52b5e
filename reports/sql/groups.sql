-- One row: a rule in one of the windows in a group of departments, each subject judged once. start is the window's.
SELECT start, n.department_group AS department_group, g.rule AS rule, countIf(v = 'p') AS passed, count() AS evaluable
FROM
(
    SELECT roundDown(toUnixTimestamp(at), {starts:Array(UInt32)}) AS start, a.department_group AS department_group,
        argMax(j.letters, checked) AS letters, argMax(j.guide, checked) AS guide
    FROM verdicts_latest AS j
    INNER JOIN (SELECT account, department_group FROM accounts) AS a ON a.account = j.account
    WHERE toUnixTimestamp(at) >= start AND toUnixTimestamp(at) < {ends:Array(UInt32)}[indexOf({starts:Array(UInt32)}, start)]
    GROUP BY j.account, department_group, subject, at
) AS n
INNER JOIN (SELECT * FROM guides FINAL) AS g ON g.guide = n.guide
WHERE (substring(letters, g.place, 1) AS v) IN ('p', 'w', 'f')
GROUP BY start, department_group, rule
ORDER BY start, department_group, rule
