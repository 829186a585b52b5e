-- The views with stable names, for the program's own queries and for analysts. Each shows complete runs only. Where two
-- readings carry the same moment, the run's id decides, so that the same data always give the same answer.

-- One row: an account of the register in force.
CREATE OR REPLACE VIEW accounts AS
SELECT account, department, department_name, department_group, platform, handle, languages, opened, closed
FROM register_accounts FINAL
WHERE version = (SELECT argMax(version, saved) FROM registers);

-- One row: a reading of a profile.
CREATE OR REPLACE VIEW profile_history AS
SELECT * EXCEPT run FROM profiles FINAL WHERE run IN (SELECT run FROM runs);

-- One row: an account as last seen; a figure is its newest known value. Rows of the follower history give nothing else.
CREATE OR REPLACE VIEW profiles_latest AS
SELECT
    account,
    max(p.observed)                                 AS observed_at,
    argMax(p.followers, (p.observed, p.run))        AS followers,
    argMaxIf(p.following, (p.observed, p.run), p.gives != ['account.followers']) AS following,
    argMaxIf(p.posts, (p.observed, p.run), p.gives != ['account.followers']) AS posts,
    argMax(p.not_applicable, (p.observed, p.run))   AS not_applicable,
    argMaxIf(p.stable_id, (p.observed, p.run), p.gives != ['account.followers']) AS stable_id,
    argMaxIf(p.handle, (p.observed, p.run), p.gives != ['account.followers']) AS handle,
    argMaxIf(p.display_name, (p.observed, p.run), p.gives != ['account.followers']) AS display_name,
    argMaxIf(p.bio, (p.observed, p.run), p.gives != ['account.followers']) AS bio,
    argMaxIf(p.website, (p.observed, p.run), p.gives != ['account.followers']) AS website,
    argMaxIf(p.links, (p.observed, p.run), p.gives != ['account.followers']) AS links,
    argMaxIf(p.verified, (p.observed, p.run), p.gives != ['account.followers']) AS verified,
    max(p.last_post)                                AS last_post
FROM profiles AS p
WHERE p.run IN (SELECT run FROM runs)
GROUP BY account;

-- One row: what happened to an account itself.
CREATE OR REPLACE VIEW account_changes AS
SELECT account, at, change, before, after FROM changes FINAL WHERE run IN (SELECT run FROM runs);

-- One row: a metric that its platform refuses, by the newest refusal.
CREATE OR REPLACE VIEW parked_metrics AS
SELECT platform, metric, max(p.since) AS since, argMax(p.cause, p.since) AS cause
FROM parked AS p
WHERE p.run IN (SELECT run FROM runs)
GROUP BY platform, metric;

-- One row: a post's content as last seen.
CREATE OR REPLACE VIEW post_contents AS
SELECT account, post, created, kind, text, language, url, in_reply_to, self_reply, repost_of, links, hashtags, mentions,
    media_kind, media_url, media_alt, media_captions, edited, gives
FROM posts
WHERE run IN (SELECT run FROM runs)
ORDER BY observed DESC, run DESC LIMIT 1 BY account, post;

-- One row: a reading of a post's figures. age_class: at_7_days is the first reading between 7 and 14 days after
-- posting, settled the first at 30 days or more (as back-filled history is), everything else is other.
CREATE OR REPLACE VIEW post_figures AS
SELECT
    account, post, observed, created, likes, replies, reposts, views, reach, saves, not_applicable,
    multiIf(
        age >= 30 AND row_number() OVER (PARTITION BY account, post, age >= 30 ORDER BY observed, run) = 1, 'settled',
        age >= 7 AND age < 14 AND row_number() OVER (PARTITION BY account, post, age >= 7 AND age < 14 ORDER BY observed, run) = 1, 'at_7_days',
        'other') AS age_class
FROM
(
    SELECT *, dateDiff('second', created, observed) / 86400 AS age
    FROM figures FINAL
    WHERE run IN (SELECT run FROM runs)
);

-- One row: a post with its newest known figures. deleted is when it was first missed, NULL as long as it is there.
CREATE OR REPLACE VIEW posts_latest AS
SELECT
    c.account AS account, a.department AS department, a.department_group AS department_group, a.platform AS platform,
    c.post AS post, c.created AS created, c.kind AS kind, c.text AS text, c.language AS language, c.url AS url,
    c.in_reply_to AS in_reply_to, c.hashtags AS hashtags, c.mentions AS mentions, c.media_kind AS media_kind,
    f.observed AS observed, f.likes AS likes, f.replies AS replies, f.reposts AS reposts, f.views AS views, f.reach AS reach, f.saves AS saves,
    f.not_applicable AS not_applicable, if(d.seen > f.observed, d.seen, NULL) AS deleted
