    -- Posts of which there may be several contents. Two that share a key by chance are looked at more closely, no more.
    changed AS MATERIALIZED
    (
        SELECT key FROM (SELECT cityHash64(account, post) AS key FROM posts WHERE run IN seen) GROUP BY key HAVING count() > 1
    ),
    contents AS
    (
        SELECT account, post, observed, run, cityHash64(account, post) AS key, toUnixTimestamp(created) AS at, roundDown(at, starts) AS start,
            kind, self_reply, mentions, gives, lower(splitByChar('-', language)[1]) AS language, length(links) AS links, length(hashtags) AS hashtags,
            length(media_kind) AS media, arrayCount(k -> k = 'image', media_kind) AS pictures,
            arrayCount((k, alt) -> k = 'image' AND notEmpty(trimBoth(alt)), media_kind, arrayResize(media_alt, length(media_kind), '')) AS described
        FROM posts AS p
        WHERE run IN seen AND at >= start AND at < ends[indexOf(starts, start)]
    ),

    -- One row: a post as last seen, in its window. One that was deleted later was published all the same. The tables are read
    -- and not their views, whose texts are not needed here; to sort all posts for their newest contents would take most of the time.
    published AS
    (
        SELECT * FROM contents WHERE key NOT IN (SELECT key FROM changed)
        UNION ALL
        SELECT * FROM (SELECT * FROM contents WHERE key IN (SELECT key FROM changed) ORDER BY account, post, observed DESC, run DESC LIMIT 1 BY account, post)
    ),

    -- One row: a post that was missed and has not been seen again since.
    gone AS
    (
        SELECT d.account AS account, d.post AS post
        FROM (SELECT account, post, max(deletions.seen) AS missed FROM deletions WHERE run IN (SELECT run FROM seen) GROUP BY account, post) AS d
        LEFT JOIN
        (
            SELECT account, post, max(observed) AS last FROM figures WHERE (account, post) IN (SELECT account, post FROM deletions) AND run IN seen GROUP BY account, post
        ) AS f ON f.account = d.account AND f.post = d.post
        WHERE d.missed > f.last
    ),

    -- One row: what an account published in a window. A column of the form x_of counts the own posts of which x can be known.
    output AS
    (
        SELECT account, start, count() AS posts, countIf(kind = 'own') AS own, countIf(kind = 'reply') AS replies, countIf(kind = 'repost') AS reposts,
            countIf(kind = 'reply' AND NOT self_reply) AS answers, countIf((account, post) IN (SELECT account, post FROM gone)) AS deleted,
            groupArray(at) AS moments, groupUniqArray(toUInt32(toDate(toDateTime(at, zone)))) AS days, groupArrayIf(at, kind = 'own') AS own_moments,
            countIf(kind = 'own' AND has(gives, 'post.links')) AS links_of, countIf(kind = 'own' AND has(gives, 'post.links') AND links > 0) AS with_links,
            countIf(kind = 'own' AND has(gives, 'post.hashtags')) AS hashtags_of, sumIf(hashtags, kind = 'own' AND has(gives, 'post.hashtags')) AS hashtags,
            countIf(kind = 'own' AND has(gives, 'post.media')) AS media_of, countIf(kind = 'own' AND has(gives, 'post.media') AND media > 0) AS with_media,
            countIf(kind = 'own' AND pictures > 0) AS with_pictures, countIf(kind = 'own' AND pictures > 0 AND has(gives, 'post.media.alt')) AS described_of,
            countIf(kind = 'own' AND pictures > 0 AND has(gives, 'post.media.alt') AND described = pictures) AS described,
            countIf(kind = 'own' AND has(gives, 'post.language')) AS language_of, countIf(kind = 'own' AND has(gives, 'post.language') AND language != '') AS declared,
            groupArrayIf(language, kind = 'own') AS spoken
        FROM published
        GROUP BY account, start
    ),

    -- One row: an account in a window with what it published. Of its days, from first up to the one before next, those are known
    -- of whose noon is; busy are those with a publication. silence is the longest time without one, in seconds.
    activity AS MATERIALIZED
    (
        SELECT s.unit AS unit, s.department AS department, s.platform AS platform, s.account AS account, s.languages AS languages, s.start AS start,
            s.opening AS opening, s.end AS end, s.read AS read, s.begin AS begin, s.finish AS finish, o.* EXCEPT (account, start),
            toUInt32(toDate(toDateTime(s.begin + 43200, zone))) AS first, toUInt32(toDate(toDateTime(s.finish + 43200, zone))) AS next,
            length(arrayFilter(d -> d >= first AND d < next, o.days)) AS busy,
            arrayMax(arrayDifference(arrayConcat([s.begin], arraySort(arrayFilter(t -> t > s.begin AND t < s.finish, o.moments)), [s.finish]))) AS silence
        FROM scope AS s LEFT JOIN output AS o ON o.account = s.account AND o.start = s.start
    )
