package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
	"presencia/pipeline/learning"
)

func TestLearning(t *testing.T) {
	db := open(t, Options{})
	day := func(n int) pipeline.Date { return pipeline.DateOf(days(n)) }
	record := learning.Record{
		Attendance: []learning.Attendance{{Course: "c", Person: "p", Department: "d1", Session: day(0), Hours: 3}, {Course: "c", Person: "q", Department: "d2", Session: day(0)}},
		Answers:    []learning.Answer{{Course: "c", Respondent: "p", Role: "participants", Item: "useful?", Value: 4}, {Course: "c", Respondent: "q", Role: "participants", Item: "useful?"}},
		Activity:   []learning.Activity{{Course: "c", Person: "p", Department: "d1", Day: day(1), Kind: "comment", Count: 2, Minutes: 12.5}},
	}
	other := learning.Record{Attendance: []learning.Attendance{{Course: "another", Person: "p", Department: "d1", Session: day(0), Hours: 1}}}
	for _, r := range []learning.Record{record, other, record} { // once more changes nothing
		if err := db.SaveLearning(t.Context(), r, days(2)); err != nil {
			t.Fatal(err)
		}
	}
	record.Saved = days(2)
	get := func() learning.Record {
		t.Helper()
		r, err := db.Learning(t.Context(), "c")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if diff := cmp.Diff(record, get()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	record.Attendance[1].Hours, record.Saved = 2, days(3)
	if err := db.SaveLearning(t.Context(), learning.Record{Attendance: record.Attendance[1:]}, days(3)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(record, get()); diff != "" {
		t.Errorf("after a correction (-want +got)\n%s", diff)
	}
}
