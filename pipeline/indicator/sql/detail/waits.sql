-- One row: how many messages of a kind an account got a first answer to, or left without one, after as many whole hours.
SELECT h.account AS account, h.department AS department, h.start AS window, w.kind AS kind, ceil(w.hours) AS hours, toBool(w.answered) AS answered, count() AS times
FROM heard AS h INNER JOIN waits AS w ON w.account = h.account AND w.start = h.start
WHERE h.heard AND w.decided
GROUP BY account, department, window, kind, hours, answered
ORDER BY window, account, kind, hours, answered
