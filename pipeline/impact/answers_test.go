package impact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/indicator"
	"presencia/pipeline/statistics"
)

// answersPlan compares ten weeks of 2014 and of 2015.
func answersPlan() Plan {
	return Plan{
		Start: pipeline.Date{Year: 2014, Month: time.September, Day: 11}, End: pipeline.Date{Year: 2014, Month: time.December, Day: 16}, Years: 1,
		Before: weeksFrom(pipeline.Date{Year: 2014, Month: time.January, Day: 13}, 10, time.UTC),
		After:  weeksFrom(pipeline.Date{Year: 2015, Month: time.January, Day: 12}, 10, time.UTC), Sampling: statistics.Sampling{Seed: 1},
	}
}

// simulatedWaits has departments in two groups of n, each with its own pace; participants answer sooner after the course.
func simulatedWaits(plan Plan, seed uint64, n int, faster float64) ([]pipeline.Department, []indicator.Wait) {
	r := rand.New(rand.NewPCG(seed, 0))
	var departments []pipeline.Department
	var waits []indicator.Wait
	for i := range 2 * n {
		d := pipeline.Department{ID: fmt.Sprintf("d%02d", i), Group: pipeline.Participant}
		if i >= n {
			d.Group = pipeline.Comparison
		}
		departments = append(departments, d)
		pace := 20 * math.Exp(0.5*r.NormFloat64())
		for _, w := range []pipeline.Window{plan.Before, plan.After} {
			mean := pace
			if w == plan.After && d.Group == pipeline.Participant {
				mean /= faster
			}
			for range 60 {
				wait := indicator.Wait{Account: pipeline.AccountID("a" + d.ID), Department: d.ID, Window: w, Kind: "query", Count: 1}
				if wait.Hours, wait.Answered = math.Ceil(mean*r.ExpFloat64()), true; wait.Hours > maxWait || r.Float64() < 0.15 {
					wait.Hours, wait.Answered = maxWait, false
				}
				waits = append(waits, wait)
			}
		}
	}
	return departments, waits
}

func TestAnswersByHand(t *testing.T) {
	plan := answersPlan()
	departments := []pipeline.Department{{ID: "p", Group: pipeline.Participant}, {ID: "c", Group: pipeline.Comparison}, {ID: "o", Group: pipeline.OtherGroup}}
	wait := func(department string, w pipeline.Window, hours float64, answered bool, count int64) indicator.Wait {
		return indicator.Wait{Department: department, Window: w, Hours: hours, Answered: answered, Count: count}
	}
	a := NewAnswers(plan, departments, []indicator.Wait{
		wait("p", plan.Before, 10, true, 4), wait("p", plan.Before, 30, true, 2), wait("p", plan.Before, 168, false, 2),
		wait("p", plan.After, 2, true, 6), wait("p", plan.After, 200, true, 1), wait("p", plan.After, 5, false, 1), // late, and no week old
		wait("o", plan.After, 1, true, 99), wait("gone", plan.After, 1, true, 99), wait("p", pipeline.Window{From: plan.Before.From, To: plan.After.To}, 1, true, 99),
		wait("p", plan.After, math.NaN(), true, 99), wait("p", plan.After, 1, true, -3),
	})
	if len(a.Curves) != 2 {
		t.Fatalf("curves %+v", a.Curves)
	}
	b := a.Curves[0]
	if b.Group != pipeline.Participant || b.Side != BeforeCourse || b.Messages != 8 || b.Answered != 6 || b.Median != statistics.Known(20) ||
		b.Within24 != statistics.Known(0.5) || b.Never != statistics.Known(0.25) {
		t.Errorf("before %+v", b)
	}
	if fmt.Sprint(b.Hours, b.Waiting) != "[0 10 30 168] [1 0.5 0.25 0.25]" || len(b.Low) != 4 || !(b.Low[1] < 0.5 && 0.5 < b.High[1]) {
		t.Errorf("curve %v %v, %v to %v", b.Hours, b.Waiting, b.Low, b.High)
	}
	if c := a.Curves[1]; c.Side != AfterCourse || c.Messages != 8 || c.Answered != 6 || c.Never != statistics.Known(0.25) {
		t.Errorf("after %+v", c)
	}
	if a.Within24 != nil || !a.LogRank.Known || a.OthersLogRank.Known {
		t.Errorf("one department against none: %+v", a)
	}
	if want := "[{no_cases map[n:1]} {few_units map[group:participant min:3 n:1]} {few_units map[group:comparison min:3 n:0]}]"; fmt.Sprint(a.Reasons) != want {
		t.Errorf("reasons %v, want %s", a.Reasons, want)
	}
}

func TestAnswersFindWhoBecameFaster(t *testing.T) {
	plan := answersPlan()
	departments, waits := simulatedWaits(plan, 3, 8, 4)
	a := NewAnswers(plan, departments, waits)
	if len(a.Curves) != 4 || a.Within24 == nil || a.Hours == nil || len(a.Reasons) != 0 {
		t.Fatalf("%+v", a)
	}
	if a.Within24.N != 8 || a.Within24.Others != 8 || !(a.Within24.Low > 0 && a.Within24.High < 0.6) || !(a.Hours.High < 0) || a.Hours.Labels.P > 0.01 {
		t.Errorf("within a day %+v, hours %+v", a.Within24, a.Hours)
	}
	if !(a.LogRank.Number < 1e-6) || !(a.OthersLogRank.Number > 0.001) {
		t.Errorf("log-rank %v, the others' %v", a.LogRank, a.OthersLogRank)
	}
	again := NewAnswers(plan, departments, waits)
	if fmt.Sprintf("%+v", *a.Hours) != fmt.Sprintf("%+v", *again.Hours) {
		t.Error("two runs differ")
	}
}

// Nothing happened: departments differ and drift, and the test keeps its level.
func TestAnswersKeepTheirLevel(t *testing.T) {
	plan := answersPlan()
	plan.Draws = 500
	const runs = 200
	claims := 0
	for seed := range uint64(runs) {
		departments, waits := simulatedWaits(plan, 100+seed, 5, 1)
		if a := NewAnswers(plan, departments, waits); a.Hours.Labels.P < statistics.Alpha {
			claims++
		}
	}
	if claims > 20 { // 10 are to be expected; 21 or more come once in a thousand
		t.Errorf("%d claims in %d institutions where nothing happened", claims, runs)
	}
}

func TestAnswersWithoutMessages(t *testing.T) {
	departments, _ := simulatedWaits(answersPlan(), 1, 3, 1)
	for _, d := range [][]pipeline.Department{nil, departments} {
		a := NewAnswers(answersPlan(), d, nil)
		if len(a.Curves) != 0 || a.Within24 != nil || a.Hours != nil || a.LogRank.Known || len(a.Reasons) < 2 {
			t.Errorf("%+v", a)
		}
	}
	// Nobody was ever answered: curves that stay up, and no change.
	plan := answersPlan()
	var silent []indicator.Wait
	for _, d := range departments {
		for _, w := range []pipeline.Window{plan.Before, plan.After} {
			silent = append(silent, indicator.Wait{Department: d.ID, Window: w, Hours: maxWait, Count: 5})
		}
	}
	a := NewAnswers(plan, departments, silent)
	if len(a.Curves) != 4 || a.Curves[0].Median.Known || a.Curves[0].Never != statistics.Known(1) || a.Hours == nil || a.Hours.Estimate != 0 || a.Hours.Labels.P != 1 || a.LogRank.Known {
		t.Errorf("%+v", a)
	}
}
