package impact

import (
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/learning"
	"presencia/pipeline/statistics"
)

// Evaluation is all that can be said of a course.
type Evaluation struct {
	Plan Plan
	Data pipeline.Window // what the store holds: from the first post to the newest reading
	// Deviations are where the data, the register or the definitions are no longer what the plan said, or where there was no plan
	// written before the data: what rests on them is exploratory.
	Deviations []Reason
	Results    []Result // those that were promised first
	// Placebo is the outcome that the course could not move, judged like the others; nil: the plan names none.
	Placebo     *Result
	Departments []DepartmentCoverage
	Cohesion    Cohesion
	Answers     Answers
	Learning    learning.Summary
	// Values are the indicators' values that the results rest on, in the plan's windows; they stay out of its JSON.
	Values []indicator.Value
}

// The codes of deviations, with their arguments in brackets.
const (
	DeviationNoPlan       = "no_plan"             // nobody wrote a plan []
	DeviationOtherCourse  = "other_course"        // it is another course's [course]
	DeviationAfterData    = "after_data_seen"     // the store held data of the after side when it was written [written]
	DeviationEdited       = "edited"              // its file was changed after it was sealed []
	DeviationDates        = "dates_changed"       // the course's dates are others now [start, end, announced]
	DeviationDepartments  = "departments_changed" // departments are gone, new, or in another group [departments]
	DeviationDefinition   = "definition_changed"  // of an indicator [indicator, planned, now]
	DeviationMissing      = "indicator_missing"   // an indicator is no longer in the ledger [indicator]
	DeviationUnplanned    = "not_in_plan"         // an indicator that the plan does not name [indicator]
	DeviationWindows      = "windows_shortened"   // the data or an election took weeks from both sides [weeks, planned, cause]
	DeviationPlaceboDates = "placebo_lost"        // the placebo's weeks are not in the data, or hold an election [cause]
)

// DepartmentCoverage is what is known of a department on either side, and what it was like before the course.
type DepartmentCoverage struct {
	Unit          string
	Group         pipeline.Group
	Before, After float64   // share of its account-weeks that are known, 0 to 1
	Collected     time.Time // when the earlier side was read; later than the side itself: back-filled
	Accounts      int
	Included      bool // both sides reach MinCoverage
	// Joined is the first day that its people took part in any edition; of a comparison department it says that it has learnt too.
	Joined pipeline.Date
}

// Panel is an indicator by department over consecutive stretches of equal length, the course's among them.
type Panel struct {
	Indicator string
	Scale     Scale
	Added     float64 // to a value before its logarithm is taken, see [Result.Added]
	// PerWindow is what a value is multiplied by to be set against the plan's windows: of counts how many bins they hold, otherwise 1.
	PerWindow float64
	Bins      []Bin
	Units     []Series
}

// Bin is one stretch of a panel.
type Bin struct {
	pipeline.Window
	Side Side
}

// Side says where a stretch lies.
type Side string

// The sides of a course.
const (
	BeforeCourse Side = "before"
	AsideCourse  Side = "aside" // from the announcement to the end of the weeks that are set aside
	AfterCourse  Side = "after"
	// ElectionTime are bins that touch the time between the call of an election and its polling day; they are not judged.
	ElectionTime Side = "election"
)

// Series is a department's values, one a bin.
type Series struct {
	Unit   string
	Group  pipeline.Group
	Joined pipeline.Date // the first day that its people took part in any edition; zero: never
	Values []statistics.Value
}

// EventStudy is the gap between the groups over time: flat before the course if they are comparable. The reference is the
// last full bin before the course.
type EventStudy struct {
	Gaps      []Gap
	Reference int // bin that all gaps are measured from
	// PreTest asks whether the gaps of the Tested bins before the course differ at all, by permutation of the departments; Power is
	// its chance of seeing a drift of Drift a year, which would explain the whole effect by itself (Roth 2022, AER: Insights 4:305).
	PreTest, Power, Drift statistics.Value
	Tested                int
	SlopeGap              statistics.Value // the participants' mean slope before the course less the comparison's, a year, on the result's scale
	SlopeRank             statistics.Value // permutation p of SlopeGap
}

// Gap is the participants' mean less the comparison's in a bin, from the reference.
type Gap struct {
	Bin                 Bin
	Estimate, Low, High statistics.Value
}

// Interrupted is a segmented regression of a group's mean series: a picture of it, never evidence by itself.
type Interrupted struct {
	Group          pipeline.Group
	Fitted         []statistics.Value  // one a bin
	Expected       []statistics.Value  // the old path continued, after the course
	Low, High      []statistics.Value  // of Expected
	Step           statistics.Estimate // of the level when the course ended
	Slope          statistics.Estimate // its change a year, centred on the end of the course
	Harmonics      int                 // annual ones in the model; 0: fewer than two years before the course
	Lag            int                 // of the Newey–West error
	Larger         string              // which error is reported: ordinary or newey_west
	Correlation    []statistics.Value  // of the residuals, lags 1 to 4
	BreuschGodfrey statistics.Value    // p, order 4
}

