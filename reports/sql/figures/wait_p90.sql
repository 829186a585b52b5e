SELECT unit, start AS window, if(n = 0, NULL, quantileExactInclusiveArrayIf(0.9)(hours, heard)) AS value, sumIf(length(hours), heard) AS n, countIf(deaf) AS unknown
FROM heard
GROUP BY unit, start
