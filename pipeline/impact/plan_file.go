package impact

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"

	"presencia/pipeline"
	"presencia/pipeline/statistics"
)

// MaxPlan bounds the bytes of what is read as a plan; one of a thousand departments has 100 kB.
const MaxPlan = 1 << 20

// planForm is the version of the file's form.
const planForm = 1

// planFile is a plan as it is written. Days of a window are its first and its last.
type planFile struct {
	Form          int           `yaml:"presencia_plan"`
	Course        string        `yaml:"course"`
	Dates         courseDates   `yaml:"dates"`
	Written       time.Time     `yaml:"written"`
	Program       string        `yaml:"program"`
	Register      string        `yaml:"register"`
	Data          *span         `yaml:"data"`
	AfterDataSeen bool          `yaml:"after_data_seen"`
	Windows       windowsFile   `yaml:"windows"`
	Primary       []outcomeFile `yaml:"primary"`
	Secondary     []outcomeFile `yaml:"secondary"`
	Placebo       *placeboFile  `yaml:"placebo_outcome"`
	Departments   groupsFile    `yaml:"departments"`
	Tests         testsFile     `yaml:"tests"`
	Seal          string        `yaml:"seal"`
}

type courseDates struct {
	Start     pipeline.Date `yaml:"start"`
	End       pipeline.Date `yaml:"end"`
	Announced pipeline.Date `yaml:"announced"`
}

type span struct {
	From pipeline.Date `yaml:"from"`
	To   pipeline.Date `yaml:"to"`
}

type windowsFile struct {
	Weeks       int               `yaml:"weeks"`
	Years       int               `yaml:"years"`
	Before      span              `yaml:"before"`
	After       span              `yaml:"after"`
	Placebo     *span             `yaml:"placebo"`
	Sensitivity []sensitivityFile `yaml:"sensitivity"`
}

type sensitivityFile struct {
	Code   string `yaml:"code"`
	Before span   `yaml:"before"`
	After  span   `yaml:"after"`
}

type outcomeFile struct {
	Indicator   string   `yaml:"indicator"`
	Version     int      `yaml:"version"`
	Scale       Scale    `yaml:"scale"`
	Direction   int      `yaml:"direction"`
	Minimum     *float64 `yaml:"minimum"`
	MinimumFrom string   `yaml:"minimum_from"`
	SD          *float64 `yaml:"sd"`
	SDFrom      string   `yaml:"sd_from"`
	Detectable  *float64 `yaml:"detectable"`
}

type placeboFile struct {
	Outcome outcomeFile `yaml:",inline"`
	Why     string      `yaml:"why"`
}

type groupsFile struct {
	Participants []string        `yaml:"participants"`
	Comparison   []string        `yaml:"comparison"`
	Excluded     []exclusionFile `yaml:"excluded"`
}

type exclusionFile struct {
	Department string `yaml:"department"`
	Why        string `yaml:"why"`
}

type testsFile struct {
	Seed  uint64 `yaml:"seed"`
	Draws int    `yaml:"draws"`
}

// ReadPlan reads the file of a plan. Its days are those of the institution's zone. A plan that was changed after it was sealed is
// read all the same and is [Plan.Edited]; an error says what cannot be read, and what to do.
func ReadPlan(content []byte, loc *time.Location) (Plan, error) {
	if len(content) > MaxPlan {
		return Plan{}, fmt.Errorf("the file has %d bytes, a plan has at most %d: name the one that 'presencia course plan' wrote", len(content), MaxPlan)
	}
	d := yaml.NewDecoder(bytes.NewReader(content))
	d.KnownFields(true)
	var f planFile
	if err := d.Decode(&f); errors.Is(err, io.EOF) {
		return Plan{}, errors.New("the file is empty: 'presencia course plan' writes one")
	} else if err != nil {
		return Plan{}, errors.New("this is no plan as 'presencia course plan' writes it: " + readable(err))
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Plan{}, errors.New("a second document begins after the first: a file holds one plan")
	}
	if f.Form != planForm {
		return Plan{}, fmt.Errorf("presencia_plan is %d, and this program reads %d: use the version of presencia that wrote it", f.Form, planForm)
	}
	p, err := f.plan(loc)
	p.Edited = f.Seal != seal(content)
	return p, err
}

var (
	yamlType = regexp.MustCompile(` (not found|already set) in type \S+`)
	yamlInto = regexp.MustCompile(`cannot unmarshal !!(\w+)( .*)? into (\S+)`)
)

