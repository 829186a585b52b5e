-- What rules look at besides the accounts: the web around them, and what people have reviewed.

-- One row: what was found at a web address at one moment.
CREATE TABLE IF NOT EXISTS pages
(
    url         String,                        -- as written in a post, a profile or the register
    observed    DateTime64(3, 'UTC'),
    status      UInt16,                        -- of the answer; 0: there was none
    failure     String,
    final       String,                        -- where redirects led
    title       String,
    text        String,                        -- the beginning of what it says
    links       Array(String),
    image       String                         -- what an image looks like; empty: it is none
)
ENGINE = ReplacingMergeTree
ORDER BY (url, observed)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: a person's answer to a rule that no machine can judge. The last one saved for a day counts.
CREATE TABLE IF NOT EXISTS ticks
(
    rule        LowCardinality(String),
    account     LowCardinality(String),        -- empty: the institution
    day         Date32,                        -- of the review
    saved       DateTime64(3, 'UTC'),
    result      Enum8('not_applicable' = 2, 'pass' = 3, 'warn' = 4, 'fail' = 5),
    reviewer    String,
    note        String,
    evidence    String,
    due         Nullable(Date32)               -- when it is to be answered again; NULL: not again
)
ENGINE = ReplacingMergeTree(saved)
ORDER BY (rule, account, day)
SETTINGS non_replicated_deduplication_window = 100;
