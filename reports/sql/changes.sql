-- One row: something that happened to an account itself in a window, oldest first.
SELECT account, at, change, before, after
FROM account_changes
WHERE at >= {starts:Array(UInt32)}[1] AND at < {ends:Array(UInt32)}[1]
ORDER BY at, account, change
