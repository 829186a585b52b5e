-- What every definition stands on; it is put before them. The parameters are disjoint windows in ascending order (starts
-- and ends, in Unix seconds, ends not included), levels, an age class, and the platforms whose figures must stand alone. A
-- unit is a level with the name of one of its departments, groups …; definitions only group by it.
--
-- An account is in scope in a window if the register in force has it open in some part of it. Its posts are known (read)
-- from its first post or reading on, until a week after its last reading or a month after the last post of an imported
-- file; nobody can vouch for more, and nobody needs to after its closing. Outside, no post is not the same as none.
--
-- Parts that several definitions need are materialized: where many are asked for at once, each is computed once.
WITH
    {starts:Array(UInt32)} AS starts, {ends:Array(UInt32)} AS ends,
    seen AS (SELECT run FROM runs),
    imported AS (SELECT run FROM runs WHERE kind = 'import'),
    horizon AS (SELECT toUnixTimestamp(max(at)) AS horizon FROM outcomes WHERE state != 'failed' AND run IN seen),

    -- The institution as its register in force has it: population 0 is unknown; a language is its first part, as in ca.
    assumeNotNull((SELECT if(empty(argMax(time_zone, saved)), 'UTC', argMax(time_zone, saved)) FROM registers)) AS zone,
    assumeNotNull((SELECT argMax(population, saved) FROM registers)) AS population,
    (SELECT arrayDistinct(arrayMap(l -> lower(splitByChar('-', l)[1]), argMax(languages, saved))) FROM registers) AS official,

    -- One row: an account's stretch of known posts.
    reading AS
    (
        SELECT account, min(since) AS since, max(until) AS until
        FROM
        (
            SELECT account, toUnixTimestamp(min(at)) AS since, toUnixTimestamp(max(at)) + 7 * 86400 AS until
            FROM outcomes
            WHERE state != 'failed' AND NOT arrayExists(gap -> startsWith(gap, 'posts'), gaps) AND run IN seen AND run NOT IN imported
            GROUP BY account
            UNION ALL
            SELECT account, toUnixTimestamp(min(created)) AS since, toUnixTimestamp(maxIf(created, run IN imported)) + 31 * 86400 AS until
            FROM posts
            WHERE run IN seen
            GROUP BY account
        )
        GROUP BY account
    ),

    -- One row: an account in a window, in which it was open from opening to end. If it was read, its posts are known from begin
    -- to finish. languages are those that it is to use. apart: its figures must not be put together with other networks'.
    everyone AS MATERIALIZED
    (
        SELECT
            a.account AS account, a.department AS department, a.platform AS platform, a.handle AS handle,
            if(empty(a.languages), official, arrayMap(t -> lower(splitByChar('-', toString(t))[1]), a.languages)) AS languages,
            (l, multiIf(l = 'group', a.department_group, l = 'department', a.department, l = 'platform', a.platform, l = 'account', a.account, '')) AS unit,
            w.1 AS start, least(w.2, coalesce(toUnixTimestamp(toDateTime64(a.closed, 0, 'UTC')), w.2)) AS end,
            r.since < end AND r.until >= least(end, (SELECT horizon FROM horizon)) AS read,
            greatest(w.1, coalesce(toUnixTimestamp(toDateTime64(a.opened, 0, 'UTC')), 0)) AS opening, greatest(opening, r.since) AS begin,
            greatest(begin, least(end, assumeNotNull((SELECT horizon FROM horizon)))) AS finish,
            l IN ('institution', 'group', 'department') AND has({alone:Array(String)}, a.platform) AS apart
        FROM accounts AS a
        CROSS JOIN (SELECT arrayJoin(arrayZip(starts, ends)) AS w) AS windows
        CROSS JOIN (SELECT arrayJoin({levels:Array(String)}) AS l) AS levels
        LEFT JOIN reading AS r ON r.account = a.account
        WHERE (a.opened IS NULL OR toUnixTimestamp(toDateTime64(a.opened, 0, 'UTC')) < w.2)
            AND start < end
    ),
    scope AS (SELECT * EXCEPT apart FROM everyone WHERE NOT apart)
