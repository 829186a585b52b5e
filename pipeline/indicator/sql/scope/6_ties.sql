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

    -- One row: that an account mentioned, answered or shared another in a window, both of them read. named: not by sharing alone;
    -- returned: the other did so too; across: it belongs to another department.
    arcs AS
    (
        SELECT t.source AS source, t.target AS target, t.start AS start, any(a.department) != any(b.department) AS across,
            max(t.kind != 'share') AS named, max(r.back > 0) AS returned
        FROM ties AS t
        INNER JOIN (SELECT DISTINCT account, department, start FROM members WHERE read) AS a ON a.account = t.source AND a.start = t.start
        INNER JOIN (SELECT DISTINCT account, department, start FROM members WHERE read) AS b ON b.account = t.target AND b.start = t.start
        LEFT JOIN (SELECT source, target, start, count() AS back FROM ties GROUP BY source, target, start) AS r
            ON r.source = t.target AND r.target = t.source AND r.start = t.start
        GROUP BY t.source, t.target, t.start
    ),

    -- One row: a member with the arcs that leave it, and how many could: as many as there are other accounts read on its network.
    -- tied and crossing: an arc leaves or reaches it, from or to another department.
    network AS MATERIALIZED
    (
        SELECT m.unit AS unit, m.start AS start, m.department AS department, m.read AS read, if(m.read, p.readers - 1, 0) AS possible,
            a.leaving AS leaving, a.named AS named, a.returned AS returned, a.across AS across, a.tied > 0 AS tied, a.crossing > 0 AS crossing
        FROM members AS m
        INNER JOIN (SELECT start, platform, uniqExactIf(account, read) AS readers FROM members GROUP BY start, platform) AS p
            ON p.start = m.start AND p.platform = m.platform
        LEFT JOIN
        (
            SELECT account, start, countIf(leaves) AS leaving, countIf(leaves AND x.named) AS named, countIf(leaves AND x.returned) AS returned,
                countIf(leaves AND x.across) AS across, count() AS tied, countIf(x.across) AS crossing
            FROM (SELECT *, arrayJoin([(source, true), (target, false)]) AS side, side.1 AS account, side.2 AS leaves FROM arcs) AS x
            GROUP BY account, start
        ) AS a ON a.account = m.account AND a.start = m.start
    )
