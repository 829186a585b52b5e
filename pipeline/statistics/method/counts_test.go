package method

import (
	"strings"
	"testing"
)

func init() {
	bindings["count_models"] = func(t *testing.T, c published) (Method, *Table) {
		return CountModels{Formula: c.text("formula")}, c.table(t)
	}
	loose["count_models"] = 1e-5 // an iterative fit: R stops earlier than this one
}

func TestCountModelsSayWhatIsWrong(t *testing.T) {
	for want, file := range map[string]string{
		"below zero":           "y,x\n1,2\n-1,3\n4,1\n",
		"all counts are zero":  "y,x\n0,2\n0,3\n0,1\n",
		"depend on each other": "y,x\n1,2\n3,2\n4,2\n",
		"converge":             "y,x\n0,0\n0,0\n0,0\n0,0\n1,1\n2,1\n3,1\n0,1\n",
	} {
		r, err := CountModels{Formula: "y ~ x"}.Compute(read(t, file))
		if err == nil || !strings.Contains(err.Error(), want) && !strings.Contains(err.Error(), "zero only") {
			t.Errorf("%q: %v, %v, want %s", file, r, err, want)
		}
	}
}

func TestCountsAsEvenAsPoissonsHaveNoTheta(t *testing.T) {
	r, err := CountModels{Formula: "y ~ x"}.Compute(read(t, "y,x\n1,1\n2,2\n2,3\n3,4\n3,5\n4,6\n5,7\n"))
	if err != nil {
		t.Fatal(err)
	}
	if why, _ := r["nb_why"].(string); r["nb_theta"] != nil || !strings.Contains(why, "Poisson") {
		t.Errorf("theta %v, because %q", r["nb_theta"], why)
	}
}
