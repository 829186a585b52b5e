package indicator

import (
	"fmt"
	"slices"
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
	// Those that leave out the same platforms, at the same levels, have one scope; each lot of them is a query of its own.
	var groups []string
	for _, of := range [][]Level{{Institution, Department}, {Institution}, {Department}} {
		var some []Indicator
		for _, i := range set {
			if i.At(Institution) == slices.Contains(of, Institution) && i.At(Department) == slices.Contains(of, Department) {
				some = append(some, i)
			}
		}
		for _, places := range together(some, func(a, b Indicator) bool { return slices.Equal(a.Alone, b.Alone) }) {
			var alike []Indicator
			for _, i := range places {
				alike = append(alike, some[i])
			}
			var queries []string
			for _, j := range merged(alike) {
				ids, versions := make([]string, len(j.places)), make([]string, len(j.places))
				for k, i := range j.places {
					ids[k], versions[k] = alike[i].ID, fmt.Sprint(alike[i].Version)
				}
				queries = append(queries, fmt.Sprintf(`SELECT i.indicator AS indicator, [%[1]s][k] AS version, v.unit.1 AS level, v.unit.2 AS unit,
    toDate(toDateTime(window, '%[2]s')) AS month, f.2 AS value, f.3 AS n, f.4 AS unknown, indexOf(%[3]s, indicator) AS k, %[4]s[k] AS f
FROM (
%[5]s
) AS v CROSS JOIN (SELECT arrayJoin(%[3]s) AS indicator) AS i`, strings.Join(versions, ", "), zone, texts(ids), j.figures(func(i int) []string { return []string{fmt.Sprint(i)} }), j.text))
			}
			text := strings.ReplaceAll(whole(queries), " AS MATERIALIZED", " AS")
			groups = append(groups, "SELECT indicator, version, level, unit, month, value, n, unknown FROM (\n"+
				bind(text, month(0), month(1), of, alike[0].Alone, Newest)+"\n)")
		}
	}
	return "CREATE OR REPLACE VIEW indicators AS\n" + strings.Join(groups, "\nUNION ALL\n")
}
