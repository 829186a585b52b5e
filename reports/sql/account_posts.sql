-- One row: a publication of an account's own of the month that the public answered to most, or least, three of each at most, with
-- its newest figures of a week's age at least. Accounts with fewer than six such have none that were answered least, since
-- those would be among the others.
SELECT account, created, text, url, likes, replies, reposts, interactions, most <= 3 AS best, lowest, highest
FROM
(
    SELECT account, created, text, url, likes, replies, reposts, coalesce(likes, 0) + coalesce(replies, 0) + coalesce(reposts, 0) AS interactions,
        row_number() OVER (PARTITION BY account ORDER BY interactions DESC, created, post) AS most,
        row_number() OVER (PARTITION BY account ORDER BY interactions, created DESC, post DESC) AS least,
        count() OVER (PARTITION BY account) AS n, min(interactions) OVER (PARTITION BY account) AS lowest, max(interactions) OVER (PARTITION BY account) AS highest
    FROM posts_latest
    WHERE kind = 'own' AND deleted IS NULL AND (likes IS NOT NULL OR replies IS NOT NULL OR reposts IS NOT NULL)
        AND toUnixTimestamp(created) >= {starts:Array(UInt32)}[1] AND toUnixTimestamp(created) < {ends:Array(UInt32)}[1]
        AND observed >= created + INTERVAL 7 DAY
)
WHERE most <= 3 OR least <= 3 AND n >= 6
ORDER BY account, most
