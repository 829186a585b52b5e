-- One row: what is known of the data as a whole, of complete runs only.
WITH seen AS (SELECT run FROM runs)
SELECT
    (SELECT max(at) FROM outcomes WHERE state != 'failed' AND run IN seen) AS observed,
    (SELECT min(at) FROM outcomes WHERE state != 'failed' AND run IN seen) AS begun,
    (SELECT min(created) FROM posts WHERE run IN seen) AS first,
    count() AS runs, countIf(kind = 'collect') AS collects, countIf(kind = 'import') AS imports, countIf(kind = 'check') AS checks
FROM runs FINAL
