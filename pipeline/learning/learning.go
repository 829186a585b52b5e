// Package learning is the record of a course: who attended which session, what they answered in the survey, and what they did
// online. People are pseudonymous: of a person stand here a keyed hash, a role and a department, never a name.
package learning

import (
	"time"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// Attendance is a person's presence in a session.
type Attendance struct {
	Course     string
	Person     string // keyed hash
	Department string
	Session    pipeline.Date
	Hours      float64
}

// Answer is one answer to one item of a survey.
type Answer struct {
	Course     string
	Respondent string // keyed hash, or the number of the line where the survey is anonymous
	Role       string // participant, tutor …
	Item       string
	Value      int // 1 to 4; 0: left blank
	Given      time.Time
}

// Activity is what a person did online in a course on one day.
type Activity struct {
	Course     string
	Person     string // keyed hash
	Department string
	Day        pipeline.Date
	Kind       string // post, comment, task, login …
	Count      int
	Minutes    float64 // 0: not told
}

// Record is all that is known of a course's participants.
type Record struct {
	Attendance []Attendance
	Answers    []Answer
	Activity   []Activity
}

// Summary is what can be said of a record.
type Summary struct {
	People, Departments int
	Sessions            []SessionSummary
	Hours               map[string]float64 // attended in person and online, by department, a person's mean
	Surveys             []SurveySummary
	Online              []ActivitySummary
}

// SessionSummary is one session.
type SessionSummary struct {
	Date             pipeline.Date
	Present, Invited int
}

// SurveySummary is one item (empty: all together), by role.
type SurveySummary struct {
	Role, Item        string
	Invited, Answered int // Invited 0: not declared
	Counts            [4]int
	Mean, Low, High   statistics.Value
	Top               statistics.Value // share of the best mark, with its interval
	TopLow, TopHigh   statistics.Value
	Worst, Best       statistics.Value // the mean if those who did not answer had given the worst, the best mark
	Alpha             statistics.Value // of all items together
	// Declared is the mean of the register; Possible tells whether it can arise from that many answers (GRIM).
	Declared statistics.Value
	Possible bool
}

// ActivitySummary is a week online.
type ActivitySummary struct {
	Week   pipeline.Date // its Monday
	People int
	Count  int
}
