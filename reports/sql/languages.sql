-- One row: an own post of one of the windows, as last seen, with what tells its language. start is the window's.
SELECT account, roundDown(toUnixTimestamp(created), {starts:Array(UInt32)}) AS start, text, language
FROM
(
    SELECT account, created, kind, text, language
    FROM posts AS p
    WHERE run IN (SELECT run FROM runs)
        AND toUnixTimestamp(created) >= {starts:Array(UInt32)}[1]
        AND toUnixTimestamp(created) < {ends:Array(UInt32)}[indexOf({starts:Array(UInt32)}, roundDown(toUnixTimestamp(created), {starts:Array(UInt32)}))]
    ORDER BY observed DESC, run DESC LIMIT 1 BY account, post
)
WHERE kind = 'own'
