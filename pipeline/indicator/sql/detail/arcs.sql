-- One row: how often an account named, answered or passed on another of the institution's, both of them open in the window.
SELECT t.source AS source, t.target AS target, t.start AS window, t.kind AS kind, t.times AS times
FROM ties AS t
INNER JOIN scope AS a ON a.account = t.source AND a.start = t.start
INNER JOIN scope AS b ON b.account = t.target AND b.start = t.start
ORDER BY window, source, target, kind
