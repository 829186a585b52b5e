    -- One row: a way to write an account on its network in a text, the whole handle or the part before the @ where only one has it.
    names AS
    (
        SELECT platform, arrayJoin([handle, splitByChar('@', handle)[1]]) AS written, any(account) AS named
        FROM accounts
        GROUP BY platform, written
        HAVING uniqExact(account) = 1
    ),

    -- One row: a post that passes on another, a quote included, and the words by which its address may tell the account of that
    -- other: each part of its path, alone and with the server, and the id at its end. Old archives have no address but "RT @name".
    shares AS
    (
        SELECT s.account AS account, s.post AS post, s.start AS start, a.platform AS platform, if(length(parts[-1]) < 10, '', parts[-1]) AS id,
            if(empty(s.repost_of), [lower(extract(s.text, '^RT @([^\\s:]+)'))],
                arrayConcat(arrayMap(w -> lower(trimLeft(w, '@')), parts), arrayMap(w -> concat(lower(trimLeft(w, '@')), '@', domain(s.repost_of)), parts))) AS words
        FROM
        (
            SELECT account, post, roundDown(toUnixTimestamp(created), starts) AS start, repost_of, text,
                arrayFilter(w -> notEmpty(w), splitByChar('/', if(startsWith(repost_of, 'http'), path(repost_of), repost_of))) AS parts
            FROM posts
            WHERE (notEmpty(repost_of) OR kind = 'repost' AND notEmpty(mentions)) AND run IN seen
                AND toUnixTimestamp(created) >= start AND toUnixTimestamp(created) < ends[indexOf(starts, start)]
            ORDER BY account, post, observed DESC, run DESC LIMIT 1 BY account, post
        ) AS s
        INNER JOIN accounts AS a ON a.account = s.account
    ),

    -- One row: how often an account named (mention), answered (reply) or passed on (share) another of the institution's. An
    -- answer is seen by the name in it, since the ids of what is answered are stored as hashes.
    ties AS MATERIALIZED
    (
        SELECT source, target, start, kind, uniqExact(post) AS times
        FROM
        (
            SELECT m.account AS source, n.named AS target, m.start AS start, m.post AS post, if(m.kind = 'reply', 'reply', 'mention') AS kind
            FROM (SELECT account, post, start, kind, arrayJoin(mentions) AS written FROM published WHERE kind != 'repost') AS m
            INNER JOIN accounts AS a ON a.account = m.account
            INNER JOIN names AS n ON n.platform = a.platform AND n.written = m.written
            UNION ALL
            SELECT s.account AS source, n.named AS target, s.start AS start, s.post AS post, 'share' AS kind
            FROM (SELECT account, post, start, platform, arrayJoin(words) AS written FROM shares) AS s
            INNER JOIN
            (
                SELECT platform, handle AS written, account AS named FROM accounts
                UNION DISTINCT
                SELECT a.platform AS platform, lower(p.stable_id) AS written, a.account AS named
                FROM profiles AS p INNER JOIN accounts AS a ON a.account = p.account
                WHERE p.stable_id != '' AND p.run IN seen
            ) AS n ON n.platform = s.platform AND n.written = s.written
            UNION ALL
            SELECT s.account AS source, p.named AS target, s.start AS start, s.post AS post, 'share' AS kind
            FROM shares AS s
            INNER JOIN
            (
                SELECT a.platform AS platform, p.post AS post, any(p.account) AS named
                FROM posts AS p INNER JOIN accounts AS a ON a.account = p.account
                WHERE p.run IN seen AND p.kind != 'repost' AND p.post IN (SELECT id FROM shares WHERE notEmpty(id))
                GROUP BY a.platform, p.post
                HAVING uniqExact(p.account) = 1
            ) AS p ON p.platform = s.platform AND p.post = s.id
        )
        WHERE source != target
        GROUP BY source, target, start, kind
    ),

    -- One row: an account in a window, if its source shows mentions.
    members AS
    (
        SELECT unit, department, account, platform, start, read
        FROM scope
        WHERE NOT read OR account IN (SELECT account FROM outcomes WHERE has(gives, 'post.mentions') AND run IN seen)
    ),

    -- One row: that two accounts are tied in a window, one way or the other, as (source, target, by more than sharing), both of them
    -- read; across: they belong to different departments. Each part is named once here and below: the engine reads all that a part
    -- stands on anew wherever it is named, and would be longer about it than about the figures.
    pairs AS
    (
        SELECT t.ways AS ways, t.start AS start, uniqExact(m.department) > 1 AS across
        FROM
        (
            SELECT start, groupArray((source, target, named)) AS ways, arrayJoin([least(source, target), greatest(source, target)]) AS account,
                least(source, target) AS one, greatest(source, target) AS other
            FROM (SELECT source, target, start, max(kind != 'share') AS named FROM ties GROUP BY source, target, start)
            GROUP BY start, one, other
        ) AS t
        INNER JOIN members AS m ON m.account = t.account AND m.start = t.start
        WHERE m.read
        GROUP BY t.start, t.one, t.other, t.ways
        HAVING uniqExact(t.account) = 2
    ),

    -- One row: a member with the arcs that leave it, and how many could: as many as there are other accounts read on its network.
    -- An arc is that an account mentioned, answered or shared another: named, not by sharing alone; returned, the other did so too;
    -- across, it belongs to another department. tied and crossing: an arc leaves or reaches it, from or to another department.
    network AS MATERIALIZED
    (
        SELECT m.unit AS unit, m.start AS start, m.department AS department, m.read AS read, if(m.read, m.readers - 1, 0) AS possible,
            a.leaving AS leaving, a.named AS named, a.returned AS returned, a.across AS across, a.tied > 0 AS tied, a.crossing > 0 AS crossing
        FROM (SELECT *, uniqExactIf(account, read) OVER (PARTITION BY start, platform) AS readers FROM members) AS m
        LEFT JOIN
        (
            SELECT account, start, countIf(leaves) AS leaving, countIf(leaves AND x.by_name) AS named, countIf(leaves AND x.mutual) AS returned,
                countIf(leaves AND x.across) AS across, count() AS tied, countIf(x.across) AS crossing
            FROM
            (
                SELECT start, across, length(ways) = 2 AS mutual, arrayJoin(ways) AS way, way.3 AS by_name,
                    arrayJoin([(way.1, true), (way.2, false)]) AS side, side.1 AS account, side.2 AS leaves
                FROM pairs
            ) AS x
            GROUP BY account, start
        ) AS a ON a.account = m.account AND a.start = m.start
    )
