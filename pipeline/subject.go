package pipeline

import "time"

// Verdict is the outcome of one rule on one subject. The zero value is NotJudged.
type Verdict uint8

// The verdicts.
const (
	NotJudged    Verdict = iota // the rule does not look at such subjects
	NotEvaluable                // a field it needs is not known
	NotApplies                  // the rule does not concern this subject
	Pass
	Warn
	Fail
)

var verdicts = [...]string{"not_judged", "not_evaluable", "not_applicable", "pass", "warn", "fail"}

// String is the verdict's name in the store, in SQL and in reports' keys.
func (v Verdict) String() string { return verdicts[v] }

// GuideState is what the store keeps of a guide: its rules, in the order in which verdicts stand.
type GuideState struct {
	Version string // a hash of the rules, in hexadecimal
	Rules   []RuleState
}

// RuleState is a rule as the store keeps it.
type RuleState struct {
	ID       string
	Version  int
	Scope    string // account, post, reply, institution
	Severity string // crit, high, med, low, info
	Params   string // its values, a JSON object
}

// Judged is one subject under every rule of a guide.
type Judged struct {
	Account  AccountID // empty: the institution
	Subject  string    // post id, hashed message id, a day as YYYY-MM-DD, or empty for the account itself
	URL      string    // where a person can look
	At       time.Time // when it happened
	Window   Window    // the window that was judged; its From dates it
	Verdicts []Verdict // one for each rule of the guide
	Evidence []Evidence
}

// Evidence is the value that decided a verdict, masked where personal.
type Evidence struct {
	Rule int // its place in the guide
	Text string
}

// Finding is one verdict with its rule and evidence.
type Finding struct {
	RuleState
	Account  AccountID
	Subject  string
	URL      string
	At       time.Time
	Window   Window
	Verdict  Verdict
	Evidence string
}

// Findings takes a judgement apart.
func (g GuideState) Findings(j Judged) []Finding {
	var all []Finding
	for i, v := range j.Verdicts {
		if v == NotJudged {
			continue
		}
		f := Finding{RuleState: g.Rules[i], Account: j.Account, Subject: j.Subject, URL: j.URL, At: j.At, Window: j.Window, Verdict: v}
		for _, e := range j.Evidence {
			if e.Rule == i {
				f.Evidence = e.Text
			}
		}
		all = append(all, f)
	}
	return all
}

// Thread is a message from the public with the institution's first answer, if any.
type Thread struct {
	Message Message
	Answer  *Post
}

// Observed is a post as it stood when a check looks, with what its source could tell of it.
type Observed struct {
	Post
	Gives []Field
}

// Page is what was found at a web address when it was last looked at. Whoever follows one without an answer, or with the
// status 404 or 410, sees nothing there. Any other refusal may have been meant for the program that asked (limits, checks
// for robots, a server's trouble of the moment): then there are a status and a failure, and what people see is not known.
type Page struct {
	URL     string // as written in a post, a profile or the register
	At      time.Time
	Status  int    // of the answer; 0: there was none, Failure says why
	Failure string // a sentence; empty: it answers
	Final   string // where redirects led
	Title   string
	Text    string   // the beginning of what it says
	Links   []string // where it leads
	Image   Likeness // of an image
}

// Known tells whether the page shows what people see who go there, be it that there is nothing.
func (p Page) Known() bool { return p.Failure == "" || p.Status == 0 }

// Tick is a person's answer to a rule that no machine can judge.
type Tick struct {
	Rule     string
	Account  AccountID // empty: the institution
	On       Date      // the day of the review
	Result   Verdict   // Pass, Warn, Fail or NotApplies
	By, Note string
	Evidence string // an address or a file number where it can be looked up
	Due      Date   // when it is to be answered again; zero: not again
}

// PlanFigures tell how far the content plan of an account was kept in a window.
type PlanFigures struct {
	Items  int // planned, without those called off
	Judged int // of them it is known what became
	OnTime int
	// Missing were not published at all; what is neither on time nor missing was published at another time.
	Missing int
}

// Subject is one account over one window, or the institution as a whole where Account is empty, as checks see it: read
// from the store, never from a platform.
type Subject struct {
	Account      Account
	Window       Window
	Profile      *Profile // the last one seen before the window's end; nil: none
	ProfileAt    time.Time
	ProfileGives []Field
	LastPostAt   time.Time  // newest post known at the window's end, reposts included; zero: none
	Posts        []Observed // created in the window, oldest first
	Threads      []Thread   // received in the window, oldest first
	GivesThreads bool       // messages are known for this account in this window
	// All are the accounts of the register in the same window, this one included, by id.
	All   []*Subject
	Pages map[string]Page // what is known of web addresses, of all accounts
	Plan  *PlanFigures    // of the account; nil: nobody's plan of the window is known
	Ticks []Tick          // the newest answer to each manual rule that concerns it, given before the window's end
}