// readable takes Go's types out of what the decoder says.
func readable(err error) string {
	text := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:")
	text = yamlType.ReplaceAllString(text, " is not one that a plan has there, or stands there twice")
	return strings.TrimSpace(yamlInto.ReplaceAllString(text, "what is written there ($1$2) does not belong there"))
}

// plan is the file's content as a plan, if it holds together.
func (f planFile) plan(loc *time.Location) (Plan, error) {
	var mistakes []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			mistakes = append(mistakes, fmt.Errorf(format, args...))
		}
	}
	window := func(name string, d span) pipeline.Window {
		ok := !d.From.IsZero() && !d.To.Before(d.From) && d.From.Year >= 1971 && d.To.Year <= 2105
		check(ok, "windows: %s: from %q to %q is no stretch of days: write the first and the last one, from 1971 to 2105", name, d.From, d.To)
		if !ok {
			return pipeline.Window{}
		}
		return pipeline.Window{From: d.From.In(loc), To: d.To.AddDays(1).In(loc)}
	}
	whole := func(name string, d span, weeks int) pipeline.Window {
		w := window(name, d)
		check(w.IsZero() || d.From == monday(d.From) && d.From.AddDays(7*weeks-1) == d.To, "windows: %s: must be %d weeks from a Monday to a Sunday", name, weeks)
		return w
	}
	check(f.Course != "", "course: the course's id is missing")
	check(!f.Written.IsZero() && f.Written.Year() >= 1971 && f.Written.Year() <= 2105, "written: the moment of writing is missing")
	p := Plan{
		Course: f.Course, Start: f.Dates.Start, End: f.Dates.End, Announced: f.Dates.Announced, Written: f.Written,
		Program: f.Program, Register: f.Register, AfterDataSeen: f.AfterDataSeen,
		Weeks: f.Windows.Weeks, Years: f.Windows.Years, Sampling: statistics.Sampling{Seed: f.Tests.Seed, Draws: f.Tests.Draws},
		Participants: f.Departments.Participants, Comparison: f.Departments.Comparison,
	}
	check(p.Weeks >= 1 && p.Weeks <= 53, "windows: weeks: is %d, and must lie between 1 and 53", p.Weeks)
	check(p.Draws >= 100 && p.Draws <= 1_000_000, "tests: draws: is %d, and must lie between 100 and 1,000,000", p.Draws)
	p.Before, p.After = whole("before", f.Windows.Before, p.Weeks), whole("after", f.Windows.After, p.Weeks)
	if f.Windows.Placebo != nil {
		p.PlaceboBefore = whole("placebo", *f.Windows.Placebo, p.Weeks)
	}
	check(p.Before.IsZero() || p.After.IsZero() || !p.After.From.Before(p.Before.To), "windows: before must end before after begins")
	for _, s := range f.Windows.Sensitivity {
		p.Sensitivity = append(p.Sensitivity, Sensitivity{s.Code, window(s.Code, s.Before), window(s.Code, s.After)})
	}
	if f.Data != nil {
		p.Data = window("data", *f.Data)
	}
	seen := map[string]bool{}
	outcome := func(o outcomeFile) Outcome {
		check(o.Indicator != "" && !seen[o.Indicator], "%q: an outcome must name its indicator, and only once", o.Indicator)
		check(o.Scale == Natural || o.Scale == Log, "%s: scale: is %q, write natural or log", o.Indicator, o.Scale)
		check(o.Direction >= -1 && o.Direction <= 1, "%s: direction: is %d, write 1, 0 or -1", o.Indicator, o.Direction)
		seen[o.Indicator] = true
		number := func(name string, x *float64) statistics.Value {
			if x == nil {
				return statistics.Value{}
			}
			v := statistics.Known(*x)
			check(v.Known && *x >= 0, "%s: %s: is %g, write a number without sign", o.Indicator, name, *x)
			return v
		}
		return Outcome{o.Indicator, o.Version, o.Scale, o.Direction, number("minimum", o.Minimum), o.MinimumFrom, number("sd", o.SD), number("detectable", o.Detectable), o.SDFrom}
	}
	for _, o := range f.Primary {
		p.Primary = append(p.Primary, outcome(o))
	}
	check(len(p.Primary) > 0, "primary: a plan names at least one outcome that the course is judged by")
	if f.Placebo != nil {
		o := outcome(f.Placebo.Outcome)
		p.Placebo, p.PlaceboWhy = &o, f.Placebo.Why
	}
	for _, o := range f.Secondary {
		p.Secondary = append(p.Secondary, outcome(o))
	}
	for _, e := range f.Departments.Excluded {
		p.Excluded = append(p.Excluded, Exclusion(e))
	}
	named := slices.Concat(p.Participants, p.Comparison)
	slices.Sort(named)
	check(len(slices.Compact(named)) == len(p.Participants)+len(p.Comparison), "departments: one stands there twice")
	return p, errors.Join(mistakes...)
}