FROM post_contents AS c
LEFT JOIN
(
    SELECT account, post, max(g.observed) AS observed,
        argMax(g.likes, (g.observed, g.run)) AS likes, argMax(g.replies, (g.observed, g.run)) AS replies,
        argMax(g.reposts, (g.observed, g.run)) AS reposts, argMax(g.views, (g.observed, g.run)) AS views,
        argMax(g.reach, (g.observed, g.run)) AS reach, argMax(g.saves, (g.observed, g.run)) AS saves,
        argMax(g.not_applicable, (g.observed, g.run)) AS not_applicable
    FROM figures AS g
    WHERE g.run IN (SELECT run FROM runs)
    GROUP BY account, post
) AS f ON f.account = c.account AND f.post = c.post
LEFT JOIN
(
    -- Noted once each time that it goes missing; a later reading of its figures tells that it is back.
    SELECT account, post, max(seen) AS seen FROM deletions WHERE run IN (SELECT run FROM runs) GROUP BY account, post
) AS d ON d.account = c.account AND d.post = c.post
LEFT JOIN accounts AS a ON a.account = c.account;

-- One row: a message from the public with the institution's first answer, NULL where there is none (yet).
-- answered_by is the account that answered, which may be another one of the institution's.
CREATE OR REPLACE VIEW messages_latest AS
SELECT
    m.account AS account, a.department AS department, a.department_group AS department_group, a.platform AS platform,
    m.message AS message, m.received AS received, m.language AS language, m.kind AS kind, m.author AS author, m.on_post AS on_post,
    r.answered AS answered, r.answer_account AS answered_by, r.answer AS answer, r.answer_language AS answer_language
FROM
(
    SELECT * FROM messages WHERE run IN (SELECT run FROM runs) ORDER BY observed DESC, run DESC LIMIT 1 BY account, message
) AS m
LEFT JOIN
(
    SELECT in_reply_to, min(toNullable(created)) AS answered,
        argMin(toNullable(toString(account)), (created, account, post)) AS answer_account,
        argMin(toNullable(post), (created, account, post)) AS answer,
        argMin(toNullable(toString(language)), (created, account, post)) AS answer_language
    FROM post_contents
    WHERE in_reply_to != '' AND NOT self_reply
    GROUP BY in_reply_to
) AS r ON r.in_reply_to = m.message
LEFT JOIN accounts AS a ON a.account = m.account;

-- One row: a subject by the newest check of the account in that window, with its verdicts as letters. A verdict of an
-- older check that the newest did not repeat (its rule was switched off, its post is gone) no longer holds.
CREATE OR REPLACE VIEW verdicts_latest AS
SELECT v.account AS account, v.subject AS subject, v.window_from AS window_from, v.window_to AS window_to, v.run AS run,
    v.guide AS guide, v.url AS url, v.at AS at, v.checked AS checked, v.letters AS letters
FROM (SELECT * FROM verdicts FINAL) AS v
INNER JOIN
(
    SELECT account, window_from, window_to, argMax(run, (checked, run)) AS newest
    FROM verdicts
    WHERE run IN (SELECT run FROM runs)
    GROUP BY account, window_from, window_to
) AS n ON n.account = v.account AND n.window_from = v.window_from AND n.window_to = v.window_to AND n.newest = v.run;

-- One row: a rule's verdict on a subject, by the newest check.
CREATE OR REPLACE VIEW checks_latest AS
SELECT
    v.account AS account, a.department AS department, a.department_group AS department_group, a.platform AS platform,
    g.rule AS rule, v.subject AS subject, v.window_from AS window_from, v.window_to AS window_to,
    g.version AS version, g.scope AS scope, g.severity AS severity, g.params AS params, v.url AS url, v.at AS at,
    transform(substring(v.letters, g.place, 1), ['p', 'w', 'f', '?', '-'],
        ['pass', 'warn', 'fail', 'not_evaluable', 'not_applicable'], '') AS verdict,
    e.evidence AS evidence, v.checked AS checked
FROM verdicts_latest AS v
INNER JOIN (SELECT * FROM guides FINAL) AS g ON g.guide = v.guide
LEFT JOIN (SELECT * FROM evidence FINAL) AS e
    ON e.account = v.account AND e.rule = g.rule AND e.subject = v.subject AND e.window_from = v.window_from AND e.run = v.run
LEFT JOIN accounts AS a ON a.account = v.account
WHERE substring(v.letters, g.place, 1) != ' ';
