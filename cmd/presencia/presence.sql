-- One row: a department on a platform, with its followers as last seen (NULL while those of one account are unknown)
-- and the publications known.
SELECT
    toString(a.department) AS department,
    toString(a.platform)   AS platform,
    if(countIf(p.followers IS NULL) = 0, toNullable(sum(ifNull(p.followers, 0))), NULL) AS followers,
    sum(c.posts)           AS posts
FROM accounts AS a
LEFT JOIN (SELECT account, followers FROM profiles_latest) AS p ON p.account = a.account
LEFT JOIN (SELECT account, count() AS posts FROM post_contents GROUP BY account) AS c ON c.account = a.account
GROUP BY department, platform
ORDER BY department, platform
