-- One row: a rule's verdicts on an account in the window, each subject judged once, with the newest failure as example.
SELECT account, rule, countIf(verdict = 'pass') AS passed, countIf(verdict IN ('pass', 'warn', 'fail')) AS evaluable,
    countIf(verdict = 'not_evaluable') AS not_evaluable, argMaxIf(url, (at, subject), verdict = 'fail') AS example
FROM
(
    SELECT account, rule, subject, at, argMax(verdict, checked) AS verdict, argMax(url, checked) AS url
    FROM checks_latest
    WHERE toUnixTimestamp(at) >= {starts:Array(UInt32)}[1] AND toUnixTimestamp(at) < {ends:Array(UInt32)}[1]
    GROUP BY account, rule, subject, at
)
GROUP BY account, rule
ORDER BY account, rule
