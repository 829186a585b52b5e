-- One row: an own post of one of the windows, which may overlap, that carries tags or of which nobody can know them (blind), as
-- last seen. Its figures are those of its newest reading; its interactions are also given at the ages at which posts are
-- compared. What a source does not have by its nature adds nothing to them; what is not known makes them unknown.
SELECT p.account AS account, p.created AS created, p.hashtags AS hashtags, p.text AS text, p.url AS url, p.blind AS blind,
    d.seen IS NOT NULL AND d.seen > f.observed AS gone, tupleElement(f.newest, 1) AS likes, tupleElement(f.newest, 2) AS replies, tupleElement(f.newest, 3) AS reposts, tupleElement(f.newest, 5) AS reach,
    if(hasAll(tupleElement(f.newest, 4), ['likes', 'replies', 'reposts']), NULL, if(has(tupleElement(f.newest, 4), 'likes'), 0, likes) + if(has(tupleElement(f.newest, 4), 'replies'), 0, replies)
        + if(has(tupleElement(f.newest, 4), 'reposts'), 0, reposts)) AS interactions,
    if(hasAll(tupleElement(f.week, 4), ['likes', 'replies', 'reposts']), NULL, if(has(tupleElement(f.week, 4), 'likes'), 0, tupleElement(f.week, 1))
        + if(has(tupleElement(f.week, 4), 'replies'), 0, tupleElement(f.week, 2)) + if(has(tupleElement(f.week, 4), 'reposts'), 0, tupleElement(f.week, 3))) AS at_7_days,
    if(hasAll(tupleElement(f.month, 4), ['likes', 'replies', 'reposts']), NULL, if(has(tupleElement(f.month, 4), 'likes'), 0, tupleElement(f.month, 1))
        + if(has(tupleElement(f.month, 4), 'replies'), 0, tupleElement(f.month, 2)) + if(has(tupleElement(f.month, 4), 'reposts'), 0, tupleElement(f.month, 3))) AS settled
FROM
(
    SELECT account, post, created, kind, hashtags, NOT has(gives, 'post.hashtags') AS blind, if(blind, '', substringUTF8(p.text, 1, 300)) AS text, url
    FROM posts AS p
    WHERE run IN (SELECT run FROM runs) AND arrayExists((s, e) -> toUnixTimestamp(created) >= s AND toUnixTimestamp(created) < e, {starts:Array(UInt32)}, {ends:Array(UInt32)})
    ORDER BY observed DESC, run DESC LIMIT 1 BY account, post
) AS p
LEFT JOIN
(
    SELECT account, post, max(g.observed) AS observed,
        argMax((likes, replies, reposts, not_applicable, reach), (g.observed, run)) AS newest,
        argMinIf((likes, replies, reposts, not_applicable), (g.observed, run), dateDiff('second', created, g.observed) BETWEEN 7 * 86400 AND 14 * 86400 - 1) AS week,
        argMinIf((likes, replies, reposts, not_applicable), (g.observed, run), dateDiff('second', created, g.observed) >= 30 * 86400) AS month
    FROM figures AS g
    WHERE run IN (SELECT run FROM runs) AND arrayExists((s, e) -> toUnixTimestamp(created) >= s AND toUnixTimestamp(created) < e, {starts:Array(UInt32)}, {ends:Array(UInt32)})
    GROUP BY account, post
) AS f ON f.account = p.account AND f.post = p.post
LEFT JOIN
(
    SELECT account, post, max(toNullable(deletions.seen)) AS seen FROM deletions WHERE run IN (SELECT run FROM runs) GROUP BY account, post
) AS d ON d.account = p.account AND d.post = p.post
WHERE p.kind = 'own' AND (p.blind OR notEmpty(p.hashtags))
ORDER BY created, account, p.post