var sealLine = regexp.MustCompile(`(?m)^seal:.*$`)

// seal is the sha256 of a plan's file but for the seal itself and how lines end. It tells an edit from none; who wants to
// prove the date to others commits the file where others keep the history, or sends it to them.
func seal(content []byte) string {
	bare := sealLine.ReplaceAll(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")), nil)
	sum := sha256.Sum256(bytes.TrimSpace(bare))
	return hex.EncodeToString(sum[:])
}

// Write writes a plan with comments for the people who will have to agree on it, and seals it. Titles are the indicators'
// names for readers, by id.
func (p Plan) Write(w io.Writer, loc *time.Location, titles map[string]string) error {
	dates := func(w pipeline.Window) span {
		return span{pipeline.DateOf(w.From.In(loc)), pipeline.DateOf(w.To.In(loc).Add(-time.Nanosecond))}
	}
	var b bytes.Buffer
	err := template.Must(planText.Clone()).Funcs(template.FuncMap{
		"days": func(w pipeline.Window) string {
			d := dates(w)
			return "{from: " + d.From.String() + ", to: " + d.To.String() + "}"
		},
		"title": func(id string) string { return strings.Join(strings.Fields(titles[id]), " ") },
	}).Execute(&b, planSheet{p, p.Written.In(loc).Format(time.RFC3339), len(p.Participants), len(p.Comparison)})
	if err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	fmt.Fprintf(&b, "seal: %s\n", seal(b.Bytes()))
	_, err = w.Write(b.Bytes())
	return err
}

// planSheet is what the text of a plan is filled from.
type planSheet struct {
	Plan
	When                     string
	NParticipants, NCompared int
}

// Bars are the numbers of the verdict's rule, for its words.
func (planSheet) Bars() map[string]string {
	return map[string]string{
		"holm": percentWord(statistics.Alpha), "bh": percentWord(FalseDiscovery), "confidence": percentWord(statistics.Confidence),
		"slope": percentWord(SlopeExtreme), "coverage": percentWord(MinCoverage), "power": percentWord(statistics.Power),
		"aside": strconv.Itoa(SetAside), "units": strconv.Itoa(MinUnits),
	}
}

func percentWord(x float64) string {
	return strconv.FormatFloat(math.Round(1000*x)/10, 'f', -1, 64) + " %"
}

var planText = template.Must(template.New("plan").Funcs(template.FuncMap{
	"days": func(pipeline.Window) string { return "" }, "title": func(string) string { return "" },
	"quote":  strconv.Quote,
	"number": func(v statistics.Value) string { return figure(v) },
	"list": func(names []string) string {
		quoted := make([]string, len(names))
		for i, n := range names {
			quoted[i] = strconv.Quote(n)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	},
	"unit": func(o Outcome) string {
		if o.Scale == Log {
			return "percent, as a ratio"
		}
		return "in the indicator's unit"
	},
}).Parse(`# The plan of an evaluation: what a course will be judged by, written down before looking.
# 'presencia course evaluate {{.Course}}' follows it and marks as exploratory whatever departs from it.
# Do not edit it: the seal at its end tells. To change your mind before there is anything to see, write a new one with --again,
# which keeps this one. To prove its date to others, commit it to a repository that they hold, or send it to them.

presencia_plan: 1
course: {{quote .Course}}
dates: {start: {{.Start}}, end: {{.End}}{{if not .Announced.IsZero}}, announced: {{.Announced}}{{end}}}

# When it was written, by which version of the program, and from which state of the register (sha256 of the file).
written: {{.When}}
program: {{quote .Program}}
register: {{quote .Register}}

# What the store held when it was written. To lay out the plan, values of before the course were read (for coverage and for the
# power below) and none of after it.
{{if not .Data.IsZero}}data: {{days .Data}}
{{end}}{{if .AfterDataSeen}}# The store ALREADY HELD data of after the course: somebody could have looked. All results are exploratory.
{{else}}# Of the weeks after the course there was nothing in the store yet.
{{end}}after_data_seen: {{.AfterDataSeen}}

# The same ISO weeks on both sides, so that the season is the same. The weeks between them, the course and {{index .Bars "aside"}} weeks after
# it, are left out. The placebo is set against before as before against after: nothing should be found there.
windows:
  weeks: {{.Weeks}}
  years: {{.Years}}
  before: {{days .Before}}
  after: {{days .After}}
{{if .PlaceboBefore.IsZero}}  # No placebo: the data do not reach back so far, or an election lies there. Without it no verdict can be "clear".
{{else}}  placebo: {{days .PlaceboBefore}}
{{end}}{{if .Sensitivity}}  # The primary outcomes are tried on these as well; the verdict does not rest on them.
  sensitivity:
{{range .Sensitivity}}    - {code: {{quote .Code}}, before: {{days .Before}}, after: {{days .After}}}
{{end}}{{end}}
# What the course is judged by. scale: natural compares differences; log compares ratios. minimum: the smallest effect worth
# having (percent on the log scale, otherwise in the indicator's unit); minimum_from: ledger (the indicator's definition), flag
# (the command line), or rule: 10 % on the log scale, 5 points of a percentage, otherwise a fifth of the departments' standard
# deviation before the course.
# Power, from before the course only: sd is the standard deviation of departments' changes (sd_from: changes, between the
# placebo's weeks and the ones before; or levels, their spread before, as if values a year apart correlated at 0.5), and
# detectable the effect that {{.NParticipants}} against {{.NCompared}} departments would show in {{index .Bars "power"}} of cases. A smaller effect may well be there and not be seen.
primary:
{{range .Primary}}{{template "outcome" .}}{{end}}
# Leads, never proofs.
{{if .Secondary}}secondary:
{{range .Secondary}}{{template "outcome" .}}{{end}}{{else}}secondary: []
{{end}}
{{with .Placebo}}# An outcome that the course could not move: if it seems to, something else set the groups apart.
placebo_outcome:
  indicator: {{quote .Indicator}} # {{title .Indicator}}
  version: {{.Version}}
  scale: {{.Scale}}
  direction: {{.Direction}}
  why: {{quote $.PlaceboWhy}}
{{else}}# No placebo outcome: the ledger has none that the course could not move.
{{end}}
# The unit of evidence is the department. participants took the course, comparison could not.
departments:
  participants: {{list .Participants}}
  comparison: {{list .Comparison}}
{{if .Excluded}}  # Left out, and why: other_group (the register counts it to neither), no_account, not_covered (less than {{index .Bars "coverage"}} of its
  # account-weeks before the course are known).
  excluded:
{{range .Excluded}}    - {department: {{quote .Department}}, why: {{.Why}}}
{{end}}{{else}}  excluded: []
{{end}}
# The estimate is the participants' mean change less the comparison's; its interval ({{index .Bars "confidence"}}) is Welch's; its p comes from
# dealing out the labels anew (all labellings where there are fewer than 100,000, otherwise as many draws from this seed).
# Primary outcomes are adjusted by Holm at {{index .Bars "holm"}}, secondary ones by Benjamini and Hochberg at {{index .Bars "bh"}}. Supporting: paired
# changes with sign flips, ANCOVA, each department's own trend, leaving out each department, other windows and scales.
tests:
  seed: {{.Seed}}
  draws: {{.Draws}}

# The verdict, in words:
#   clear           significant after Holm; the interval excludes zero; the groups' slopes before the course do not differ (not in
#                   the extreme {{index .Bars "slope"}} of permutations); the estimate against each department's own trend has the same sign and at
#                   least half the size; the placebo finds nothing. A check that cannot be computed has not been passed.
#   suggestive      the interval excludes zero, or significant after Holm with exactly one of the checks failed. Secondary outcomes
#                   get no further than here, and need to pass Benjamini and Hochberg as well.
#   not shown       otherwise; the smallest detectable effect is told with it.
#   not answerable  fewer than {{index .Bars "units"}} departments in a group, or fewer than {{index .Bars "coverage"}} of them known on both sides.
# An effect smaller than the minimum is said to be so.

# The sha256 of everything above.
{{define "outcome"}}  - indicator: {{quote .Indicator}} # {{title .Indicator}}
    version: {{.Version}}
    scale: {{.Scale}}
    direction: {{.Direction}}
{{if .Minimum.Known}}    minimum: {{number .Minimum}} # {{unit .}}
    minimum_from: {{.MinimumFrom}}
{{end}}{{if .SD.Known}}    sd: {{number .SD}}
    sd_from: {{.SDFrom}}
{{end}}{{if .Detectable.Known}}    detectable: {{number .Detectable}}
{{end}}{{end}}`))

// figure writes a number so that a person can read it, to three digits or more.
func figure(v statistics.Value) string {
	x := v.Number
	if x != 0 {
		scale := math.Pow(10, 3-math.Ceil(math.Log10(math.Abs(x))))
		switch {
		case math.IsInf(scale*x, 0): // too small to be rounded
		case scale > 1:
			x = math.Round(x*scale) / scale
		default:
			x = math.Round(x)
		}
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}
