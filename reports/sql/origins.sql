-- One row: an account with where its figures of a window come from: how many of its posts were seen at their network and
-- how many in imported files only, the day of the newest of those files, and which kind of run told its followers last.
WITH complete AS (SELECT run, kind FROM runs FINAL WHERE kind IN ('collect', 'import'))
SELECT account, sum(live) AS live, sum(file) AS file, max(exported) AS exported, max(followers) AS followers
FROM
(
    SELECT account, countIf(seen) AS live, countIf(NOT seen) AS file, maxIf(of_file, NOT seen) AS exported, '' AS followers
    FROM
    (
        SELECT f.account AS account, f.post AS post, max(c.kind = 'collect') AS seen, max(f.observed) AS of_file
        FROM figures AS f
        INNER JOIN complete AS c ON c.run = f.run
        WHERE f.created >= {starts:Array(UInt32)}[1] AND f.created < {ends:Array(UInt32)}[1]
        GROUP BY f.account, f.post
    )
    GROUP BY account
    UNION ALL
    SELECT p.account AS account, 0 AS live, 0 AS file, argMaxIf(p.observed, (p.observed, p.run), c.kind = 'import') AS exported,
        toString(argMax(c.kind, (p.observed, p.run))) AS followers
    FROM profiles AS p
    INNER JOIN complete AS c ON c.run = p.run
    WHERE p.followers IS NOT NULL AND p.observed < {ends:Array(UInt32)}[1]
    GROUP BY p.account
)
GROUP BY account
ORDER BY account
