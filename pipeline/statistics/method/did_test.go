package method

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func init() {
	bindings["did_2x2"] = func(t *testing.T, c published) (Method, *Table) {
		m := DiD2x2{Y: c.text("y"), Treated: c.text("treated"), Post: c.text("post")}
		if change, prose, ok := strings.Cut(c.text("balanced"), " "); ok && strings.HasPrefix(prose, "non-missing") {
			m.Change = change
		}
		if group := c.text("group"); group != "" {
			m.Group = group
		}
		for _, name := range slices.Sorted(maps.Keys(c.Expected)) { // what the case calls the two groups
			name, ok := strings.CutPrefix(name, "mean_")
			name, before := strings.CutSuffix(name, "_before")
			if ok && before && name != cmp.Or(m.Group, m.Treated) {
				m.Others = name
			}
		}
		return m, c.table(t)
	}
	bindings["did_unit_change"] = func(t *testing.T, c published) (Method, *Table) {
		table := c.table(t)
		group := columnWith(t, table, c.text("treated"))
		m := DiDUnitChange{Before: c.text("y0"), After: c.text("y1"), Treated: group + "==" + c.text("treated")}
		if control := c.text("control"); control != "" {
			m.Control = group + "==" + control
		}
		return m, table
	}
	bindings["did_few_treated_ri"] = func(t *testing.T, c published) (Method, *Table) {
		table := c.table(t)
		post := strings.ReplaceAll(strings.TrimSuffix(c.text("post"), " on"), " ", "") // Q3 2011 on
		return DiDFewTreated{
			UnitTimes: UnitTimes{Y: c.text("y"), Unit: columnWith(t, table, c.words("treated")[0]), Time: columnWith(t, table, post), Post: post},
			Treated:   c.words("treated"), Base: c.text("base"),
		}, table
	}
}

// columnWith is the first column in which a value stands.
func columnWith(t *testing.T, table *Table, value string) string {
	t.Helper()
	for _, name := range table.Names() {
		if values, err := table.Strings(name); err == nil && slices.Contains(values, value) {
			return name
		}
	}
	t.Fatalf("no column holds %q", value)
	return ""
}

