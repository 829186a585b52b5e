package indicator

import (
	"fmt"
	"strings"
)

// View is the statement that makes the view indicators: every indicator by calendar month of a time zone, for the
// institution and its departments, from the month of the first post or reading to that of the last. It is made
// from the same queries as every other value; posts have their newest figures. Name an indicator in the WHERE of a
// question and the others are not computed. The zone is one of the IANA database, as the register's is. A mistake in a
// definition, which All tells, breaks it.
func View(zone string) string {
	set, err := All()
	if err != nil {
		panic(err)
	}
	// month is the array of the months' first instants, each of them shifted by some months.
	month := func(shift int) string {
		return fmt.Sprintf(`(
    SELECT arrayMap(m -> toUInt32(toUnixTimestamp(toDateTime(addMonths(first, m + %d), '%[2]s'))), range(toUInt32(dateDiff('month', first, last) + 1)))
    FROM
    (
        SELECT toDate(toStartOfMonth(toTimeZone(min(t), '%[2]s'))) AS first, toDate(toStartOfMonth(toTimeZone(max(t), '%[2]s'))) AS last
        FROM
        (
            SELECT created AS t FROM posts WHERE run IN (SELECT run FROM runs)
            UNION ALL
            SELECT observed AS t FROM profiles WHERE run IN (SELECT run FROM runs) -- followers of other days come with a file
            UNION ALL
            SELECT at AS t FROM outcomes WHERE state != 'failed' AND run IN (SELECT run FROM runs)
        )
    ))`, shift, zone)
	}
	of := []Level{Institution, Department}
	var parts []string
	for _, i := range set {
		var at []string
		for _, l := range of {
			if i.At(l) {
				at = append(at, "'"+string(l)+"'")
			}
		}
		if len(at) > 0 {
			parts = append(parts, fmt.Sprintf(`SELECT i.indicator AS indicator, %d AS version, v.unit.1 AS level, v.unit.2 AS unit, toDate(toDateTime(window, '%s')) AS month, %s
FROM (
%s
) AS v CROSS JOIN (SELECT arrayJoin(['%s']) AS indicator) AS i
WHERE level IN (%s)`, i.Version, zone, figures, i.SQL, i.ID, strings.Join(at, ", ")))
		}
	}
	return "CREATE OR REPLACE VIEW indicators AS\n" + bind(scope+"\n"+strings.Join(parts, "\nUNION ALL\n"), month(0), month(1), of, Newest)
}
