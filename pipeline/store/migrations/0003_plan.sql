-- One row: an item of the content plan, as imported once. The plan of a department and month counts as a whole: that of its
-- newest saved moment is in force, the earlier ones say what had been planned when.
CREATE TABLE IF NOT EXISTS plan_items
(
    department  LowCardinality(String),
    month       Date32,                        -- its first day, in the institution's zone
    saved       DateTime64(3, 'UTC'),
    version     String,                        -- a hash of all items of the department and month
    item        String,
    account     LowCardinality(String),        -- empty: any of the department
    planned     DateTime64(3, 'UTC'),
    tolerance   UInt32,                        -- seconds before and after
    languages   Array(LowCardinality(String)),
    format      LowCardinality(String),
    topic       String,
    campaign    String,
    text        String,
    link        String,
    hashtags    Array(String),
    responsible String,                        -- a role
    state       LowCardinality(String),        -- planned, validated, scheduled, published, cancelled
    notes       Map(String, String)            -- further columns of the plan
)
ENGINE = ReplacingMergeTree
ORDER BY (department, month, saved, item)
SETTINGS non_replicated_deduplication_window = 100;
