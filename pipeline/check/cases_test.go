package check

import (
	std "cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"presencia/pipeline"
)

// situation is one case of testdata/RULE.txtar; how to write one stands in the first of those files.
type situation struct {
	Register pipeline.Register `yaml:"register"` // laid over testdata/register.yaml
	Account  pipeline.Account  `yaml:"account"`
	Profile  *profile          `yaml:"profile"`
	LastPost localTime         `yaml:"last_post"`
	Post     *post             `yaml:"post"`
	Posts    []post            `yaml:"posts"`
	Messages *[]message        `yaml:"messages"`
	// Others are the institution's further accounts. Where Institution is true the case looks at it, and not at the account.
	Others      []other            `yaml:"others"`
	Institution bool               `yaml:"institution"`
	Pages       map[string]webPage `yaml:"pages"` // what was found at web addresses
	Ticks       []tick             `yaml:"ticks"`
	Params      map[string]any     `yaml:"params"` // values that the institution gives to the rule's parameters
	Plan        *planFigures       `yaml:"plan"`   // what became of the content plan; nil: none was imported

	Lacks    []pipeline.Field `yaml:"lacks"`
	At       localTime        `yaml:"at"`
	Want     string           `yaml:"want"`
	Evidence *string          `yaml:"evidence"`
}

type profile struct {
	Handle    string    `yaml:"handle"`
	Name      string    `yaml:"name"`
	Bio       string    `yaml:"bio"`
	Website   string    `yaml:"website"`
	Links     []string  `yaml:"links"`
	Avatar    string    `yaml:"avatar"`
	Header    string    `yaml:"header"`
	Verified  bool      `yaml:"verified"`
	Protected bool      `yaml:"protected"`
	LastPost  localTime `yaml:"last_post"`
	Read      localTime `yaml:"read"` // by default in the window
}

// planFigures is [pipeline.PlanFigures].
type planFigures struct {
	Items   int `yaml:"items"`
	Judged  int `yaml:"judged"`
	OnTime  int `yaml:"on_time"`
	Missing int `yaml:"missing"`
}

// other is an account beside the case's own.
type other struct {
	Account pipeline.Account `yaml:"account"`
	Profile *profile         `yaml:"profile"`
	Posts   []post           `yaml:"posts"`
}

// webPage is what was found at a web address; one that shows a colour is an image of it.
type webPage struct {
	pipeline.Page `yaml:",inline"`
	Shows         *[3]uint8 `yaml:"shows"`
}

// tick is a person's answer; to the case's rule unless it names another.
type tick struct {
	Rule     string        `yaml:"rule"`
	On       pipeline.Date `yaml:"on"`
	Result   string        `yaml:"result"`
	Note     string        `yaml:"note"`
	Evidence string        `yaml:"evidence"`
	Due      pipeline.Date `yaml:"due"`
}

type post struct {
	At     localTime         `yaml:"at"`
	Kind   pipeline.PostKind `yaml:"kind"`
	Text   string            `yaml:"text"`
	Images []string          `yaml:"images"` // alternative texts
	Videos []bool            `yaml:"videos"` // have captions
	Times  int               `yaml:"times"`
	// What is not written below is taken from the text, as sources do.
	ID       string   `yaml:"id"`
	URL      string   `yaml:"url"`
	Links    []string `yaml:"links"`
	Mentions []string `yaml:"mentions"`
	RepostOf string   `yaml:"repost_of"`
}

type message struct {
	At       localTime `yaml:"at"`
	Answered localTime `yaml:"answered"`
	Times    int       `yaml:"times"`
	Language string    `yaml:"language"`
	Answer   string    `yaml:"answer"` // its text
}

var (
	madrid = must(time.LoadLocation("Europe/Madrid"))
	allOf  = []pipeline.Field{
		pipeline.FieldFollowers, pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldWebsite, pipeline.FieldLinks, pipeline.FieldLastPostAt,
		pipeline.FieldAvatar, pipeline.FieldHeader, pipeline.FieldVerified, pipeline.FieldProtected,
		pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldMedia,
		pipeline.FieldAlt, pipeline.FieldCaptions,
	}
	hashtag = regexp.MustCompile(`#([\pL\pN_]+)`)
	handle  = regexp.MustCompile(`(?:^|\s)@([\pL\pN_]+)`)
)

// localTime is a time of the clock in Madrid.
type localTime struct{ time.Time }

func (l *localTime) UnmarshalYAML(n *yaml.Node) (err error) {
	l.Time, err = time.ParseInLocation("2006-01-02 15:04", n.Value, madrid)
	return err
}

