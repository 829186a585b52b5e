package reports

import (
	"strconv"

	"presencia/pipeline/learning"
	"presencia/pipeline/statistics"
)

// attendance is the sessions with who was there, and what reached each department.
func (c *courseReport) attendance() (blocks []Block) {
	l := c.Learning
	if len(l.Sessions) > 0 {
		t := Table{ID: "sessions", Sheet: c.say("course.sessions"), Title: c.say("course.sessions"), Columns: []Column{
			{Title: c.say("head.session")}, {Title: c.say("head.day")}, {Title: c.say("head.hours"), Kind: Figures, Decimals: 1}, {Title: c.say("head.listed"), Kind: Figures}, {Title: c.say("head.present"), Kind: Figures},
		}}
		for i, x := range l.Sessions {
			name := x.Title
			if name == "" {
				name = c.say("course.session", "number", i+1)
			}
			why := c.say("why.no_list")
			t.Rows = append(t.Rows, []Cell{text(name), text(c.dateWithDay(x.Date)), number(Number{x.Hours, x.Hours > 0}, c.say("why.not_stated")),
				number(Number{float64(x.Listed), x.Listed > 0}, why), number(Number{float64(x.Present), x.Listed > 0}, why)})
		}
		blocks = append(blocks, t)
	}
	if len(l.Departments) > 0 {
		t := Table{ID: "reached", Sheet: c.say("learning.sheet.reached"), Title: c.say("learning.reached"), Columns: []Column{
			{Title: c.say("head.department")}, {Title: c.say("head.people"), Kind: Figures}, {Title: c.say("head.hours_each"), Kind: Figures, Decimals: 1, About: c.say("about.hours_each")},
			{Title: c.say("head.online_each"), Kind: Figures, Decimals: 1, About: c.say("about.online_each")},
		}}
		for _, d := range l.Departments {
			of := func(v statistics.Value) Cell { return number(Number{v.Number, v.Known}, c.say("why.no_list")) }
			t.Rows = append(t.Rows, []Cell{text(c.departmentName(d.Department)), count(d.People), of(d.Hours), of(d.Online)})
		}
		blocks = append(blocks, t)
	} else {
		blocks = append(blocks, Note{Text: c.say("learning.none")})
	}
	if len(l.Online) > 1 {
		chart := Chart{ID: "online", Sheet: c.say("learning.sheet.online"), Title: c.say("learning.online", "n", l.Active), Form: Lines, Head: c.say("head.week_of")}
		people := Series{Name: c.say("learning.people"), Panel: c.say("learning.people"), Role: Actual}
		actions := Series{Name: c.say("learning.actions"), Panel: c.say("learning.actions"), Role: Actual}
		for _, w := range l.Online {
			chart.Categories = append(chart.Categories, c.shortDate(w.Monday))
			people.Values, actions.Values = append(people.Values, known(w.People)), append(actions.Values, known(w.Count))
		}
		chart.Series = []Series{people, actions}
		blocks = append(blocks, c.described(chart))
	}
	return blocks
}

