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
    members AS MATERIALIZED
    (
        SELECT unit, department, account, platform, start, read
        FROM scope
        WHERE NOT read OR account IN (SELECT account FROM outcomes WHERE has(gives, 'post.mentions') AND run IN seen)
    ),

    -- One row: that an account mentioned, answered or shared another in a window, both of them read, with their departments; the
    -- unit is the first one's. named: not by sharing alone; returned: the other did so too.
    arcs AS MATERIALIZED
    (
        SELECT a.unit AS unit, a.start AS start, t.source AS source, t.target AS target, any(a.department) AS leaves, any(b.department) AS reaches,
            max(t.kind != 'share') AS named, max(r.times > 0) AS returned
        FROM ties AS t
        INNER JOIN members AS a ON a.account = t.source AND a.start = t.start
        INNER JOIN (SELECT DISTINCT account, department, start FROM members WHERE read) AS b ON b.account = t.target AND b.start = t.start
        LEFT JOIN (SELECT source, target, start, sum(b.times) AS times FROM ties AS b GROUP BY source, target, start) AS r
            ON r.source = t.target AND r.target = t.source AND r.start = t.start
        WHERE a.read
        GROUP BY a.unit, a.start, t.source, t.target
    )
