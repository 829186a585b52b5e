    -- One row: an account in a window with what it published and the slots of its department's plan in force: item, time, seconds of
    -- tolerance, account (empty: any of the department), format, and when the item was first saved.
    planning AS MATERIALIZED
    (
        SELECT a.unit AS unit, a.department AS department, a.account AS account, a.start AS start, a.opening AS opening, a.end AS end, a.read AS read,
            a.begin AS begin, a.finish AS finish, a.own AS own, a.moments AS moments, a.own_moments AS own_moments, p.slots AS slots
        FROM activity AS a LEFT JOIN
        (
            SELECT i.department AS department, roundDown(toUnixTimestamp(i.planned), starts) AS start,
                groupArray((i.item, toUnixTimestamp(i.planned), i.tolerance, toString(i.account), toString(i.format), toUnixTimestamp(f.first))) AS slots
            FROM plan_latest AS i
            INNER JOIN (SELECT department, item, min(saved) AS first FROM plan_items GROUP BY department, item) AS f ON f.department = i.department AND f.item = i.item
            WHERE i.state != 'cancelled' AND toUnixTimestamp(i.planned) >= start AND toUnixTimestamp(i.planned) < ends[indexOf(starts, start)]
            GROUP BY i.department, start
        ) AS p ON p.department = a.department AND p.start = a.start
    ),

    -- One row: a department in a window with the slots of its plan.
    plans AS MATERIALIZED (SELECT unit, department, start, any(slots) AS slots FROM planning GROUP BY unit, department, start)
