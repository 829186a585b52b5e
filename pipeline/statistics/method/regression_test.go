package method

import (
	"strconv"
	"strings"
	"testing"
)

func init() {
	bindings["newey_west"] = func(t *testing.T, c published) (Method, *Table) {
		m := NeweyWest{Formula: c.text("formula"), Lag: -1}
		if lag, ok := c.Params["lag"].(float64); ok {
			m.Lag = int(lag)
		}
		if w := c.Params["prewhite"]; w != nil && w != false {
			c.unbound(t, "prewhite")
		}
		for name := range c.Expected {
			if found := orderOf.FindStringSubmatch(name); found != nil {
				order, err := strconv.Atoi(found[1])
				if err != nil {
					t.Fatal(err)
				}
				m.Orders = append(m.Orders, order)
			}
		}
		return m, c.table(t)
	}
}

func TestNeweyWestSaysWhatIsWrong(t *testing.T) {
	table := read(t, garden)
	for want, m := range map[string]NeweyWest{
		"no '~'":          {Formula: "y"},
		"between 0 and 9": {Formula: "y ~ x", Lag: 10},
		"depend on each":  {Formula: "y ~ x + I(2*x)"},
		"too few for":     {Formula: "y ~ x + A.b + year + gap + factor(g) + I(x*x) + I(gap*gap) + I(y*y)", Lag: 1},
	} {
		if _, err := m.Compute(table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", m, err, want)
		}
	}
	if _, err := (NeweyWest{Formula: "y ~ x"}).Compute(nil); err == nil {
		t.Error("no table was computed")
	}
}

// A constant series has no error at all, and its statistics do not exist; they are null, not a number.
func TestNeweyWestOfAConstantSeriesCanBeWritten(t *testing.T) {
	r, err := NeweyWest{Formula: "y ~ 1", Lag: -1}.Compute(read(t, "y\n3\n3\n3\n3\n3\n3\n"))
	if err != nil {
		t.Fatal(err)
	}
	if p := plain(t, r); p["durbin_watson"] != nil && p["durbin_watson"] != 0.0 {
		t.Errorf("Durbin and Watson's statistic of nothing is %v", p["durbin_watson"])
	}
}
