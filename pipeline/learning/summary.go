package learning

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// Summary is what a record comes to. Satisfaction says what people thought of the course (Kirkpatrick's first level), not what
// they do since; only Hours go into the evaluation, as dose.
type Summary struct {
	People      int // who attended something
	Sessions    []SessionSummary
	Departments []Dose
	Surveys     []SurveySummary
	Online      []Week
	Active      int // people seen online
}

// SessionSummary is one session of the course.
type SessionSummary struct {
	pipeline.Session
	Listed, Present int // people of the list of attendance, and of them present; both 0: there is no list
}

// Dose is how much of the course reached a department.
type Dose struct {
	Department string
	People     int
	// Hours in person and actions online, a person's mean; unknown where no list says.
	Hours, Online statistics.Value
}

// SurveySummary is one question, or all of them (Item empty), of one role.
type SurveySummary struct {
	Role, Item string
	Counts     [4]int // answers of 1, 2, 3 and 4
	Blank      int
	Marks      *statistics.Marks // nil: nobody answered
	Invited    int               // by the register; 0: not declared
	// Reliability is that of the questions together; nil for one question, or where it does not exist.
	Reliability *statistics.Reliability
	// Declared is the mean that the register states, and Possible whether it can come of that many answers; unknown otherwise.
	Declared statistics.Value
	Possible *bool
}

// Week is a week online.
type Week struct {
	Monday        pipeline.Date
	People, Count int
}

// Summarize says what a record comes to. Surveys that the register only states by their mean stand beside those whose
// answers are known.
func Summarize(course pipeline.Course, record Record) Summary {
	var s Summary
	s.attended(course, record)
	for _, role := range roles(course, record) {
		s.Surveys = append(s.Surveys, surveys(course, record, role)...)
	}
	people := map[string]bool{}
	weeks := map[pipeline.Date]map[string]int{}
	for _, a := range record.Activity {
		people[a.Person] = true
		w := week(a.Day)
		if weeks[w] == nil {
			weeks[w] = map[string]int{}
		}
		weeks[w][a.Person] += a.Count
	}
	s.Active = len(people)
	for _, monday := range slices.SortedFunc(maps.Keys(weeks), func(a, b pipeline.Date) int { return cmp.Compare(a.String(), b.String()) }) {
		w := Week{Monday: monday, People: len(weeks[monday])}
		for _, n := range weeks[monday] {
			w.Count += n
		}
		s.Online = append(s.Online, w)
	}
	return s
}

func (s *Summary) attended(course pipeline.Course, record Record) {
	type person struct{ department, hash string }
	hours, online := map[person]float64{}, map[person]int{}
	people := map[string]bool{}
	departments := map[string]bool{}
	of := map[string]string{}
	for _, x := range course.Sessions {
		session := SessionSummary{Session: x}
		for _, a := range record.Attendance {
			if a.Session != x.Date {
				continue
			}
			session.Listed++
			if a.Hours > 0 {
				session.Present++
				people[a.Person] = true
			}
		}
		s.Sessions = append(s.Sessions, session)
	}
	for _, a := range record.Attendance {
		departments[a.Department], of[a.Person] = true, a.Department
		hours[person{a.Department, a.Person}] += a.Hours
	}
	s.People = len(people)
	told := len(record.Activity) > 0
	for _, a := range record.Activity {
		if d := cmp.Or(a.Department, of[a.Person]); d != "" {
			departments[d] = true
			online[person{d, a.Person}] += a.Count
		}
	}
	for _, d := range slices.Sorted(maps.Keys(departments)) {
		dose := Dose{Department: d}
		sum, actions, listed := 0.0, 0, 0
		everyone := map[string]bool{}
		for _, p := range slices.SortedFunc(maps.Keys(hours), func(a, b person) int { return cmp.Compare(a.hash, b.hash) }) {
			if p.department == d {
				sum += hours[p]
				listed++
				everyone[p.hash] = true
			}
		}
		for p, n := range online {
			if p.department == d {
				actions += n
				everyone[p.hash] = true
			}
		}
		dose.People = len(everyone)
		if listed > 0 {
			dose.Hours = statistics.Known(sum / float64(listed))
		}
		if told {
			dose.Online = statistics.Known(float64(actions) / float64(dose.People))
		}
		s.Departments = append(s.Departments, dose)
	}
}

