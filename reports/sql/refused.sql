-- One row: a metric that was set aside in a window, since its platform refused it, for 30 days from each refusal.
SELECT platform, metric, min(p.since) AS since
FROM parked AS p
WHERE p.run IN (SELECT run FROM runs) AND p.since < {ends:Array(UInt32)}[1] AND addDays(p.since, 30) > {starts:Array(UInt32)}[1]
GROUP BY platform, metric
ORDER BY platform, metric
