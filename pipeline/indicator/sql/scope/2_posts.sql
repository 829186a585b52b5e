    -- One row: a post as last seen, in its window. One that was deleted later was published all the same. The tables are read
    -- and not their views, whose texts are not needed here.
    published AS
    (
        SELECT account, post, roundDown(toUnixTimestamp(created), starts) AS start, argMax(p.kind, (p.observed, p.run)) AS kind,
            argMax(p.mentions, (p.observed, p.run)) AS mentions, argMax(p.gives, (p.observed, p.run)) AS gives
        FROM posts AS p
        WHERE run IN seen AND toUnixTimestamp(created) >= start AND toUnixTimestamp(created) < ends[indexOf(starts, start)]
        GROUP BY account, post, start
    )
