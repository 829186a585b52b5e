package method

import (
	"fmt"
	"testing"
)

func init() {
	bindings["local_level_kalman"] = func(t *testing.T, c published) (Method, *Table) {
		return LocalLevel{Y: "flow", Time: "year", At: []float64{15099, 1469.1}, Filtered: []string{"1899"}}, c.table(t)
	}
	for _, name := range []string{"StructTS_level_var", "StructTS_eps_var", "mle_eps_var", "mle_level_var"} {
		loose["local_level_kalman/durbin_koopman_nile/"+name] = 1e-4 // the likelihood is flat there; the case allows 1e-3
	}
	bindings["local_level_regression_ml"] = func(t *testing.T, c published) (Method, *Table) {
		var pre int
		scan(t, c, "pre", "t<=%d", &pre)
		return LocalLevelRegression{Y: "y", X: []string{"x1"}, Pre: pre}, c.table(t)
	}
	loose["local_level_regression_ml/causalimpact_vignette"] = 1e-5
	for _, draws := range []string{"causalimpact_seed2_20000", "causalimpact_seed1_default"} {
		uncovered["local_level_regression_ml/causalimpact_vignette/"+draws] = "draws of another package's sampler, under its own prior of the level's variance"
	}
}

// scan reads a parameter that is written for people, such as "t<=70".
func scan(t *testing.T, c published, name, format string, into ...any) {
	t.Helper()
	text, _ := c.Params[name].(string)
	if _, err := fmt.Sscanf(text, format, into...); err != nil {
		t.Fatalf("parameter %s of %s is %q, not as %q: %v", name, c.name, text, format, err)
	}
}
