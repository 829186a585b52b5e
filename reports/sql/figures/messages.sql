SELECT unit, start AS window, if(n = 0, NULL, sumIf(length(hours) + undecided, heard)) AS value, countIf(heard) AS n, countIf(deaf) AS unknown
FROM heard
GROUP BY unit, start
