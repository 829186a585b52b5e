package indicator

import (
	"fmt"
	"slices"
	"strings"

	"presencia/pipeline"
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
	// Those that leave out the same platforms have one scope; each group of them is a query of its own.
	of := []Level{Institution, Department}
	var groups []string
	var alone [][]pipeline.Platform
	parts := map[int][]string{}
	for _, i := range set {
		var at []Level
		for _, l := range of {
			if i.At(l) {
				at = append(at, l)
			}
		}
		if len(at) == 0 {
			continue
		}
		k := slices.IndexFunc(alone, func(a []pipeline.Platform) bool { return slices.Equal(a, i.Alone) })
		if k < 0 {
			k, alone = len(alone), append(alone, i.Alone)
		}
		parts[k] = append(parts[k], fmt.Sprintf(`SELECT i.indicator AS indicator, %d AS version, v.unit.1 AS level, v.unit.2 AS unit, toDate(toDateTime(window, '%s')) AS month, %s
FROM (
%s
) AS v CROSS JOIN (SELECT arrayJoin(['%s']) AS indicator) AS i
WHERE level IN %s`, i.Version, zone, figures, i.SQL, i.ID, texts(at)))
	}
	for k, a := range alone {
		groups = append(groups, "SELECT * FROM (\n"+bind(whole(strings.ReplaceAll(scope, " AS MATERIALIZED", " AS"), parts[k]), month(0), month(1), of, a, Newest)+"\n)")
	}
	return "CREATE OR REPLACE VIEW indicators AS\n" + strings.Join(groups, "\nUNION ALL\n")
}
