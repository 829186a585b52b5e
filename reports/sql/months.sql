-- One row: a rule in one of the windows, over all accounts, each subject judged once. start is the window's. Letters are counted
-- place by place, for all rules at once, before each has a row.
SELECT n.start AS start, g.rule AS rule, sum(n.p) AS passed, sum(n.e) AS evaluable
FROM
(
    SELECT start, guide, p, e, place
    FROM
    (
        SELECT start, guide, sumForEach(arrayMap(c -> c = ascii('p'), bytes)) AS passes, sumForEach(arrayMap(c -> c IN (ascii('p'), ascii('w'), ascii('f')), bytes)) AS judged
        FROM
        (
            SELECT roundDown(toUnixTimestamp(at), {starts:Array(UInt32)}) AS start, argMax((j.letters, j.guide), checked) AS newest,
                reinterpret(newest.1, 'Array(UInt8)') AS bytes, newest.2 AS guide
            FROM verdicts_latest AS j
            WHERE account != '' AND toUnixTimestamp(at) >= start AND toUnixTimestamp(at) < {ends:Array(UInt32)}[indexOf({starts:Array(UInt32)}, start)]
            GROUP BY account, subject, at
        )
        GROUP BY start, guide
    )
    ARRAY JOIN passes AS p, judged AS e, arrayEnumerate(passes) AS place
) AS n
INNER JOIN (SELECT * FROM guides FINAL) AS g ON g.guide = n.guide AND g.place = n.place
WHERE n.e > 0
GROUP BY start, rule
ORDER BY start, rule
