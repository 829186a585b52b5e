-- Everything that is observed, as observed. Each row carries the run that brought it; the views show a run's rows
-- once its row in runs, written last, is there. The run stands in every sorting key, so that a merge can never
-- replace a row that is seen by one that is not. Sending a row twice changes nothing, and a block that is sent again
-- after a broken connection is known by its token.
-- In figures NULL is unknown, unless the field is named in not_applicable.

-- One row: a run that is complete.
CREATE TABLE IF NOT EXISTS runs
(
    run         String,
    kind        LowCardinality(String),        -- collect, import, check
    started     DateTime64(3, 'UTC'),
    finished    DateTime64(3, 'UTC'),
    register    String,                        -- version of the register it ran under
    program     LowCardinality(String),        -- version of presencia
    accounts    UInt32,
    failed      UInt32,
    rows        UInt64                         -- rows written in all tables
)
ENGINE = ReplacingMergeTree(finished)
ORDER BY run
SETTINGS non_replicated_deduplication_window = 100;

-- One row: how the reading of an account ended in a run, and where it stopped.
CREATE TABLE IF NOT EXISTS outcomes
(
    account     LowCardinality(String),
    at          DateTime64(3, 'UTC'),
    run         String,
    platform    LowCardinality(String),
    state       Enum8('ok' = 1, 'partial' = 2, 'failed' = 3),
    error       String,
    gaps        Array(String),
    gives       Array(LowCardinality(String)), -- fields that the source can tell; all others are unknown
    cursor      String,
    calls       UInt32,
    cost        Float64,                       -- US dollars that the platform charges for it
    posts       UInt32,
    messages    UInt32,
    took_ms     UInt32
)
ENGINE = ReplacingMergeTree
ORDER BY (account, at, run)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: a state of the register. The newest row is the one in force.
CREATE TABLE IF NOT EXISTS registers
(
    version     String,
    saved       DateTime64(3, 'UTC'),
    name        String,
    time_zone   LowCardinality(String),
    languages   Array(LowCardinality(String)),
    population  UInt64,
    simulated   Bool,
    content     String                         -- the file itself, without owner contacts
)
ENGINE = ReplacingMergeTree(saved)
ORDER BY version
SETTINGS non_replicated_deduplication_window = 100;

