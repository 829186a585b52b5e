package method

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestTableEvaluatesExpressions(t *testing.T) {
	table, err := ReadTable(strings.NewReader("\ufeffTreat,before,after,first.treat\nFT,80,85,2004\nCont,90,NA,0\nFT,1,3,2006\n"))
	if err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string][]float64{
		"before":                     {80, 90, 1},
		"after-before":               {5, math.NaN(), 2},
		"first.treat==2004":          {1, 0, 0},
		"Treat==FT && before>=2":     {1, 0, 0},
		"log(after)/log(2)-1":        {math.Log(85)/math.Log(2) - 1, math.NaN(), math.Log(3)/math.Log(2) - 1},
		"sin(2*pi*before/4)+2*(3-1)": {4 + math.Sin(40*math.Pi), 4 + math.Sin(45*math.Pi), 5},
	} {
		got, err := table.Numbers(expression)
		if err != nil || !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b) }) {
			t.Errorf("%s = %v, %v; want %v", expression, got, err, want)
		}
	}
	if ft, err := table.Where("Treat==FT"); err != nil || ft.Rows() != 2 {
		t.Errorf("Treat==FT keeps %d rows, %v", ft.Rows(), err)
	}
	if whole, err := table.Complete("after"); err != nil || whole.Rows() != 2 {
		t.Errorf("complete are %d rows, %v", whole.Rows(), err)
	}
	for _, wrong := range []string{"nothing", "before+", "Treat+1", "sum(before)", "Treat"} {
		if _, err := table.Numbers(wrong); err == nil {
			t.Errorf("%s was understood", wrong)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add("a,b\n1,2\n", "log(a)^b")
	f.Add("a\nx\n", "a==x||!a")
	f.Fuzz(func(t *testing.T, file, expression string) {
		table, err := ReadTable(strings.NewReader(file))
		if err != nil {
			return
		}
		_, _ = table.Numbers(expression)
		_, _ = table.Where(expression)
	})
}
