-- One row: a publication of the month's most answered, five a platform, with its newest figures. Those without a figure,
-- and those deleted since, are left out.
SELECT account, platform, created, text, url, likes, replies, reposts, observed,
    coalesce(likes, 0) + coalesce(replies, 0) + coalesce(reposts, 0) AS interactions
FROM posts_latest
WHERE kind = 'own' AND deleted IS NULL AND (likes IS NOT NULL OR replies IS NOT NULL OR reposts IS NOT NULL)
    AND toUnixTimestamp(created) >= {starts:Array(UInt32)}[1] AND toUnixTimestamp(created) < {ends:Array(UInt32)}[1]
ORDER BY platform, interactions DESC, created, account, post
LIMIT 5 BY platform
