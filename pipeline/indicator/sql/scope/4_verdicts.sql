    -- One row: a subject, in the window in which happened what was judged, by the newest check of it; what was judged twice, in
    -- whole windows or in parts, counts once.
    judged AS
    (
        SELECT account, subject, roundDown(toUnixTimestamp(at), starts) AS start, toUnixTimestamp(checked) AS newest, letters, guide
        FROM verdicts
        WHERE run IN seen AND toUnixTimestamp(at) >= start AND toUnixTimestamp(at) < ends[indexOf(starts, start)]
        ORDER BY account, subject, at, checked DESC, run DESC LIMIT 1 BY account, subject, at
    ),

    -- One row: what a rule's checks of an account came to in a window. The letters are counted place by place, for all rules at once.
    checked AS
    (
        SELECT c.account AS account, c.start AS start, g.rule AS rule, argMax((g.scope, g.severity), c.newest) AS is, max(c.newest) AS newest,
            sum(c.p) AS passed, sum(c.f) AS failed, sum(c.p + c.w + c.f) AS evaluable, sum(c.q) AS not_evaluable
        FROM
        (
            SELECT account, start, guide, newest, place, p, w, f, q
            FROM
            (
                SELECT account, start, guide, max(newest) AS newest, sumForEach(arrayMap(c -> c = ascii('p'), bytes)) AS passed,
                    sumForEach(arrayMap(c -> c = ascii('w'), bytes)) AS warned, sumForEach(arrayMap(c -> c = ascii('f'), bytes)) AS failed,
                    sumForEach(arrayMap(c -> c = ascii('?'), bytes)) AS unclear
                FROM (SELECT account, start, guide, newest, reinterpret(letters, 'Array(UInt8)') AS bytes FROM judged)
                GROUP BY account, start, guide
            )
            ARRAY JOIN passed AS p, warned AS w, failed AS f, unclear AS q, arrayEnumerate(passed) AS place
            WHERE p + w + f + q > 0
        ) AS c
        INNER JOIN (SELECT * FROM guides FINAL) AS g ON g.guide = c.guide AND g.place = c.place
        GROUP BY c.account, c.start, g.rule
    ),

    -- One row: a rule in a department and window, where it was judged. accounts are those with evaluable checks, met those of
    -- them that passed all. The row without a rule is of the accounts without any verdict, which are unchecked.
    rules AS MATERIALIZED
    (
        SELECT s.unit AS unit, s.department AS department, s.start AS start, v.rule AS rule, max(v.newest) AS newest, argMax(v.is.1, v.newest) AS of,
            argMax(v.is.2, v.newest) AS severity, sum(v.passed) AS passed, sum(v.failed) AS failed, sum(v.evaluable) AS evaluable,
            sum(v.not_evaluable) AS not_evaluable, countIf(v.evaluable > 0) AS accounts, countIf(v.evaluable > 0 AND v.passed = v.evaluable) AS met,
            countIf(v.rule = '') AS unchecked
        FROM scope AS s LEFT JOIN checked AS v ON v.account = s.account AND v.start = s.start
        GROUP BY s.unit, s.department, s.start, v.rule
    ),

    -- Rules of the guide by what they are about; a rule that is nowhere here still counts for the whole. The last are those about
    -- conduct that look at the account: all others that do so look at its form, if it is not a person who answers them (manual-).
    ['post-image-alt-text', 'post-alt-quality', 'post-video-captions', 'manual-caption-quality', 'post-hashtag-camelcase', 'post-no-all-caps',
        'post-no-fancy-unicode', 'post-no-emoticons', 'post-emoji-max', 'post-emoji-not-text', 'post-info-not-only-image'] AS accessibility_rules,
    ['post-language-allowed', 'post-bilingual', 'post-other-language-missing', 'post-emergency-languages', 'post-valencian-forms',
        'account-bio-second-language', 'reply-same-language'] AS language_rules,
    ['account-inactive', 'account-going-quiet', 'account-parked-notice', 'account-short-campaign', 'post-plan-adherence'] AS activity_rules,

    -- One row: a rule, over all departments of a unit.
    ruled AS MATERIALIZED
    (
        SELECT r.unit AS unit, r.start AS start, r.rule AS rule, argMax(r.of, r.newest) AS of, argMax(r.severity, r.newest) AS severity, sum(r.passed) AS passed, sum(r.evaluable) AS evaluable,
            sum(r.not_evaluable) AS not_evaluable, sum(r.accounts) AS accounts, sum(r.met) AS met, sum(r.unchecked) AS unchecked
        FROM rules AS r
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

    -- One row: an account's judged subjects in a window. Of the posts: those with an evaluable rule, those of them without a
    -- failure, those without any evaluable one; and the same of the rules about personal data. The first letter tells what a
    -- subject is: a post, unless it is a day, which rules of posts judge as well.
    (SELECT groupArray((guide, toUInt64(place))) FROM guides WHERE rule IN ('post-no-personal-data', 'post-no-full-id-with-name')) AS personal_places,
    dossiers AS
    (
        SELECT account, start, count() AS subjects, countIf(post AND judged) AS evaluable, countIf(post AND judged AND NOT failed) AS clean,
            countIf(post AND NOT judged) AS unclear, countIf(post AND has(found, 'f')) AS personal,
            countIf(post AND hasAny(found, ['p', 'w', 'f'])) AS personal_evaluable, countIf(post AND has(found, '?')) AS personal_unclear
        FROM
        (
            SELECT account, start, (guide, length(letters) - length(trimLeft(letters)) + 1) IN (SELECT guide, place FROM guides WHERE scope = 'post')
                    AND subject NOT LIKE '____-__-__' AS post,
                multiSearchAny(letters, ['p', 'w', 'f']) AS judged, position(letters, 'f') > 0 AS failed,
                arrayMap(g -> substring(letters, g.2, 1), arrayFilter(g -> g.1 = guide, personal_places)) AS found
            FROM judged
        )
        GROUP BY account, start
    ),

    -- One row: an account in a window with its judged subjects.
    subjects AS MATERIALIZED
    (
        SELECT s.unit AS unit, s.start AS start, c.* EXCEPT (account, start)
        FROM scope AS s LEFT JOIN dossiers AS c ON c.account = s.account AND c.start = s.start
    )