// roles are those of answers and of the register, participants first.
func roles(course pipeline.Course, record Record) []string {
	set := map[string]bool{}
	for _, a := range record.Answers {
		set[a.Role] = true
	}
	for _, x := range course.Surveys {
		set[x.Role] = true
	}
	return slices.SortedFunc(maps.Keys(set), func(a, b string) int {
		return cmp.Or(-cmp.Compare(strconv.FormatBool(a == "participants"), strconv.FormatBool(b == "participants")), cmp.Compare(a, b))
	})
}

// surveys are all questions of a role together, then each by itself.
func surveys(course pipeline.Course, record Record, role string) []SurveySummary {
	whole := SurveySummary{Role: role}
	stated := slices.IndexFunc(course.Surveys, func(x pipeline.Survey) bool { return x.Role == role })
	if stated >= 0 {
		whole.Invited, whole.Declared = course.Surveys[stated].Invited, statistics.Known(course.Surveys[stated].Mean)
	}
	var items []string
	respondents := map[string]map[string]int{}
	byItem := map[string]*SurveySummary{}
	for _, a := range record.Answers {
		if a.Role != role {
			continue
		}
		if byItem[a.Item] == nil {
			items = append(items, a.Item)
			byItem[a.Item] = &SurveySummary{Role: role, Item: a.Item, Invited: whole.Invited}
		}
		for _, s := range []*SurveySummary{byItem[a.Item], &whole} {
			if a.Value == 0 {
				s.Blank++
			} else {
				s.Counts[a.Value-1]++
			}
		}
		if respondents[a.Respondent] == nil {
			respondents[a.Respondent] = map[string]int{}
		}
		respondents[a.Respondent][a.Item] = a.Value
	}
	slices.Sort(items)
	all := []SurveySummary{whole}
	for _, item := range items {
		s := byItem[item]
		s.describe(s.Invited)
		all = append(all, *s)
	}
	all[0].describe(whole.Invited * max(1, len(items)))
	all[0].cluster(respondents)
	all[0].Reliability = reliability(items, respondents)
	if stated >= 0 {
		x := course.Surveys[stated]
		n, questions := x.Answers, 1
		if len(respondents) > 0 {
			n, questions = len(respondents), len(items)
		}
		if n > 0 {
			if possible, err := statistics.GRIM(strconv.FormatFloat(x.Mean, 'f', -1, 64), n, questions); err == nil {
				all[0].Possible = &possible
			}
		}
	}
	return all
}

func (s *SurveySummary) describe(asked int) {
	answered := s.Counts[0] + s.Counts[1] + s.Counts[2] + s.Counts[3]
	if asked < answered {
		asked = 0 // the register declares fewer than answered: it cannot be used
	}
	if m, err := (statistics.Answers{Counts: s.Counts[:], Asked: asked}).Describe(statistics.Confidence); err == nil {
		s.Marks = &m
	}
}

// cluster widens the interval of several questions together: what one person answers to each is no sample of as many people
// (Cameron, Gelbach & Miller 2011, section 2, with one column).
func (s *SurveySummary) cluster(respondents map[string]map[string]int) {
	if s.Marks == nil {
		return
	}
	var squares float64
	people, answers := 0, 0
	for _, name := range slices.Sorted(maps.Keys(respondents)) {
		sum, n := 0.0, 0
		for _, value := range respondents[name] {
			if value > 0 {
				sum, n = sum+float64(value)-s.Marks.Mean, n+1
			}
		}
		if n > 0 {
			people++
		}
		answers += n
		squares += sum * sum
	}
	s.Marks.Low, s.Marks.High = statistics.Value{}, statistics.Value{}
	if people < 2 {
		return
	}
	left := 1.0 // of the variance, where most of those asked have answered
	if s.Invited >= people {
		left = float64(s.Invited-people) / float64(s.Invited)
	}
	g := float64(people)
	_, _, low, high := statistics.Student(s.Marks.Mean, math.Sqrt(left*g/(g-1)*squares)/float64(answers), g-1, statistics.Confidence)
	s.Marks.Low, s.Marks.High = statistics.Known(low), statistics.Known(high)
}

// reliability is that of the respondents who answered every question.
func reliability(items []string, respondents map[string]map[string]int) *statistics.Reliability {
	columns := make([][]float64, len(items))
	for _, r := range slices.Sorted(maps.Keys(respondents)) {
		complete := len(respondents[r]) == len(items)
		for _, v := range respondents[r] {
			complete = complete && v > 0
		}
		if !complete {
			continue
		}
		for i, item := range items {
			columns[i] = append(columns[i], float64(respondents[r][item]))
		}
	}
	r, err := statistics.Cronbach(columns, statistics.Confidence)
	if err != nil {
		return nil
	}
	return &r
}
