package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"presencia/pipeline"
)

// findings writes single findings in one format. Those that are not listed count only.
type findings interface {
	add(f pipeline.Finding, listed bool) error
	end() error
}

// newFindings answers nil for the table, which lists none.
func newFindings(format string, w io.Writer) (findings, error) {
	switch format {
	case "json":
		return &jsonFindings{w: bufio.NewWriter(w)}, nil
	case "csv":
		c := &csvFindings{csv.NewWriter(w)}
		return c, c.w.Write([]string{"rule", "severity", "account", "subject", "url", "at", "verdict", "evidence"})
	case "junit":
		return &junitFindings{w: w, suites: map[string]*junitSuite{}}, nil
	}
	return nil, nil
}

// jsonFindings is an array with one finding a line.
type jsonFindings struct {
	w    *bufio.Writer
	some bool
}

func (j *jsonFindings) add(f pipeline.Finding, listed bool) error {
	if !listed {
		return nil
	}
	b, err := json.Marshal(struct {
		Rule     string    `json:"rule"`
		Severity string    `json:"severity"`
		Account  string    `json:"account"` // empty: the institution
		Subject  string    `json:"subject"`
		URL      string    `json:"url"`
		At       time.Time `json:"at"`
		Verdict  string    `json:"verdict"`
		Evidence string    `json:"evidence"`
	}{f.ID, f.Severity, string(f.Account), f.Subject, f.URL, f.At, f.Verdict.String(), f.Evidence})
	if err != nil {
		return err
	}
	before := "[\n"
	if j.some {
		before = ",\n"
	}
	j.some = true
	_, err = fmt.Fprintf(j.w, "%s%s", before, b)
	return err
}

func (j *jsonFindings) end() error {
	text := "[]\n"
	if j.some {
		text = "\n]\n"
	}
	if _, err := j.w.WriteString(text); err != nil {
		return err
	}
	return j.w.Flush()
}

type csvFindings struct{ w *csv.Writer }

func (c *csvFindings) add(f pipeline.Finding, listed bool) error {
	if !listed {
		return nil
	}
	return c.w.Write([]string{f.ID, f.Severity, string(f.Account), f.Subject, f.URL, f.At.Format(time.RFC3339), f.Verdict.String(), f.Evidence})
}

func (c *csvFindings) end() error {
	c.w.Flush()
	return c.w.Error()
}

// junitFindings is a suite for each rule with a case for each account: what failed is the failure's text, what only
// warns is the case's output, and a case of which nothing could be judged is skipped.
type junitFindings struct {
	w      io.Writer
	order  []*junitSuite
	suites map[string]*junitSuite
}

type junitSuite struct {
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Cases    []*junitCase `xml:"testcase"`

	byAccount map[pipeline.AccountID]*junitCase
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitFailure `xml:"failure"`
	Skipped *junitSkipped `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`

	severity         string
	judged           bool
	why              string // it was not
	failed, warnings []string
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

func (j *junitFindings) add(f pipeline.Finding, _ bool) error {
	suite := j.suites[f.ID]
	if suite == nil {
		suite = &junitSuite{Name: f.ID, byAccount: map[pipeline.AccountID]*junitCase{}}
		j.suites[f.ID], j.order = suite, append(j.order, suite)
	}
	c := suite.byAccount[f.Account]
	if c == nil {
		name := string(f.Account)
		if name == "" {
			name = "institution"
		}
		c = &junitCase{Name: name, Class: f.ID, severity: f.Severity}
		suite.byAccount[f.Account], suite.Cases = c, append(suite.Cases, c)
	}
	line := strings.Join(strings.Fields(strings.Join([]string{f.At.Format(time.DateOnly), f.Subject, f.URL, f.Evidence}, " ")), " ")
	switch f.Verdict {
	case pipeline.Fail:
		c.failed = append(c.failed, line)
	case pipeline.Warn:
		c.warnings = append(c.warnings, line)
	case pipeline.Pass:
	case pipeline.NotEvaluable:
		c.why = strings.TrimSpace(f.Verdict.String() + " " + f.Evidence)
		return nil
	default:
		c.why = f.Verdict.String()
		return nil
	}
	c.judged = true
	return nil
}

func (j *junitFindings) end() error {
	for _, s := range j.order {
		for _, c := range s.Cases {
			s.Tests++
			c.Output = strings.Join(c.warnings, "\n")
			switch {
			case len(c.failed) > 0:
				s.Failures++
				c.Failure = &junitFailure{plural(len(c.failed), "time"), c.severity, strings.Join(c.failed, "\n")}
			case !c.judged:
				s.Skipped++
				c.Skipped = &junitSkipped{c.why}
			}
		}
	}
	if _, err := io.WriteString(j.w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(j.w)
	e.Indent("", "  ")
	err := e.Encode(struct {
		XMLName xml.Name      `xml:"testsuites"`
		Name    string        `xml:"name,attr"`
		Suites  []*junitSuite `xml:"testsuite"`
	}{Name: "presencia", Suites: j.order})
	if err != nil {
		return err
	}
	_, err = io.WriteString(j.w, "\n")
	return err
}
