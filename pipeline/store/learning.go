package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/learning"
)

type attendanceRow struct {
	Course     string    `ch:"course"`
	Person     string    `ch:"person"`
	Department string    `ch:"department"`
	Session    time.Time `ch:"session"`
	Hours      float64   `ch:"hours"`
	Saved      time.Time `ch:"saved"`
}

type answerRow struct {
	Course     string    `ch:"course"`
	Respondent string    `ch:"respondent"`
	Role       string    `ch:"role"`
	Item       string    `ch:"item"`
	Value      uint8     `ch:"value"`
	Saved      time.Time `ch:"saved"`
}

type activityRow struct {
	Course     string    `ch:"course"`
	Person     string    `ch:"person"`
	Department string    `ch:"department"`
	Day        time.Time `ch:"day"`
	Kind       string    `ch:"kind"`
	Count      uint32    `ch:"count"`
	Minutes    float64   `ch:"minutes"`
	Saved      time.Time `ch:"saved"`
}

// SaveLearning adds to the record of courses. What is there of the same person and session, respondent and question, or person,
// day and kind is replaced, so that the same file again changes nothing.
func (db *DB) SaveLearning(ctx context.Context, r learning.Record, saved time.Time) error {
	saved = saved.UTC().Truncate(time.Millisecond)
	attended := make([]attendanceRow, len(r.Attendance))
	for i, a := range r.Attendance {
		attended[i] = attendanceRow{a.Course, a.Person, a.Department, a.Session.In(time.UTC), a.Hours, saved}
	}
	answers := make([]answerRow, len(r.Answers))
	for i, a := range r.Answers {
		answers[i] = answerRow{a.Course, a.Respondent, a.Role, a.Item, uint8(a.Value), saved}
	}
	activity := make([]activityRow, len(r.Activity))
	for i, a := range r.Activity {
		activity[i] = activityRow{a.Course, a.Person, a.Department, a.Day.In(time.UTC), a.Kind, uint32(a.Count), a.Minutes, saved}
	}
	content, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("the record of the course: %w", err)
	}
	token := fmt.Sprintf("learning/%d/%x", saved.UnixMilli(), sha256.Sum256(content))
	var errs []error
	if len(attended) > 0 {
		errs = append(errs, send(ctx, db, "attendance", token, attended))
	}
	if len(answers) > 0 {
		errs = append(errs, send(ctx, db, "survey_answers", token, answers))
	}
	if len(activity) > 0 {
		errs = append(errs, send(ctx, db, "course_activity", token, activity))
	}
	return wrap("the record of the course", errors.Join(errs...))
}

// Learning is the record of a course, in a fixed order.
func (db *DB) Learning(ctx context.Context, course string) (learning.Record, error) {
	var (
		r        learning.Record
		attended []attendanceRow
		answers  []answerRow
		activity []activityRow
	)
	for _, q := range []struct {
		dst any
		sql string
	}{
		{&attended, "SELECT * FROM attendance FINAL WHERE course = {course:String} ORDER BY session, person"},
		{&answers, "SELECT * FROM survey_answers FINAL WHERE course = {course:String} ORDER BY role, item, respondent"},
		{&activity, "SELECT * FROM course_activity FINAL WHERE course = {course:String} ORDER BY day, person, kind"},
	} {
		if err := db.Select(ctx, q.dst, q.sql, Named("course", course)); err != nil {
			return r, wrap("the record of the course", err)
		}
	}
	newest := func(saved time.Time) {
		if saved.After(r.Saved) {
			r.Saved = saved
		}
	}
	for _, a := range attended {
		newest(a.Saved)
		r.Attendance = append(r.Attendance, learning.Attendance{Course: a.Course, Person: a.Person, Department: a.Department, Session: pipeline.DateOf(a.Session), Hours: a.Hours})
	}
	for _, a := range answers {
		newest(a.Saved)
		r.Answers = append(r.Answers, learning.Answer{Course: a.Course, Respondent: a.Respondent, Role: a.Role, Item: a.Item, Value: int(a.Value)})
	}
	for _, a := range activity {
		newest(a.Saved)
		r.Activity = append(r.Activity, learning.Activity{Course: a.Course, Person: a.Person, Department: a.Department, Day: pipeline.DateOf(a.Day), Kind: a.Kind, Count: int(a.Count), Minutes: a.Minutes})
	}
	return r, nil
}
