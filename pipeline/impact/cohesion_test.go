package impact

import (
	"fmt"
	"testing"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

func TestCohesionWindows(t *testing.T) {
	plan := answersPlan()
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	data := pipeline.Window{From: time.Date(2013, 5, 1, 0, 0, 0, 0, madrid), To: time.Date(2015, 12, 31, 0, 0, 0, 0, madrid)}
	windows := CohesionWindows(plan, data, madrid)
	var sides string
	for i, w := range windows {
		if w.From.Before(data.From) || w.To.After(data.To) || i > 0 && !w.From.Equal(windows[i-1].To) || w.From.Weekday() != time.Monday || w.From.Hour() != 0 {
			t.Errorf("window %d is %v to %v", i, w.From, w.To)
		}
		sides += string(plan.where(w))[:2] + " "
	}
	// The course of 2014: its weeks after begin on 12 January 2015. The window from 14 July 2014 reaches into the course.
	if want := "be be be be as as af af af "; sides != want || windows[6].From.Format(time.DateOnly) != "2015-01-12" {
		t.Errorf("%s from %v, want %s", sides, windows[0].From, want)
	}
	for _, none := range []pipeline.Window{{}, {From: data.From, To: data.From.AddDate(0, 2, 0)}, {From: data.To, To: data.From}} {
		if w := CohesionWindows(plan, none, madrid); len(w) != 0 {
			t.Errorf("%v holds %v", none, w)
		}
	}
	if w := CohesionWindows(Plan{}, data, madrid); len(w) != 0 {
		t.Errorf("a plan without course has windows %v", w)
	}
}

// office is an institution of two departments, with four accounts on one platform, one on another, one that opened late and one of
// nobody's.
func office() ([]pipeline.Account, []pipeline.Department) {
	account := func(id, department string, platform pipeline.Platform) pipeline.Account {
		return pipeline.Account{ID: pipeline.AccountID(id), Department: department, Platform: platform}
	}
	late := account("late", "y", "mastodon")
	late.Opened = pipeline.Date{Year: 2014, Month: time.June, Day: 1}
	return []pipeline.Account{
			account("d", "y", "mastodon"), account("a", "x", "mastodon"), account("b", "x", "mastodon"), account("c", "y", "mastodon"),
			account("z", "x", "web"), late, account("foreign", "nobody", "mastodon"),
		}, []pipeline.Department{
			{ID: "x", Group: pipeline.Participant}, {ID: "y", Group: pipeline.Comparison},
		}
}

func TestCohesionByHand(t *testing.T) {
	plan := answersPlan()
	windows := CohesionWindows(plan, pipeline.Window{From: time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2015, 5, 1, 0, 0, 0, 0, time.UTC)}, time.UTC)
	if len(windows) != 5 {
		t.Fatal(windows)
	}
	accounts, departments := office()
	first, last := windows[0], windows[4]
	arc := func(w pipeline.Window, from, to pipeline.AccountID, kind string, count int64) indicator.Arc {
		return indicator.Arc{From: from, To: to, Window: w, Kind: kind, Count: count}
	}
	arcs := []indicator.Arc{
		arc(first, "a", "b", "mention", 3),
		arc(last, "a", "b", "mention", 1), arc(last, "a", "b", "share", 4), arc(last, "b", "a", "reply", 1), arc(last, "b", "c", "mention", 1),
		arc(last, "c", "a", "mention", 2), arc(last, "a", "a", "mention", 9), arc(last, "late", "a", "mention", 9), arc(last, "foreign", "a", "mention", 9),
		arc(last, "z", "a", "share", 9), arc(last, "d", "a", "mention", 0), arc(pipeline.Window{From: first.From, To: last.To}, "d", "a", "mention", 7),
	}
	c := NewCohesion(plan, windows, accounts, departments, arcs, nil)
	if len(c.Windows) != 5 || len(c.Reasons) != 0 {
		t.Fatalf("%+v", c)
	}
	f := c.Windows[4]
	want := NetworkFigures{
		Window: last, Side: AfterCourse, Accounts: 5, Known: true, Ties: 4, Isolates: 2, Components: 3, // d and z are alone
		Density: statistics.Known(4. / 12), Returned: statistics.Known(0.5), Reciprocity: statistics.Known((0.5 - 4./12) / (1 - 4./12)),
		Clustering: statistics.Known(1), Across: statistics.Known(0.5),
	}
	if f != want {
		t.Errorf("got  %+v\nwant %+v", f, want)
	}
	if f := c.Windows[1]; f.Density != statistics.Known(0) || f.Returned.Known || f.Across.Known || f.Clustering.Known || f.Isolates != 5 || f.Components != 5 {
		t.Errorf("a quarter without ties: %+v", f)
	}
	// The graphs: the first quarter after the course, and the same season of the year before.
	if !c.After.Window.From.Equal(last.From) || !c.Before.Window.From.Equal(first.From) || len(c.Before.Ties) != 1 {
		t.Errorf("drawn are %v and %v", c.Before, c.After)
	}
	if got := fmt.Sprint(c.After.Ties); got != "[{0 1 5} {1 0 1} {1 2 1} {2 0 2}]" {
		t.Errorf("ties %s", got)
	}
	// The way from a to c leads over b, one of the twelve ordered pairs of the other four; that from c to b over a.
	if n := c.After.Nodes; n[0].Account != "a" || n[1].Betweenness != 1./12 || n[0].Betweenness != 1./12 || n[3].Betweenness != 0 || n[2].Group != pipeline.Comparison {
		t.Errorf("nodes %+v", n)
	}
}

