package simulation

import (
	"bytes"
	"testing"

	"presencia/pipeline"
	"presencia/pipeline/learning"
)

// The files of the organisers are read like anybody's, and say what the register says.
func TestLearningRecord(t *testing.T) {
	w := world()
	register := &pipeline.Register{}
	for _, d := range w.depts {
		register.Departments = append(register.Departments, pipeline.Department{ID: d.id, Name: d.name, Group: d.group})
	}
	course := pipeline.Course{ID: CourseID, Surveys: []pipeline.Survey{{Role: "participants", Mean: 3.77, Max: 4, Answers: 17, Invited: 17}}}
	for _, d := range sessions {
		course.Sessions = append(course.Sessions, pipeline.Session{Date: d, Hours: 3})
	}
	r := learning.Reader{Course: course, Register: register, Key: []byte("k"), Role: "participants"}
	var record learning.Record
	var err error
	if record.Attendance, err = r.Attendance("attendance", w.Attendance()); err != nil {
		t.Fatal(err)
	}
	if record.Answers, _, err = r.Survey("survey", w.Survey()); err != nil {
		t.Fatal(err)
	}
	if record.Activity, err = r.Activity("activity", w.Activity()); err != nil {
		t.Fatal(err)
	}
	s := learning.Summarize(course, record)
	if s.People != 17 || len(s.Sessions) != 4 || len(s.Departments) != 17 || s.Active != 17 || len(s.Surveys) != 1+questions {
		t.Errorf("%d people, %d sessions, %d departments, %d online, %d questions", s.People, len(s.Sessions), len(s.Departments), s.Active, len(s.Surveys)-1)
	}
	for _, x := range s.Sessions {
		if x.Listed != 17 || x.Present < 12 {
			t.Errorf("session %s: %d of %d", x.Date, x.Present, x.Listed)
		}
	}
	if all := s.Surveys[0]; all.Marks == nil || all.Marks.Mean < 3.765 || all.Marks.Mean > 3.775 || all.Possible == nil || !*all.Possible {
		t.Errorf("the survey says otherwise than the register: %+v", all)
	}
	if !bytes.Equal(w.Activity(), New(w.seed).Activity()) {
		t.Error("another record of the same world")
	}
}
