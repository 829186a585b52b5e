-- One row: an account's publications of one kind in a window.
SELECT account, kind, roundDown(toUnixTimestamp(created), {starts:Array(UInt32)}) AS window, count() AS n
FROM post_contents
WHERE toUnixTimestamp(created) >= window AND toUnixTimestamp(created) < {ends:Array(UInt32)}[indexOf({starts:Array(UInt32)}, window)]
GROUP BY account, kind, window
ORDER BY account, kind, window