func TestCohesionSaysWhatWasNotRead(t *testing.T) {
	plan := answersPlan()
	windows := CohesionWindows(plan, pipeline.Window{From: time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2015, 8, 1, 0, 0, 0, 0, time.UTC)}, time.UTC)
	var accounts []pipeline.Account
	for i := range 12 {
		accounts = append(accounts, pipeline.Account{ID: pipeline.AccountID(fmt.Sprintf("a%02d", i)), Department: "x", Platform: "mastodon"})
	}
	arcs := []indicator.Arc{{From: "a00", To: "a01", Window: windows[0], Count: 1}}
	c := NewCohesion(plan, windows, accounts, []pipeline.Department{{ID: "x"}}, arcs, func(a pipeline.AccountID, w pipeline.Window) bool {
		switch a {
		case "a11":
			return false // never read: its platform shows no mentions
		case "a10":
			return w.From.After(windows[0].From) // one in eleven missing in the first window
		case "a09":
			return w.From != windows[1].From
		case "a08":
			return w.From != windows[1].From
		}
		return true
	})
	if fmt.Sprint(c.Reasons) != "[{never_read map[n:1]}]" {
		t.Errorf("reasons %v", c.Reasons)
	}
	if f := c.Windows[0]; f.Accounts != 11 || f.Unread != 1 || f.Known || !f.Density.Known {
		t.Errorf("with one account unread: %+v", f)
	}
	if f := c.Windows[1]; f.Unread != 2 || f.Known || f.Density.Known || f.Returned.Known || f.Across.Known {
		t.Errorf("with two of eleven unread: %+v", f)
	}
	if f := c.Windows[2]; !f.Known || f.Density != statistics.Known(0) {
		t.Errorf("with all read: %+v", f)
	}
}

func TestCohesionWithHardlyAnything(t *testing.T) {
	plan := answersPlan()
	windows := CohesionWindows(plan, pipeline.Window{From: time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2015, 5, 1, 0, 0, 0, 0, time.UTC)}, time.UTC)
	accounts, departments := office()
	for _, c := range []struct {
		name     string
		windows  []pipeline.Window
		accounts []pipeline.Account
		reasons  string
	}{
		{"no windows", nil, accounts, "[{no_windows map[weeks:13]}]"},
		{"no accounts", windows, nil, "[{few_accounts map[n:0]}]"},
		{"one account", windows, accounts[:1], "[{few_accounts map[n:1]}]"},
		{"one account on each platform", windows, accounts[3:5], "[{few_accounts map[n:2]}]"},
		{"no ties", windows, accounts, "[{no_ties map[]}]"},
	} {
		got := NewCohesion(plan, c.windows, c.accounts, departments, nil, nil)
		if fmt.Sprint(got.Reasons) != c.reasons || len(got.Windows) != len(c.windows) {
			t.Errorf("%s: %v, want %s", c.name, got.Reasons, c.reasons)
		}
		for _, f := range got.Windows {
			if f.Returned.Known || f.Reciprocity.Known || f.Density.Known != (c.name == "no ties") {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
	}
	// Only weeks before the course: nothing is drawn of what comes after it.
	c := NewCohesion(plan, windows[:2], accounts, departments, nil, nil)
	if len(c.After.Nodes) != 0 || !c.Before.Window.From.Equal(windows[1].From) {
		t.Errorf("drawn are %v and %v", c.Before.Window, c.After.Window)
	}
}
