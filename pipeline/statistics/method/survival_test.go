package method

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func init() {
	bindings["kaplan_meier_logrank"] = func(t *testing.T, c published) (Method, *Table) {
		m := KaplanMeier{Time: cmp.Or(c.text("time"), "time"), Event: c.text("event"), Group: c.text("group"), Strata: c.text("strata")}
		var collect func(map[string]any) // the times that the case reads its curves at, its tau and its strata
		collect = func(tree map[string]any) {
			for name, v := range tree {
				if at, ok := strings.CutPrefix(name, "S_"); ok {
					if time, err := strconv.ParseFloat(at, 64); err == nil && !slices.Contains(m.At, time) {
						m.At = append(m.At, time)
					}
				}
				if _, strata, ok := strings.Cut(name, "_stratified_"); ok {
					m.Strata = strata
				}
				if name == "tau" {
					m.Tau = v.(float64)
				}
				if below, ok := v.(map[string]any); ok {
					collect(below)
				}
			}
		}
		collect(c.Expected)
		return m, c.table(t)
	}
}

const waits = `hours,answered,messages,side
1,1,10,before
5,1,5,before
168,0,5,before
1,1,30,after
5,1,5,after
168,0,5,after
`

func TestCountedRowsAreAsManyTimes(t *testing.T) {
	counted, err := ReadTable(strings.NewReader(waits))
	if err != nil {
		t.Fatal(err)
	}
	var long strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(waits), "\n") {
		times := 1
		if i > 0 {
			times, _ = strconv.Atoi(strings.Split(line, ",")[2])
		}
		long.WriteString(strings.Repeat(line+"\n", times))
	}
	rows, err := ReadTable(strings.NewReader(long.String()))
	if err != nil {
		t.Fatal(err)
	}
	m := KaplanMeier{Time: "hours", Event: "answered", Group: "side", At: []float64{1, 24}, Tau: 168}
	want, err := m.Compute(rows)
	if err != nil {
		t.Fatal(err)
	}
	m.Count = "messages"
	got, err := m.Compute(counted)
	if err != nil {
		t.Fatal(err)
	}
	figures, missing := 0, 0
	compare(t, "waits", map[string]any(plain(t, want)), map[string]any(plain(t, got)), 1e-6, func(string) (string, bool) { return "", false }, &figures, &missing)
	if figures < 50 {
		t.Errorf("%d figures compared", figures)
	}
	if all := got["before"].(Result); all["median"] != 3.0 {
		t.Errorf("half are answered from 1 to 5 hours on: the median is their middle, not %v", all["median"])
	}
}

func TestKaplanMeierSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, table string
		m           KaplanMeier
		says        string
	}{
		{"no table", "", KaplanMeier{Time: "hours", Event: "answered"}, "--data"},
		{"event is no truth", waits, KaplanMeier{Time: "hours", Event: "messages"}, "must be 1"},
		{"part of a message", waits, KaplanMeier{Time: "hours", Event: "answered", Count: "messages/3"}, "whole number"},
		{"time below zero", waits, KaplanMeier{Time: "hours-3", Event: "answered"}, "from zero on"},
		{"nothing left", "hours,answered\nNA,1\n", KaplanMeier{Time: "hours", Event: "answered"}, "no times"},
		{"a group called all", strings.ReplaceAll(waits, "before", "All"), KaplanMeier{Time: "hours", Event: "answered", Group: "side"}, "rename"},
		{"nothing ended", strings.ReplaceAll(waits, ",1,", ",0,"), KaplanMeier{Time: "hours", Event: "answered", Group: "side"}, "cannot be compared"},
	} {
		var table *Table
		if c.table != "" {
			var err error
			if table, err = ReadTable(strings.NewReader(c.table)); err != nil {
				t.Fatal(err)
			}
		}
		if r, err := c.m.Compute(table); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v; want an error that says %q", c.name, r, err, c.says)
		}
	}
}
