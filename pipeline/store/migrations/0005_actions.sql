-- One row: a state of something that was agreed to be done. The newest saved one counts; the earlier ones say what had been
-- agreed, and was still open, when.
CREATE TABLE IF NOT EXISTS actions
(
    action      String,                        -- A1, A2 …
    saved       DateTime64(3, 'UTC'),
    text        String,
    department  LowCardinality(String),        -- empty: the whole institution
    account     LowCardinality(String),        -- empty: none in particular
    rule        LowCardinality(String),        -- of the guide; empty: none
    owner       String,                        -- a role or a unit
    agreed      Date32,
    due         Date32,
    closed      Nullable(Date32),              -- NULL: open
    dropped     Bool,                          -- closed without having been done
    note        String
)
ENGINE = ReplacingMergeTree
ORDER BY (action, saved)
SETTINGS non_replicated_deduplication_window = 100;
