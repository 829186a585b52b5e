    -- One row: a subject, in the window in which happened what was judged, by the newest check of it; what was judged twice, in
    -- whole windows or in parts, counts once.
    judged AS
    (
        SELECT account, subject, roundDown(toUnixTimestamp(at), starts) AS start, letters, guide
        FROM verdicts
        WHERE run IN seen AND toUnixTimestamp(at) >= start AND toUnixTimestamp(at) < ends[indexOf(starts, start)]
        ORDER BY account, subject, at, checked DESC, run DESC LIMIT 1 BY account, subject, at
    ),

    -- One row: an account's verdicts under a guide in a window, counted place by place, for all rules at once, and its judged
    -- subjects. Of the posts: those with an evaluable rule, those of them without a failure, those without any evaluable one; and
    -- the same of the rules about personal data. The first letter tells what a subject is: a post, unless it is a day, which
    -- rules of posts judge as well.
    (SELECT groupArray((guide, toUInt64(place))) FROM guides WHERE rule IN ('post-no-personal-data', 'post-no-full-id-with-name')) AS personal_places,
    counted AS MATERIALIZED
    (
        SELECT account, start, guide, count() AS subjects, countIf(post AND judged) AS of_posts, countIf(post AND judged AND NOT failed) AS clean,
            countIf(post AND NOT judged) AS unknown, countIf(post AND has(found, 'f')) AS personal,
            countIf(post AND hasAny(found, ['p', 'w', 'f'])) AS personal_evaluable, countIf(post AND has(found, '?')) AS personal_unclear,
            sumForEach(arrayMap(c -> c = ascii('p'), bytes)) AS passed,
            sumForEach(arrayMap(c -> c IN (ascii('p'), ascii('w'), ascii('f')), bytes)) AS evaluable, sumForEach(arrayMap(c -> c = ascii('?'), bytes)) AS unclear
        FROM
        (
            SELECT account, start, guide, reinterpret(letters, 'Array(UInt8)') AS bytes,
                (guide, length(letters) - length(trimLeft(letters)) + 1) IN (SELECT guide, place FROM guides WHERE scope = 'post')
                    AND subject NOT LIKE '____-__-__' AS post,
                multiSearchAny(letters, ['p', 'w', 'f']) AS judged, position(letters, 'f') > 0 AS failed,
                arrayMap(g -> substring(letters, g.2, 1), arrayFilter(g -> g.1 = guide, personal_places)) AS found
            FROM judged
        )
        GROUP BY account, start, guide
    ),

    -- One row: a rule in a department and window. accounts are those with evaluable checks, met those of them that passed all; an
    -- account that was judged by two guides is one under each. The row without a rule is of the accounts without any verdict,
    -- which are unchecked. Places are kept together as long as possible, since there are a hundred of them.
    rules AS MATERIALIZED
    (
        SELECT d.unit AS unit, d.department AS department, d.start AS start, g.rule AS rule, sum(d.p) AS passed, sum(d.e) AS evaluable, sum(d.q) AS not_evaluable,
            sum(d.a) AS accounts, sum(d.m) AS met, sumIf(d.times, d.guide = '') AS unchecked
        FROM
        (
            SELECT unit, department, start, guide, times, place, p, e, q, a, m
            FROM
            (
                SELECT s.unit AS unit, s.department AS department, s.start AS start, c.guide AS guide, count() AS times, sumForEach(c.passed) AS passed,
                    sumForEach(c.evaluable) AS evaluable, sumForEach(c.unclear) AS unclear, sumForEach(arrayMap(n -> n > 0, c.evaluable)) AS accounts,
                    sumForEach(arrayMap((k, n) -> n > 0 AND k = n, c.passed, c.evaluable)) AS met
                FROM scope AS s LEFT JOIN counted AS c ON c.account = s.account AND c.start = s.start
                GROUP BY s.unit, s.department, s.start, c.guide
            )
            LEFT ARRAY JOIN passed AS p, evaluable AS e, unclear AS q, accounts AS a, met AS m, arrayEnumerate(passed) AS place
            WHERE guide = '' OR e + q > 0 OR place = 1 -- a department of which nothing applies has a row nevertheless
        ) AS d
        LEFT JOIN (SELECT guide, place, rule FROM guides FINAL) AS g ON g.guide = d.guide AND g.place = d.place
        GROUP BY d.unit, d.department, d.start, g.rule
    ),

    -- Rules of the guide by what they are about; a rule that is nowhere here still counts for the whole. The last are those about
    -- conduct that look at the account: all others that do so look at its form, if it is not a person who answers them (manual-).
    ['post-image-alt-text', 'post-alt-quality', 'post-video-captions', 'manual-caption-quality', 'post-hashtag-camelcase', 'post-no-all-caps',
        'post-no-fancy-unicode', 'post-no-emoticons', 'post-emoji-max', 'post-emoji-not-text', 'post-info-not-only-image'] AS accessibility_rules,
    ['post-language-allowed', 'post-bilingual', 'post-other-language-missing', 'post-emergency-languages', 'post-valencian-forms',
        'account-bio-second-language', 'reply-same-language'] AS language_rules,
    ['account-inactive', 'account-going-quiet', 'account-parked-notice', 'account-short-campaign', 'post-plan-adherence'] AS activity_rules,

    -- One row: a rule, over all departments of a unit, with its scope and severity by the guide of the newest check.
    ruled AS MATERIALIZED
    (
        SELECT r.unit AS unit, r.start AS start, r.rule AS rule, any(g.of) AS of, any(g.severity) AS severity, sum(r.passed) AS passed, sum(r.evaluable) AS evaluable,
            sum(r.not_evaluable) AS not_evaluable, sum(r.accounts) AS accounts, sum(r.met) AS met, sum(r.unchecked) AS unchecked
        FROM rules AS r
        LEFT JOIN
        (
            SELECT g.rule AS rule, argMax(g.scope, (n.newest, g.guide)) AS of, argMax(g.severity, (n.newest, g.guide)) AS severity
            FROM guides AS g INNER JOIN (SELECT guide, max(checked) AS newest FROM verdicts WHERE run IN seen GROUP BY guide) AS n ON n.guide = g.guide
            GROUP BY g.rule
        ) AS g ON g.rule = r.rule
        GROUP BY r.unit, r.start, r.rule
    ),

    -- One row: a department of a unit, with its compliance; NULL: nothing of it could be evaluated.
    compliant AS MATERIALIZED
    (
        SELECT r.unit AS unit, r.department AS department, r.start AS start,
            if(sum(r.evaluable) = 0, NULL, arrayAvg(arraySort(groupArrayIf(100 * r.passed / r.evaluable, r.evaluable > 0)))) AS compliance
        FROM rules AS r
        GROUP BY r.unit, r.department, r.start
    ),

    -- One row: an account in a window with its judged subjects.
    subjects AS MATERIALIZED
    (
        SELECT s.unit AS unit, s.start AS start, c.* EXCEPT (account, start)
        FROM scope AS s LEFT JOIN
        (
            SELECT account, start, sum(subjects) AS subjects, sum(of_posts) AS evaluable, sum(clean) AS clean, sum(unknown) AS unclear,
                sum(personal) AS personal, sum(personal_evaluable) AS personal_evaluable, sum(personal_unclear) AS personal_unclear
            FROM counted
            GROUP BY account, start
        ) AS c ON c.account = s.account AND c.start = s.start
    )