// panels are the same ten units, at four times in the long form; the changes are those of the means.
func panels(t *testing.T) (wide, long *Table) {
	t.Helper()
	var w, l strings.Builder
	w.WriteString("unit,group,before,after\n")
	l.WriteString("unit,group,month,posts\n")
	for u := range 10 {
		group := "other"
		if u < 4 {
			group = "course"
		}
		before, after := float64(10+u*u%7), float64(12+3*u%5)
		fmt.Fprintf(&w, "u%d,%s,%g,%g\n", u, group, before, after)
		for month, y := range []float64{before - 1, before + 1, after + 2, after - 2} {
			fmt.Fprintf(&l, "u%d,%s,%d,%g\n", u, group, 9+month, y)
		}
	}
	read := func(text string) *Table {
		table, err := ReadTable(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	return read(w.String()), read(l.String())
}

func TestChangesOfWideAndLongTablesAreTheSame(t *testing.T) {
	wide, long := panels(t)
	a, err := DiDUnitChange{Before: "before", After: "after", Treated: "group==course"}.Compute(wide)
	if err != nil {
		t.Fatal(err)
	}
	b, err := DiDUnitChange{UnitTimes: UnitTimes{Y: "posts", Unit: "unit", Time: "month", Post: "11"}, Treated: "group==course"}.Compute(long)
	if err != nil {
		t.Fatal(err)
	}
	if diff := diff.Diff(plain(t, a), plain(t, b), cmpopts.EquateApprox(1e-9, 1e-12)); diff != "" {
		t.Error(diff)
	}
	few, err := DiDFewTreated{UnitTimes: UnitTimes{Y: "posts", Unit: "unit", Time: "month", Post: "11"}, Treated: []string{"u0", "u1", "u2", "u3"}}.Compute(long)
	if err != nil {
		t.Fatal(err)
	}
	if d := few["did"].(float64) - a["did"].(float64); math.Abs(d) > 1e-9 {
		t.Errorf("few treated %v, by changes %v", few["did"], a["did"])
	}
	if few["ri_total"] != 210.0 || math.Abs(few["ri_p_two_sided"].(float64)-a["perm_two_sided"].(float64)) > 1e-12 {
		t.Errorf("%v of %v choices; by changes %v", few["ri_p_two_sided"], few["ri_total"], a["perm_two_sided"])
	}
}

func TestWhatDiDCannotSay(t *testing.T) {
	wide, long := panels(t)
	missing, err := ReadTable(strings.NewReader("u,t,y\na,1,1\na,2,2\nb,1,3\nb,2,\nc,1,2\nc,2,5\nd,1,1\nd,2,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	twice, err := ReadTable(strings.NewReader("u,t,y\na,1,1\na,1,2\na,2,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	months := UnitTimes{Y: "posts", Unit: "unit", Time: "month", Post: "11"}
	short := UnitTimes{Y: "y", Unit: "u", Time: "t", Post: "2"}
	constant := months
	constant.Y = "7"
	for says, c := range map[string]struct {
		m     Method
		table *Table
	}{
		"--data":                         {DiDUnitChange{Before: "before", After: "after", Treated: "group==course"}, nil},
		"10 treated and 0 other":         {DiDUnitChange{Before: "before", After: "after", Treated: "before>0"}, wide},
		"1 treated and 9 other":          {DiDUnitChange{Before: "before", After: "after", Treated: "unit==u1"}, wide},
		"treated and control":            {DiDUnitChange{Before: "before", After: "after", Treated: "group==course", Control: "unit==u1"}, wide},
		"must be 1 or 0":                 {DiDUnitChange{Before: "before", After: "after", Treated: "before"}, wide},
		"name --before and --after":      {DiDUnitChange{Before: "before", Treated: "group==course"}, wide},
		"in some rows":                   {DiDUnitChange{UnitTimes: months, Treated: "month>10"}, long},
		"all needed":                     {DiDUnitChange{UnitTimes: UnitTimes{Unit: "unit"}, Treated: "group==course"}, long},
		"no unit \"nobody\"":             {DiDFewTreated{UnitTimes: months, Treated: []string{"nobody"}}, long},
		"no time \"13\"":                 {DiDFewTreated{UnitTimes: UnitTimes{"posts", "unit", "month", "13"}, Treated: []string{"u1"}}, long},
		"no time comes before":           {DiDFewTreated{UnitTimes: UnitTimes{"posts", "unit", "month", "9"}, Treated: []string{"u1"}}, long},
		"is not before":                  {DiDFewTreated{UnitTimes: months, Treated: []string{"u1"}, Base: "12"}, long},
		"is 7 everywhere":                {DiDFewTreated{UnitTimes: constant, Treated: []string{"u1"}}, long},
		"b is treated and has no":        {DiDFewTreated{UnitTimes: short, Treated: []string{"b"}}, missing},
		"1 of the units":                 {DiDFewTreated{UnitTimes: short, Treated: []string{"a", "c"}}, missing},
		"two rows at time 1":             {DiDFewTreated{UnitTimes: short, Treated: []string{"a"}}, twice},
		"in each of the four cells":      {DiD2x2{Y: "posts", Treated: "group==course", Post: "month>20"}, long},
		"both groups would be called":    {DiD2x2{Y: "posts", Treated: "group==course", Post: "month>10", Group: "x", Others: "x"}, long},
		"--change: groups of 0 and 0":    {DiD2x2{Y: "posts", Treated: "group==course", Post: "month>10", Change: "log(0*posts)"}, long},
		"there is no column \"nothing\"": {DiD2x2{Y: "nothing", Treated: "group==course", Post: "month>10"}, long},
	} {
		if _, err := c.m.Compute(c.table); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q, got %v", says, err)
		}
	}
	r, err := DiDFewTreated{UnitTimes: short, Treated: []string{"a"}}.Compute(missing)
	if err != nil {
		t.Fatal(err)
	}
	if diff := diff.Diff([]any{"b"}, plain(t, r)["left_out"]); diff != "" {
		t.Error(diff)
	}
	// Nothing changed: there is a difference of zero, and no error of it that could be taken for certainty.
	r, err = DiDUnitChange{Before: "before", After: "before", Treated: "group==course"}.Compute(wide)
	if err != nil {
		t.Fatal(err)
	}
	if r = plain(t, r); r["did"] != 0.0 || r["perm_exact_two_sided"] != 1.0 || r["ancova_p"] != nil || r["twfe_cr2_p"] != nil || r["hedges_g"] != nil {
		t.Errorf("%v", r)
	}
}
