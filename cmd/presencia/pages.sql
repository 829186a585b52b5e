-- One row: a name of what the store holds. It changes when a run is complete, and when anything is written that belongs to no
-- run: reviews, plans, records of courses. The register is the one that the program has read.
SELECT concat(toString((SELECT count() FROM runs FINAL)), '-', toString((SELECT toUnixTimestamp64Milli(max(finished)) FROM runs)), '-', toString(sum(last))) AS state
FROM
(
    SELECT max(max_block_number) AS last
    FROM system.parts
    WHERE active AND database = currentDatabase() AND table NOT IN ('registers', 'register_accounts', 'migrations')
        AND table NOT IN (SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'run')
    GROUP BY table, partition_id
)
