-- One row: a rule that could not be judged on an account as a whole in the window, or any verdict on the institution, with the
-- value that decided it or what was missing, by the newest check. The store keeps this of no single post.
SELECT j.account AS account, j.rule AS rule, j.letter AS letter, e.evidence AS evidence
FROM
(
    SELECT n.account AS account, g.rule AS rule, n.window_from AS window_from, n.run AS run, substring(n.letters, g.place, 1) AS letter
    FROM
    (
        SELECT account, window_from, run, letters, guide, at
        FROM verdicts_latest
        WHERE subject = '' AND toUnixTimestamp(at) >= {starts:Array(UInt32)}[1] AND toUnixTimestamp(at) < {ends:Array(UInt32)}[1]
        ORDER BY at DESC LIMIT 1 BY account
    ) AS n
    INNER JOIN (SELECT * FROM guides FINAL) AS g ON g.guide = n.guide
    WHERE letter = '?' OR n.account = '' AND letter != ' '
) AS j
LEFT JOIN (SELECT * FROM evidence FINAL WHERE subject = '') AS e
    ON e.account = j.account AND e.rule = j.rule AND e.window_from = j.window_from AND e.run = j.run
ORDER BY account, rule
