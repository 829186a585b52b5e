package method

import (
	"cmp"
	"strconv"
	"strings"
	"testing"
)

func init() {
	bindings["local_level_kalman"] = func(t *testing.T, c published) (Method, *Table) {
		table := c.table(t)
		names := table.Names()
		m := LocalLevel{Y: cmp.Or(c.text("y"), names[len(names)-1]), Time: cmp.Or(c.text("time"), names[0])}
		for name := range c.Expected { // its variances and times are in the names of what is expected
			if at, ok := strings.CutPrefix(name, "loglik_at_"); ok {
				noise, level, _ := strings.Cut(at, "_")
				for _, v := range []string{noise, level} {
					x, err := strconv.ParseFloat(v, 64)
					if err != nil {
						t.Fatal(err)
					}
					m.At = append(m.At, x)
				}
			}
			if time, ok := strings.CutPrefix(name, "filtered_"); ok && !strings.HasSuffix(time, "_last") {
				m.Filtered = append(m.Filtered, time)
			}
		}
		return m, table
	}
	for _, name := range []string{"StructTS_level_var", "StructTS_eps_var", "mle_eps_var", "mle_level_var"} {
		loose["local_level_kalman/*/"+name] = 1e-4 // the likelihood is flat there; the case allows 1e-3
	}
	bindings["local_level_regression_ml"] = func(t *testing.T, c published) (Method, *Table) {
		var pre, post int
		c.scan(t, "pre", "t<=%d", &pre)
		if c.text("post") != "" {
			c.scan(t, "post", "t>=%d", &post)
		}
		return LocalLevelRegression{Y: cmp.Or(c.text("y"), "y"), X: []string{cmp.Or(c.text("x"), "x1")}, Pre: pre, Post: post}, c.table(t)
	}
	loose["local_level_regression_ml"] = 1e-5
	for _, draws := range []string{"causalimpact_seed2_20000", "causalimpact_seed1_default"} {
		uncovered["local_level_regression_ml/*/"+draws] = "draws of another package's sampler, under its own prior of the level's variance"
	}
}

func TestMethodsOfTimeSayWhatIsWrong(t *testing.T) {
	series := read(t, "t,y,x\n1,3,1\n2,5,2\n3,4,4\n4,,3\n5,7,5\n6,6,7\n7,9,6\n8,8,8\n")
	long := read(t, "u,t,y,g\na,1,3,\na,2,4,\nb,1,2,0\nb,2,2,0\nc,1,5,2\nc,2,9,2\nd,1,1,2\nd,2,7,2\n")
	for _, c := range []struct {
		m     Method
		table *Table
		want  string
	}{
		{LocalLevel{Y: "z"}, series, `no column "z"`},
		{LocalLevel{Y: "y", At: []float64{1}}, series, "--at takes two variances"},
		{LocalLevel{Y: "y", At: []float64{1, -1}}, series, "none may be below zero"},
		{LocalLevel{Y: "y", Filtered: []string{"3"}}, series, "--time must name"},
		{LocalLevel{Y: "y", Time: "t", Filtered: []string{"9"}}, series, "there is no time 9"},
		{LocalLevel{Y: "0*t"}, series, "does not vary"},
		{LocalLevel{Y: "y"}, nil, "--data"},
		{LocalLevelRegression{Y: "y", Pre: 9}, series, "both sides need some"},
		{LocalLevelRegression{Y: "y", Pre: 4, Post: 3}, series, "both sides need some"},
		{LocalLevelRegression{Y: "y", X: []string{"x"}, Pre: 5}, series, "4 times are known"},
		{LocalLevelRegression{Y: "y", X: []string{"0*x"}, Pre: 7}, series, "do not vary"},
		{EventStudyCS{staggered: staggered{"y", "u", "t", "t"}}, long, "unit a has two first times, 1 and 2"},
		{EventStudyCS{staggered: staggered{"y", "u", "g", "g"}}, long, "row 1 has no u or no g"},
		{EventStudyCS{staggered: staggered{"y", "t", "g+0*t", "g"}}, read(t, "t,y,g\n1,2,3\n1,2,3\n"), "two rows at 3"},
		{EventStudyTWFE{staggered{"y", "u", "t", "0*t"}}, long, "0 units were treated"},
		{EventStudyCS{staggered: staggered{"y", "u", "t", "g"}}, read(t, "u,t,y,g\n"), "no rows"},
		{SyntheticControl{"y", "u", "t", "z", 2}, long, `no unit "z"`},
		{SyntheticControl{"y", "u", "t", "a", 2}, long, "at least 2 before"},
		{SyntheticControl{"y/(g-2)", "u", "t", "a", 2}, long, "is unknown at"},
	} {
		if r, err := c.m.Compute(c.table); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T: got %v, %v; want %q", c.m, r, err, c.want)
		}
	}
	r, err := EventStudyCS{staggered: staggered{"y", "u", "t", "g"}}.Compute(long)
	if err != nil || r["group_overall"] != 4.5 { // (4 + 6)/2 less (1 + 0)/2
		t.Errorf("two times: %v, %v", r, err)
	}
	r, err = LocalLevelRegression{Y: "y", X: []string{"x"}, Pre: 6, Post: 8}.Compute(series)
	if err != nil || r["actual_mean"] != 8.0 {
		t.Errorf("a row set aside: %v, %v", r, err)
	}
}
