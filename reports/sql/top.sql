-- One row: an own publication of the month that is among the five of its platform with the highest rate, or the three with the
-- lowest: interactions by a hundred of the followers that the account had when it was published, by the nearest reading before.
-- Its figures are those of the age that is asked for. What a source does not have by its nature adds nothing. Where the rate
-- is not known, posts are ordered by their interactions. Among the last are only those whose figures are all known and a week
-- old, and none where a platform has fewer than ten, so that no post is both. Those deleted since are left out.
WITH seen AS (SELECT run FROM runs),
    figured AS
    (
        SELECT f.account AS account, f.post AS post, f.observed AS observed, f.likes AS likes, f.replies AS replies, f.reposts AS reposts, f.not_applicable AS absent
        FROM figures AS f
        WHERE f.run IN seen AND f.created >= {starts:Array(UInt32)}[1] AND f.created < {ends:Array(UInt32)}[1]
            AND multiIf({age_class:String} = 'settled', dateDiff('second', f.created, f.observed) >= 30 * 86400,
                {age_class:String} = 'at_7_days', dateDiff('second', f.created, f.observed) BETWEEN 7 * 86400 AND 14 * 86400 - 1, true)
        ORDER BY account, post, if({age_class:String} = '', -1, 1) * toUnixTimestamp64Milli(f.observed), f.run LIMIT 1 BY account, post
    ),
    ordered AS
    (
        SELECT *, row_number() OVER (PARTITION BY platform ORDER BY rate DESC NULLS LAST, interactions DESC, created, account, post) AS best,
            row_number() OVER (PARTITION BY platform, whole ORDER BY rate NULLS LAST, interactions, followers DESC NULLS LAST, created, account, post) AS worst,
            count() OVER (PARTITION BY platform, whole) AS n
        FROM
        (
            SELECT p.account AS account, p.platform AS platform, p.created AS created, p.post AS post, p.text AS text, p.url AS url,
                f.likes AS likes, f.replies AS replies, f.reposts AS reposts, f.observed AS observed, w.followers AS followers,
                coalesce(f.likes, 0) + coalesce(f.replies, 0) + coalesce(f.reposts, 0) AS interactions,
                if(w.followers > 0, 100 * interactions / w.followers, NULL) AS rate,
                (f.likes IS NOT NULL OR has(f.absent, 'likes')) AND (f.replies IS NOT NULL OR has(f.absent, 'replies'))
                    AND (f.reposts IS NOT NULL OR has(f.absent, 'reposts')) AND dateDiff('second', p.created, f.observed) >= 7 * 86400 AS whole
            FROM
            (
                SELECT * FROM posts_latest WHERE kind = 'own' AND deleted IS NULL
                    AND created >= {starts:Array(UInt32)}[1] AND created < {ends:Array(UInt32)}[1]
            ) AS p
            INNER JOIN figured AS f ON f.account = p.account AND f.post = p.post
            ASOF LEFT JOIN (SELECT account, observed, toNullable(followers) AS followers FROM profiles WHERE followers IS NOT NULL AND run IN seen) AS w
                ON w.account = p.account AND w.observed <= p.created
            WHERE f.likes IS NOT NULL OR f.replies IS NOT NULL OR f.reposts IS NOT NULL
        )
    )
SELECT account, platform, created, text, url, likes, replies, reposts, observed, interactions, rate, best, if(whole AND n >= 10 AND worst <= 3, worst, 0) AS last
FROM ordered
WHERE best <= 5 OR last > 0
ORDER BY platform, best
