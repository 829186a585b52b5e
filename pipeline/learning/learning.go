// Package learning is the record of a course: who attended which session, what they answered in the survey, and what they did
// online. People are pseudonymous: of a person stand here a keyed hash, a role and a department, never a name.
//
//	Reader     reads the files that organisers keep: lists of attendance, exports of forms, activity of a platform
//	Summarize  says what a record comes to
package learning

import (
	"time"

	"presencia/pipeline"
)

// Attendance is a person's presence in a session.
type Attendance struct {
	Course     string
	Person     string // keyed hash
	Department string // id
	Session    pipeline.Date
	Hours      float64 // 0: was not there
}

// Answer is one answer to one item of a survey.
type Answer struct {
	Course     string
	Respondent string // keyed hash; of the row itself where the survey is anonymous
	Role       string // participants, tutor …
	Item       string // the question
	Value      int    // 1 to 4; 0: left blank
}

// Activity is what a person did online in a course on one day.
type Activity struct {
	Course     string
	Person     string // keyed hash
	Department string // id; empty: not told
	Day        pipeline.Date
	Kind       string // post, comment, task, visit …
	Count      int
	Minutes    float64 // 0: not told
}

// Record is all that is known of a course's participants.
type Record struct {
	Attendance []Attendance
	Answers    []Answer
	Activity   []Activity
	Saved      time.Time // when the newest of it was imported
}
