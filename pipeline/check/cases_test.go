package check

import (
	"fmt"
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
	Profile  *struct {
		Bio      string    `yaml:"bio"`
		Website  string    `yaml:"website"`
		Links    []string  `yaml:"links"`
		LastPost localTime `yaml:"last_post"`
	} `yaml:"profile"`
	LastPost localTime        `yaml:"last_post"`
	Post     *post            `yaml:"post"`
	Posts    []post           `yaml:"posts"`
	Messages *[]message       `yaml:"messages"`
	Lacks    []pipeline.Field `yaml:"lacks"`
	At       localTime        `yaml:"at"`
	Want     string           `yaml:"want"`
	Evidence *string          `yaml:"evidence"`
}

type post struct {
	At     localTime         `yaml:"at"`
	Kind   pipeline.PostKind `yaml:"kind"`
	Text   string            `yaml:"text"`
	Images []string          `yaml:"images"` // alternative texts
	Videos []bool            `yaml:"videos"` // have captions
	Times  int               `yaml:"times"`
}

type message struct {
	At       localTime `yaml:"at"`
	Answered localTime `yaml:"answered"`
	Times    int       `yaml:"times"`
}

var (
	madrid = must(time.LoadLocation("Europe/Madrid"))
	allOf  = []pipeline.Field{
		pipeline.FieldFollowers, pipeline.FieldDisplayName, pipeline.FieldBio, pipeline.FieldWebsite, pipeline.FieldLinks, pipeline.FieldLastPostAt,
		pipeline.FieldText, pipeline.FieldKind, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldMedia,
		pipeline.FieldAlt, pipeline.FieldCaptions,
	}
	hashtag = regexp.MustCompile(`#([\pL\pN_]+)`)
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

func (s situation) subject() (pipeline.Subject, time.Time) {
	gives := slices.DeleteFunc(slices.Clone(allOf), func(f pipeline.Field) bool { return slices.Contains(s.Lacks, f) })
	subject := pipeline.Subject{
		Account: s.Account, Window: pipeline.Month(2014, time.October, madrid),
		ProfileGives: gives, LastPostAt: s.LastPost.Time, GivesThreads: s.Messages != nil,
	}
	if p := s.Profile; p != nil {
		subject.Profile = &pipeline.Profile{Bio: p.Bio, Website: p.Website, Links: p.Links, LastPostAt: p.LastPost.Time}
	}
	if s.Post != nil {
		s.Posts = append(s.Posts, *s.Post)
	}
	for _, p := range s.Posts {
		o := pipeline.Observed{Gives: gives, Post: pipeline.Post{ID: "p", CreatedAt: p.At.or("2014-10-03 10:00"), Kind: p.Kind, Text: p.Text}}
		for _, m := range hashtag.FindAllStringSubmatch(p.Text, -1) {
			o.Hashtags = append(o.Hashtags, m[1])
		}
		for _, alt := range p.Images {
			o.Media = append(o.Media, pipeline.Media{Kind: "image", Alt: alt})
		}
		for _, captions := range p.Videos {
			o.Media = append(o.Media, pipeline.Media{Kind: "video", Captions: captions})
		}
		subject.Posts = append(subject.Posts, slices.Repeat([]pipeline.Observed{o}, p.Times)...)
	}
	if s.Messages != nil {
		for _, m := range *s.Messages {
			t := pipeline.Thread{Message: pipeline.Message{ID: "m", At: m.At.UTC()}}
			if !m.Answered.IsZero() {
				t.Answer = &pipeline.Post{CreatedAt: m.Answered.UTC()}
			}
			subject.Threads = append(subject.Threads, slices.Repeat([]pipeline.Thread{t}, max(m.Times, 1))...)
		}
	}
	return subject, s.At.or("2014-11-15 12:00")
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
	g, err := Load(&s.Register)
	if err != nil {
		t.Fatal(err)
	}
	subject, at := s.subject()
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
	if diff := cmp.Diff(pipeline.AccountID("acc"), f.Account); diff != "" {
		t.Error(diff)
	}
}

func quoted(s *string) string {
	if s == nil {
		return "any evidence"
	}
	return fmt.Sprintf("%q", *s)
}