func (l localTime) or(s string) time.Time {
	if l.IsZero() {
		return must(time.ParseInLocation("2006-01-02 15:04", s, madrid)).UTC()
	}
	return l.UTC()
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// UnmarshalYAML makes a post one's own unless its kind is written, if only as nothing.
func (p *post) UnmarshalYAML(n *yaml.Node) error {
	type plain post
	q := plain{Kind: pipeline.Own, Times: 1}
	err := n.Decode(&q)
	*p = post(q)
	return err
}

func (s situation) subject(rule string) (pipeline.Subject, time.Time) {
	gives := slices.DeleteFunc(slices.Clone(allOf), func(f pipeline.Field) bool { return slices.Contains(s.Lacks, f) })
	window := pipeline.Month(2014, time.October, madrid)
	if s.Post != nil {
		s.Posts = append(s.Posts, *s.Post)
	}
	subject := pipeline.Subject{Account: s.Account, Window: window, LastPostAt: s.LastPost.Time, GivesThreads: s.Messages != nil, Posts: observed(s.Posts, gives)}
	s.Profile.seen(&subject, gives)
	if s.Messages != nil {
		for _, m := range *s.Messages {
			t := pipeline.Thread{Message: pipeline.Message{ID: "m", At: m.At.UTC(), Language: m.Language}}
			if !m.Answered.IsZero() {
				t.Answer = &pipeline.Post{CreatedAt: m.Answered.UTC(), Text: m.Answer}
			}
			subject.Threads = append(subject.Threads, slices.Repeat([]pipeline.Thread{t}, max(m.Times, 1))...)
		}
	}
	subject.Plan = (*pipeline.PlanFigures)(s.Plan)
	all := []*pipeline.Subject{&subject}
	for _, o := range s.Others {
		beside := &pipeline.Subject{Account: o.Account, Window: window, Posts: observed(o.Posts, gives)}
		o.Profile.seen(beside, gives)
		all = append(all, beside)
	}
	asked := subject
	if s.Institution {
		asked = pipeline.Subject{Window: window}
	}
	asked.All, asked.Pages = all, map[string]pipeline.Page{}
	for address, p := range s.Pages {
		if p.Shows != nil {
			square := image.NewRGBA(image.Rect(0, 0, 64, 64))
			draw.Draw(square, square.Bounds(), image.NewUniform(color.RGBA{p.Shows[0], p.Shows[1], p.Shows[2], 255}), image.Point{}, draw.Src)
			p.Image = pipeline.NewLikeness(square)
		}
		asked.Pages[address] = p.Page
	}
	for _, t := range s.Ticks {
		asked.Ticks = append(asked.Ticks, pipeline.Tick{
			Rule: std.Or(t.Rule, rule), Account: asked.Account.ID, On: t.On, Result: verdictNamed(t.Result), By: "R-1", Note: t.Note, Evidence: t.Evidence, Due: t.Due,
		})
	}
	return asked, s.At.or("2014-11-15 12:00")
}

// seen writes a profile, if there is one, into the account's subject.
func (p *profile) seen(s *pipeline.Subject, gives []pipeline.Field) {
	if p == nil {
		return
	}
	s.ProfileGives, s.ProfileAt = gives, p.Read.or("2014-10-31 23:00")
	s.Profile = &pipeline.Profile{
		Handle: p.Handle, DisplayName: p.Name, Bio: p.Bio, Website: p.Website, Links: p.Links, Avatar: p.Avatar, Header: p.Header,
		Verified: p.Verified, Protected: p.Protected, LastPostAt: p.LastPost.Time,
	}
}

func observed(posts []post, gives []pipeline.Field) (all []pipeline.Observed) {
	for _, p := range posts {
		o := pipeline.Observed{Gives: gives, Post: pipeline.Post{
			ID: std.Or(p.ID, "p"), CreatedAt: p.At.or("2014-10-03 10:00"), Kind: p.Kind, Text: p.Text, URL: p.URL, Links: p.Links, Mentions: p.Mentions, RepostOf: p.RepostOf,
		}}
		if p.Links == nil {
			o.Links = linksIn(p.Text)
		}
		for _, m := range handle.FindAllStringSubmatch(p.Text, -1) {
			o.Mentions = append(o.Mentions, m[1])
		}
		for _, m := range hashtag.FindAllStringSubmatch(p.Text, -1) {
			o.Hashtags = append(o.Hashtags, m[1])
		}
		for _, alt := range p.Images {
			o.Media = append(o.Media, pipeline.Media{Kind: "image", Alt: alt})
		}
		for _, captions := range p.Videos {
			o.Media = append(o.Media, pipeline.Media{Kind: "video", Captions: captions})
		}
		all = append(all, slices.Repeat([]pipeline.Observed{o}, p.Times)...)
	}
	return all
}

func verdictNamed(name string) pipeline.Verdict {
	for v := pipeline.NotJudged; v <= pipeline.Fail; v++ {
		if v.String() == name {
			return v
		}
	}
	panic(name + " is no verdict")
}

// readCase lays a case over the institution of all cases.
func readCase(t *testing.T, content []byte) situation {
	t.Helper()
	var s situation
	if err := yaml.Unmarshal(must(os.ReadFile("testdata/register.yaml")), &s.Register); err != nil {
		t.Fatal(err)
	}
	s.Account = pipeline.Account{ID: "acc", Department: "turismo", Platform: pipeline.Mastodon, Handle: "@turismo@social.example", Admins: 2}
	d := yaml.NewDecoder(strings.NewReader(string(content)))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	s.Register.Accounts = []pipeline.Account{s.Account}
	for _, o := range s.Others {
		s.Register.Accounts = append(s.Register.Accounts, o.Account)
	}
	return s
}

func TestCases(t *testing.T) {
	g := must(Load(&pipeline.Register{}))
	for _, r := range g.Rules {
		t.Run(r.ID, func(t *testing.T) {
			file, err := txtar.ParseFile(filepath.Join("testdata", r.ID+".txtar"))
			if err != nil {
				t.Fatalf("a rule needs its cases: %v", err)
			}
			seen := map[string]int{}
			for _, f := range file.Files {
				s := readCase(t, f.Data)
				seen[s.Want]++
				t.Run(f.Name, func(t *testing.T) { s.verify(t, r.ID) })
			}
			if seen["pass"] == 0 || seen["fail"]+seen["warn"] == 0 || seen["not_evaluable"]+seen["not_applicable"] == 0 {
				t.Errorf("the cases are %v: a rule needs one that passes, one that fails or warns, and one that cannot be evaluated or does not apply", seen)
			}
		})
	}
	files := must(filepath.Glob("testdata/*.txtar"))
	if len(files) != len(g.Rules) {
		t.Errorf("%d files of cases for %d rules", len(files), len(g.Rules))
	}
}

func (s situation) verify(t *testing.T, rule string) {
	g := s.guide(t, rule)
	subject, at := s.subject(rule)
	findings := slices.DeleteFunc(findings(g, g.Check(subject, at)), func(f pipeline.Finding) bool { return f.ID != rule })
	if s.Want == "none" {
		if len(findings) > 0 {
			t.Errorf("there is a finding: %+v", findings)
		}
		return
	}
	if len(findings) != 1 {
		t.Fatalf("%d findings, want one: %+v", len(findings), findings)
	}
	f := findings[0]
	if s.Evidence == nil && slices.Contains([]string{"warn", "fail", "not_evaluable"}, s.Want) {
		t.Error("the case says no evidence")
	}
	if got := f.Verdict.String(); got != s.Want || s.Evidence != nil && f.Evidence != *s.Evidence {
		t.Errorf("got %s, %q; want %s, %s", got, f.Evidence, s.Want, quoted(s.Evidence))
	}
	if f.At.Before(subject.Window.From) || !f.At.Before(subject.Window.To) || !f.Window.Contains(f.At) {
		t.Errorf("at %v is not in its window %v", f.At, f.Window)
	}
	if diff := cmp.Diff(subject.Account.ID, f.Account); diff != "" {
		t.Error(diff)
	}
}

// loaded are guides of one rule each: reading all packs anew for each case takes most of the time.
var loaded = map[string]*Guide{}

func (s situation) guide(t *testing.T, rule string) *Guide {
	t.Helper()
	s.Register.Guide.Only = []string{rule}
	g, known := loaded[rule]
	if !known || s.Params != nil {
		var err error
		if g, err = Load(&s.Register, s.own(rule)...); err != nil {
			t.Fatal(err)
		}
	}
	if s.Params == nil {
		loaded[rule] = g
	}
	g.register, g.zone = &s.Register, s.Register.Institution.Location()
	g.hours = must(newHours(s.Register.Calendar, g.zone))
	return g
}

// own is the institution's pack, if the case gives it one.
func (s situation) own(rule string) []Pack {
	if s.Params == nil {
		return nil
	}
	params := map[string]any{}
	for name, value := range s.Params {
		params[name] = map[string]any{"value": value, "origin": "proposed"}
	}
	return []Pack{{"own.yaml", must(yaml.Marshal(map[string]any{"rules": []any{map[string]any{"id": rule, "params": params}}}))}}
}

func quoted(s *string) string {
	if s == nil {
		return "any evidence"
	}
	return fmt.Sprintf("%q", *s)
}
