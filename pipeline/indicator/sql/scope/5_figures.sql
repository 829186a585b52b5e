    -- One row: how many followers an account had when it was read.
    followed AS
    (
        SELECT account, toUnixTimestamp(p.observed) AS at, toFloat64(p.followers) AS followers FROM profiles AS p WHERE p.followers IS NOT NULL AND p.run IN seen
    ),

    -- One row: an own post with its figures at the age that is asked for: by the first reading of the class, as the view
    -- post_figures has it, or the newest of all. What is not known is NULL. What a source does not have by its nature is in
    -- absent and adds nothing to the interactions; a post of which that is so of all three has none, and is not unknown either.
    -- The two are joined by hashes, 128 bits in all: by accounts' and posts' names it would take twice as long.
    figured AS
    (
        SELECT p.account AS account, p.start AS start, p.at AS at, p.gives AS gives, f.not_applicable AS absent, f.likes AS likes,
            f.replies AS replies, f.reposts AS reposts, f.views AS views, f.reach AS reach, hasAll(absent, ['likes', 'replies', 'reposts']) AS meaningless,
            if(meaningless, NULL, if(has(absent, 'likes'), 0, likes) + if(has(absent, 'replies'), 0, replies) + if(has(absent, 'reposts'), 0, reposts)) AS interactions
        FROM
        (
            SELECT account, cityHash64(account, post) AS key, xxHash64(post) AS check, start, at, gives FROM published WHERE kind = 'own' AND hasAny(gives, ['post.likes', 'post.replies', 'post.reposts'])
        ) AS p
        LEFT JOIN
        (
            SELECT cityHash64(account, post) AS key, xxHash64(post) AS check, likes, replies, reposts, views, reach, not_applicable
            FROM figures
            WHERE run IN seen AND multiIf({age_class:String} = 'settled', dateDiff('second', created, observed) >= 30 * 86400,
                {age_class:String} = 'at_7_days', dateDiff('second', created, observed) BETWEEN 7 * 86400 AND 14 * 86400 - 1, true)
            ORDER BY account, post, if({age_class:String} = '', -1, 1) * toUnixTimestamp64Milli(observed), run LIMIT 1 BY account, post
        ) AS f ON f.key = p.key AND f.check = p.check
    ),

    -- One row: what an account's own posts of a window have yielded. liked are the posts with a like, likes their sum, known over
    -- likes_known posts; likewise for replies and reposts. whole are the posts of which all three are known and mean something,
    -- each the interactions of every known post, rates the same in percent of the followers when it was posted, by the nearest
    -- reading before; unfollowed those without such a reading. followers are those at the window's end; NULL: no reading.
    yields AS
    (
        SELECT e.*, f.followers AS followers
        FROM
        (
            SELECT p.account AS account, p.start AS start, ends[indexOf(starts, start)] AS end,
                count(p.likes) AS likes_known, countIf(p.likes IS NULL AND NOT has(p.absent, 'likes')) AS likes_unknown,
                countIf(p.likes > 0) AS liked, sum(p.likes) AS likes,
                count(p.replies) AS replies_known, countIf(p.replies IS NULL AND NOT has(p.absent, 'replies')) AS replies_unknown,
                countIf(p.replies > 0) AS replied, sum(p.replies) AS replies,
                count(p.reposts) AS reposts_known, countIf(p.reposts IS NULL AND NOT has(p.absent, 'reposts')) AS reposts_unknown,
                countIf(p.reposts > 0) AS reposted, sum(p.reposts) AS reposts,
                count(p.likes + p.replies + p.reposts) AS whole, sum(p.likes + p.replies + p.reposts) AS total,
                countIf((p.likes + p.replies + p.reposts) IS NULL AND NOT hasAny(p.absent, ['likes', 'replies', 'reposts'])) AS partial,
                groupArray(p.interactions) AS each, countIf(p.interactions IS NULL AND NOT p.meaningless) AS unknown,
                groupArrayIf(100 * assumeNotNull(p.interactions) / assumeNotNull(f.followers), p.interactions IS NOT NULL AND f.followers > 0) AS rates,
                countIf(p.interactions IS NOT NULL AND f.followers IS NULL) AS unfollowed,
                countIf(p.views > 0 AND p.interactions IS NOT NULL) AS viewed, sumIf(p.views, p.interactions IS NOT NULL) AS views,
                sumIf(p.interactions, p.views > 0) AS by_viewers,
                countIf(has(p.gives, 'post.views') AND NOT has(p.absent, 'views') AND NOT p.meaningless AND (p.views + p.interactions) IS NULL) AS views_unknown,
                countIf(p.reach > 0 AND p.interactions IS NOT NULL) AS reached, sumIf(p.reach, p.interactions IS NOT NULL) AS reach,
                sumIf(p.interactions, p.reach > 0) AS by_reached,
                countIf(has(p.gives, 'post.reach') AND NOT has(p.absent, 'reach') AND NOT p.meaningless AND (p.reach + p.interactions) IS NULL) AS reach_unknown
            FROM figured AS p ASOF LEFT JOIN followed AS f ON f.account = p.account AND f.at <= p.at
            GROUP BY p.account, p.start
        ) AS e
        ASOF LEFT JOIN followed AS f ON f.account = e.account AND f.at < e.end
    ),

    -- One row: an account in a window with what its posts have yielded.
    earned AS MATERIALIZED
    (
        SELECT s.unit AS unit, s.start AS start, s.read AS read, y.* EXCEPT (account, start)
        FROM scope AS s LEFT JOIN yields AS y ON y.account = s.account AND y.start = s.start
    )
