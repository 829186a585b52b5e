SELECT unit, start AS window, if(n = 0, NULL, sumIf(posts, read)) AS value, countIf(read) AS n, countIf(NOT read) AS unknown
FROM scope LEFT JOIN (SELECT account, start, count() AS posts FROM published WHERE kind = 'reply' GROUP BY account, start) AS p USING (account, start)
GROUP BY unit, start
