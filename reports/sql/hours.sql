-- One row: a quarter of an hour of a window with the accounts' own posts in it. Quarters, since zones differ by such.
SELECT toUInt32(intDiv(toUnixTimestamp(created), 900) * 900) AS at, uniqExact(account, post) AS posts
FROM posts
WHERE kind = 'own' AND run IN (SELECT run FROM runs) AND account IN (SELECT account FROM accounts)
    AND created >= {starts:Array(UInt32)}[1] AND created < {ends:Array(UInt32)}[1]
GROUP BY at
ORDER BY at