// Alternatives are estimates of the same effect by other means.
type Alternatives struct {
	Ancova        *statistics.Estimate // with the value before as covariate: regression to the mean taken out
	BaselineSlope statistics.Value     // of the change on the value before, among the comparison group
	OwnTrend      *statistics.Compared // level change of each department against its own trend, permuted
	MannWhitney   statistics.Value     // p
	Panel         *statistics.Estimate // unit and bin fixed effects with unit-clustered (CR2) errors
	Wild          statistics.Value     // p of the wild cluster bootstrap of the same
	GroupTime     *statistics.Estimate // where departments joined in different editions; P by dealing out the dates anew
}

// Specification is the effect under another choice than the plan's.
type Specification struct {
	Code      string // which choice differs: window_longer, window_shorter, scale, winsorised, full_panel, drop_<unit> …
	Args      map[string]any
	Scale     Scale // of the numbers
	Estimate  float64
	Low, High float64
	P         float64 // permutation
	Agrees    bool    // same sign as the plan's
}

// Dose is whether more attendance went with more change, among participants.
type Dose struct {
	N     int
	Slope statistics.Estimate // change for each ten hours attended, on the result's scale
	Rank  float64             // Spearman's
	P     float64             // permutation
}

// Counterfactual is what the participants' mean would have been by the comparison's mean and a wandering level.
type Counterfactual struct {
	From                 int                // the first bin after the course
	Predicted, Low, High []statistics.Value // one a bin from there on, on the result's scale
	Average, Cumulative  statistics.Estimate
	LevelVariance        float64
	Stiff, Free          statistics.Estimate // the average under a fixed and under a free level
	Held                 statistics.Value    // share of the last 30 % before the course that the band of the first 70 % covers
}

// Synthetic is the participants' mean against a weighted mean of comparison departments; nil below eight of these.
type Synthetic struct {
	Weights  []Weight
	PreError float64 // root mean square before the course
	Average  float64 // gap after it
	Rank, Of int     // of the ratio of errors after and before, among placebos
}

// Weight is a department's part.
type Weight struct {
	Unit   string
	Weight float64
}

// Cohesion are the ties between the institution's own accounts over time.
type Cohesion struct {
	Windows []NetworkFigures // consecutive windows of equal length, [CohesionWindows]
	// Before and After are to be drawn: the first window after the course, and the one of the same season before it, or the last one
	// before. Without nodes: there is none.
	Before, After Network
	Reasons       []Reason // what qualifies the figures, or why there are none
}

// NetworkFigures are the figures of one window. Those of ties are unknown where fewer than [MinCoverage] of the accounts were read.
type NetworkFigures struct {
	Window      pipeline.Window
	Side        Side
	Accounts    int              // the same in every window
	Unread      int              // of these, in this window: their ties are missing
	Known       bool             // all were read
	Ties        int              // pairs of accounts of which one names, shares or answers the other
	Isolates    int              // accounts without any tie
	Components  int              // parts that no tie connects; an isolate is one
	Density     statistics.Value // share of possible ties, those between accounts on one platform
	Returned    statistics.Value // share of ties that are returned
	Reciprocity statistics.Value // the same less what density alone gives (Garlaschelli & Loffredo 2004); below 0: less than by chance
	Clustering  statistics.Value // share of pairs of ties at one account that a third one closes
	Across      statistics.Value // share of ties that cross departments
}

// Network is a graph to be drawn.
type Network struct {
	Window pipeline.Window
	Nodes  []Node
	Ties   []Tie
}

// Node is an account.
type Node struct {
	Account     pipeline.AccountID
	Department  string
	Group       pipeline.Group
	Betweenness float64 // who bridges: share of the shortest paths between the others that lead through it
}

// Tie leads from an account to one that it mentions, shares or answers.
type Tie struct {
	From, To int // nodes
	Weight   int
}

// Answers are the waits for an answer by group and side, silence counted as still waiting.
type Answers struct {
	Curves []Curve // participants before and after, comparison before and after; those without messages are left out
	// Within24 and Hours compare the departments' changes in the share answered within a day (0 to 1), and in the mean of hours, silence
	// being a week. Nil: too few departments with messages on both sides.
	Within24 *statistics.Compared
	Hours    *statistics.Compared
	// LogRank is the p of the participants' waits before against those after, stratified by department, and OthersLogRank that of the
	// comparison's: cross-checks only, since messages of one department are not independent.
	LogRank, OthersLogRank statistics.Value
	Reasons                []Reason
}

// Curve is the share still waiting by hours since the message.
type Curve struct {
	Group                     pipeline.Group
	Side                      Side
	Messages, Answered        int
	Hours, Waiting, Low, High []float64        // steps: Waiting from an hour on; the first is (0, 1). The band takes messages as independent
	Median                    statistics.Value // hours
	Within24                  statistics.Value // share answered
	Never                     statistics.Value // share without answer after the whole week
}