// satisfaction is what people thought of the course, which says nothing of what they do since.
func (c *courseReport) satisfaction() (blocks []Block) {
	surveys := c.Learning.Surveys
	if len(surveys) == 0 {
		return nil
	}
	t := Table{ID: "surveys", Sheet: c.say("course.surveys"), Title: c.say("course.surveys"), Note: c.say("learning.survey_note"), Columns: []Column{
		{Title: c.say("head.question")}, {Title: c.say("head.role")},
	}}
	aside := func(col Column) Column { // the sentences below tell the most of it
		col.Sheet = true
		return col
	}
	for mark := range 4 {
		t.Columns = append(t.Columns, Column{Title: c.say("head.mark", "mark", strconv.Itoa(mark+1)), Kind: Figures})
	}
	t.Columns = append(t.Columns, aside(Column{Title: c.say("head.blank"), Kind: Figures}), Column{Title: c.say("head.mean"), Kind: Figures, Decimals: 2},
		aside(Column{Title: c.say("chart.low"), Kind: Figures, Decimals: 2}), aside(Column{Title: c.say("chart.high"), Kind: Figures, Decimals: 2}),
		c.figureColumn("top", 0), aside(c.figureColumn("top_low", 0)), aside(c.figureColumn("top_high", 0)), c.figureColumn("response", 0), aside(c.figureColumn("worst", 2)), aside(c.figureColumn("best", 2)), Column{Title: c.say("head.declared"), Kind: Figures, Decimals: 2, About: c.say("about.declared")}, Column{Title: c.say("head.possible"), About: c.say("about.possible")})
	var said []string
	for _, x := range surveys {
		question := x.Item
		if question == "" {
			question = c.say("learning.all_questions")
		}
		row := []Cell{text(question), text(c.role(x.Role))}
		of := func(v statistics.Value, factor float64, why string) Cell {
			return number(Number{factor * v.Number, v.Known}, c.say(why))
		}
		for _, n := range x.Counts {
			row = append(row, number(Number{float64(n), x.Marks != nil}, c.say("why.no_answers")))
		}
		row = append(row, number(Number{float64(x.Blank), x.Marks != nil}, c.say("why.no_answers")))
		m := statistics.Marks{}
		mean, top, topLow, topHigh := statistics.Value{}, statistics.Value{}, statistics.Value{}, statistics.Value{}
		if x.Marks != nil {
			m, mean = *x.Marks, statistics.Known(x.Marks.Mean)
			top, topLow, topHigh = statistics.Known(m.Top.P), statistics.Known(m.Top.Low), statistics.Known(m.Top.High)
		}
		possible := ""
		if x.Possible != nil {
			possible = "learning.impossible"
			if *x.Possible {
				possible = "learning.possible"
			}
			possible = c.say(possible)
		}
		t.Rows = append(t.Rows, append(row, of(mean, 1, "why.no_answers"), of(m.Low, 1, "why.no_answers"), of(m.High, 1, "why.no_answers"), of(top, 100, "why.no_answers"), of(topLow, 100, "why.no_answers"), of(topHigh, 100, "why.no_answers"),
			of(m.Response, 100, "why.not_stated"), of(m.Worst, 1, "why.not_stated"), of(m.Best, 1, "why.not_stated"), of(x.Declared, 1, "why.not_stated"), text(possible)))
		if x.Item == "" {
			said = append(said, c.surveyed(x)...)
		}
	}
	if chart, ok := c.marks(surveys); ok {
		blocks = append(blocks, c.described(chart))
	}
	return append(blocks, t, List{Items: append(said, c.say("course.survey_note"))})
}

// surveyed tells what a role answered to all questions together.
func (c *courseReport) surveyed(x learning.SurveySummary) (said []string) {
	if m := x.Marks; m != nil {
		everybody := m.Response.Known && m.Response.Number >= 1 // nobody is left to guess at
		if everybody {
			said = append(said, c.say("learning.top_of_all", "role", capital(c.role(x.Role)), "n", m.N, "top", x.Counts[3]))
		} else {
			said = append(said, c.say("learning.top", "role", capital(c.role(x.Role)), "n", m.N, "top", x.Counts[3], "low", c.format(100*m.Top.Low, 0), "high", c.format(100*m.Top.High, 0)))
		}
		if !everybody && m.Response.Known && m.Worst.Known && m.Best.Known {
			said = append(said, c.say("learning.response", "role", capital(c.role(x.Role)), "share", c.percent(100*m.Response.Number, 0), "worst", c.format(m.Worst.Number, 2), "best", c.format(m.Best.Number, 2)))
		}
	}
	if r := x.Reliability; r != nil {
		said = append(said, c.say("learning.reliability", "role", capital(c.role(x.Role)), "alpha", c.format(r.Alpha, 2), "low", c.format(r.Low, 2), "high", c.format(r.High, 2), "k", r.K))
	}
	if x.Possible != nil && x.Declared.Known {
		key := "learning.grim.impossible"
		if *x.Possible {
			key = "learning.grim.possible"
		}
		said = append(said, c.say(key, "role", capital(c.role(x.Role)), "mean", c.format(x.Declared.Number, 2)))
	}
	return said
}

// marks draws how the answers of each role are spread over the four marks.
func (c *courseReport) marks(surveys []learning.SurveySummary) (Chart, bool) {
	chart := Chart{ID: "marks", Sheet: c.say("learning.sheet.marks"), Title: c.say("learning.marks"), Form: Bars, Unit: "%", Decimals: 0, Head: c.say("head.mark_given")}
	for mark := range 4 {
		chart.Categories = append(chart.Categories, strconv.Itoa(mark+1))
	}
	for _, x := range surveys {
		if x.Item != "" || x.Marks == nil {
			continue
		}
		one := Series{Name: capital(c.role(x.Role)), Role: Other}
		for _, n := range x.Counts {
			one.Values = append(one.Values, known(100*float64(n)/float64(x.Marks.N)))
		}
		chart.Series = append(chart.Series, one)
	}
	return chart, len(chart.Series) > 0
}

// role is who answered.
func (c *courseReport) role(role string) string {
	if k := "role." + role; c.has(k) {
		return c.say(k)
	}
	return role
}