-- One row: an account of a state of the register.
CREATE TABLE IF NOT EXISTS register_accounts
(
    version         String,
    account         LowCardinality(String),
    department      LowCardinality(String),
    department_name String,
    department_group LowCardinality(String),   -- participant, comparison, other
    platform        LowCardinality(String),
    handle          String,                    -- canonical: lower case, no @ in front
    languages       Array(LowCardinality(String)),
    opened          Nullable(Date32),
    closed          Nullable(Date32)
)
ENGINE = ReplacingMergeTree
ORDER BY (version, account)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: an account as its platform showed it at one moment.
CREATE TABLE IF NOT EXISTS profiles
(
    account        LowCardinality(String),
    observed       DateTime64(3, 'UTC'),
    run            String,
    followers      Nullable(UInt64),
    following      Nullable(UInt64),
    posts          Nullable(UInt64),
    not_applicable Array(LowCardinality(String)),
    gives          Array(LowCardinality(String)),
    asked          String,                     -- handle and server of the register when it was read
    stable_id      String,                     -- the platform's own; empty: it has none
    handle         String,
    display_name   String,
    bio            String,
    website        String,
    links          Array(String),
    avatar         String,
    header         String,
    verified       Bool,
    protected      Bool,
    created        Nullable(DateTime64(3, 'UTC')),
    last_post      Nullable(DateTime64(3, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (account, observed, run)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: a post's content as one run saw it; a run writes it only where the content is new or has changed.
CREATE TABLE IF NOT EXISTS posts
(
    account       LowCardinality(String),
    post          String,
    run           String,
    observed      DateTime64(3, 'UTC'),
    created       DateTime64(3, 'UTC'),
    kind          LowCardinality(String),      -- own, reply, repost
    text          String,
    language      LowCardinality(String),      -- as declared; empty: not declared
    url           String,
    in_reply_to   String,                      -- a message's hash, or the account's own post
    self_reply    Bool,
    repost_of     String,
    links         Array(String),
    hashtags      Array(String),
    mentions      Array(String),               -- canonical handles that the register knows, nobody else's
    media_kind    Array(LowCardinality(String)),
    media_url     Array(String),
    media_alt     Array(String),
    media_captions Array(Bool),
    edited        Bool,
    gives         Array(LowCardinality(String)),
    content_hash  UInt64
)
ENGINE = ReplacingMergeTree
PARTITION BY toYear(created)
ORDER BY (account, post, run)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: a post's figures at one moment.
CREATE TABLE IF NOT EXISTS figures
(
    account        LowCardinality(String),
    post           String,
    observed       DateTime64(3, 'UTC'),
    run            String,
    created        DateTime64(3, 'UTC'),
    likes          Nullable(UInt64),
    replies        Nullable(UInt64),
    reposts        Nullable(UInt64),
    views          Nullable(UInt64),
    reach          Nullable(UInt64),
    saves          Nullable(UInt64),
    not_applicable Array(LowCardinality(String))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYear(created)
ORDER BY (account, post, observed, run)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: a post that was known and is no longer there.
CREATE TABLE IF NOT EXISTS deletions
(
    account     LowCardinality(String),
    post        String,
    run         String,
    seen        DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (account, post, run)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: what happened to an account itself between two readings.
CREATE TABLE IF NOT EXISTS changes
(
    account     LowCardinality(String),
    at          DateTime64(3, 'UTC'),          -- of the reading that found it
    run         String,
    change      LowCardinality(String),        -- renamed, taken, disappeared, returned, avatar_changed
    before      String,
    after       String
)
ENGINE = ReplacingMergeTree
ORDER BY (account, at, change, run)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: a metric that its platform refused, set aside for a while.
CREATE TABLE IF NOT EXISTS parked
(
    platform    LowCardinality(String),
    metric      LowCardinality(String),
    since       DateTime64(3, 'UTC'),
    run         String,
    cause       String
)
ENGINE = ReplacingMergeTree
ORDER BY (platform, metric, since, run)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: a message from the public, without the person: ids and authors are keyed hashes, there is no text.
CREATE TABLE IF NOT EXISTS messages
(
    account     LowCardinality(String),
    message     String,
    run         String,
    observed    DateTime64(3, 'UTC'),
    received    DateTime64(3, 'UTC'),
    author      String,                        -- hash that changes every quarter
    language    LowCardinality(String),
    kind        LowCardinality(String),
    on_post     String                         -- the institution's post that it comments on
)
ENGINE = ReplacingMergeTree
PARTITION BY toYear(received)
ORDER BY (account, message, run)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: a rule of a state of the guide, with its place in the row of verdicts.
CREATE TABLE IF NOT EXISTS guides
(
    guide       LowCardinality(String),        -- a hash of all its rules
    place       UInt16,                        -- from 1
    rule        LowCardinality(String),
    version     UInt16,
    scope       LowCardinality(String),
    severity    LowCardinality(String),
    params      String                         -- the values that it judged by, a JSON object
)
ENGINE = ReplacingMergeTree
ORDER BY (guide, place)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: a subject under every rule of a guide. There are millions of posts and a hundred rules, so each rule has one
-- letter, at its place: p pass, w warn, f fail, ? not evaluable, - not applicable, a space where it does not look at such
-- subjects. The view checks_latest has a row for each.
CREATE TABLE IF NOT EXISTS verdicts
(
    account     LowCardinality(String),        -- empty: the institution
    subject     String,                        -- post, hashed message, day, or empty for the account itself
    window_from DateTime64(3, 'UTC'),
    window_to   DateTime64(3, 'UTC'),
    run         String,
    guide       LowCardinality(String),
    url         String,
    at          DateTime64(3, 'UTC'),          -- when what was judged happened
    checked     DateTime64(3, 'UTC'),
    letters     String
)
ENGINE = ReplacingMergeTree
PARTITION BY toYear(at)
ORDER BY (account, subject, window_from, run)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: the value that decided a verdict, kept where it failed or warned, and where there are few.
CREATE TABLE IF NOT EXISTS evidence
(
    account     LowCardinality(String),
    rule        LowCardinality(String),
    subject     String,
    window_from DateTime64(3, 'UTC'),
    run         String,
    at          DateTime64(3, 'UTC'),
    evidence    String
)
ENGINE = ReplacingMergeTree
PARTITION BY toYear(at)
ORDER BY (account, rule, subject, window_from, run)
SETTINGS non_replicated_deduplication_window = 100;
