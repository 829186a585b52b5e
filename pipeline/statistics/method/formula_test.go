package method

import (
	"math"
	"slices"
	"strings"
	"testing"
)

const garden = `y,x,g,year,two words,A.b,gap
1,10,b,1990,1,0,1
2,20,a,1991,2,1,2
4,30,c,1990,3,1,NA
8,40,b,1992,4,0,4
16,50,a,1990,5,1,5
32,60,c,1991,7,0,6
64,70,a,1992,6,1,8
128,75,b,1990,9,0,7
0,80,c,1991,8,1,9
256,90,a,1992,8,2,9
`

func read(t *testing.T, csv string) *Table {
	t.Helper()
	table, err := ReadTable(strings.NewReader(csv))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// A slip of the pen must not make a factor of a column of numbers.
func TestNumbersAndWordsInOneColumn(t *testing.T) {
	table := read(t, "y,x\n1,2\n3,doce\n4,7\n6,9\n")
	if _, err := table.Model("y ~ x"); err == nil || !strings.Contains(err.Error(), "factor(x)") {
		t.Errorf("%v", err)
	}
	if m, err := table.Model("y ~ factor(x)"); err != nil || len(m.Names) != 4 {
		t.Errorf("%v, %v", m, err)
	}
}

func TestFormulaNamesItsColumnsAsRDoes(t *testing.T) {
	table := read(t, garden)
	for formula, want := range map[string]string{
		"y ~ x":                           "(Intercept) x",
		"y~1":                             "(Intercept)",
		"y ~ x - 1":                       "x",
		"y ~ 0 + x":                       "x",
		"y ~ -1 + x":                      "x",
		"y ~ g":                           "(Intercept) gb gc",
		"y ~ 0 + g":                       "ga gb gc",
		"y ~ factor(g, c)":                "(Intercept) factor(g)a factor(g)b",
		"y ~ factor(year)":                "(Intercept) factor(year)1991 factor(year)1992",
		"y ~ x + x":                       "(Intercept) x",
		"y ~ x*g":                         "(Intercept) x gb gc x:gb x:gc",
		"y ~ x:g":                         "(Intercept) x:ga x:gb x:gc",
		"y ~ x:A.b + x":                   "(Intercept) x x:A.b",
		"y ~ (x + A.b)*g - x:g":           "(Intercept) x A.b gb gc A.b:gb A.b:gc",
		"y ~ (x + A.b):x":                 "(Intercept) x A.b:x",
		"y ~ `two words` + A.b":           "(Intercept) two words A.b",
		"y ~ log(x/2) + I((x-3)*A.b)":     "(Intercept) log(x/2) I((x-3)*A.b)",
		"y ~ I(year>=1991)":               "(Intercept) I(year>=1991)",
		"y ~ harmonics(year, 4, 2)":       "(Intercept) s1 c1 c2",
		"y ~ x + offset(log(x))":          "(Intercept) x",
		"y ~ g*factor(A.b) - factor(A.b)": "(Intercept) gb gc ga:factor(A.b)1 gb:factor(A.b)1 gc:factor(A.b)1 ga:factor(A.b)2 gb:factor(A.b)2 gc:factor(A.b)2",
	} {
		m, err := table.Model(formula)
		if err != nil {
			t.Errorf("%s: %v", formula, err)
			continue
		}
		if got := strings.Join(m.Names, " "); got != want {
			t.Errorf("%s has the columns %s, want %s", formula, got, want)
		}
	}
}

func TestFormulaReadsTheRowsThatAreComplete(t *testing.T) {
	m, err := read(t, garden).Model("log(y) ~ gap*factor(g, b) + offset(log(x))")
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 1, 3, 4, 5, 6, 7, 9}; !slices.Equal(m.Rows, want) { // NA, and the logarithm of zero
		t.Errorf("rows %v, want %v", m.Rows, want)
	}
	want := []float64{1, 2, 1, 0, 2, 0} // the second row: gap 2, a
	for j, name := range []string{"(Intercept)", "gap", "factor(g)a", "factor(g)c", "gap:factor(g)a", "gap:factor(g)c"} {
		if m.Names[j] != name || m.X.At(1, j) != want[j] {
			t.Errorf("column %d is %s with %g, want %s with %g", j, m.Names[j], m.X.At(1, j), name, want[j])
		}
	}
	if math.Abs(m.Y[1]-math.Log(2)) > 1e-15 || math.Abs(m.Offset[1]-math.Log(20)) > 1e-15 {
		t.Errorf("y %g, offset %g", m.Y[1], m.Offset[1])
	}
}

func TestFormulaSaysWhatIsWrong(t *testing.T) {
	table := read(t, garden)
	for formula, want := range map[string]string{
		"y":                          "no '~'",
		"~ x":                        "nothing stands before",
		"y ~":                        "nothing stands after",
		"y ~ x +":                    "ends too early",
		"y ~ x + nothing":            `no column "nothing"`,
		"nothing ~ x":                `no column "nothing"`,
		"g ~ x":                      "no number",
		"y ~ x / g":                  "within I(…)",
		"y ~ x^2":                    "within I(…)",
		"y ~ 2*x":                    "the number 2 is no term",
		"y ~ x:1":                    "only columns have interactions",
		"y ~ (x":                     "not closed",
		"y ~ log(x":                  "not closed",
		"y ~ sum(x)":                 "no function",
		"y ~ `two":                   "not closed",
		"y ~ 0":                      "neither an intercept nor a term",
		"y ~ factor(g, z)":           `no level "z"`,
		"y ~ factor(g, a, b)":        "factor(column",
		"y ~ harmonics(year, 12, 7)": "at most 6 pairs",
		"y ~ harmonics(year, 12)":    "write harmonics(column",
		"y ~ harmonics(year,4,1)+harmonics(x,4,1)": "two columns would be called s1",
		"y ~ x*g*factor(year)*factor(gap)":         "too few",
		"y ~ log(A.b - 2)":                         "none of the 10 rows",
		"y ~ x - offset(x)":                        "cannot be taken away",
	} {
		if _, err := table.Model(formula); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", formula, err, want)
		}
	}
	if _, err := (*Table)(nil).Model("y ~ x"); err == nil {
		t.Error("no table had a model")
	}
	one := read(t, "y,g\n1,a\n2,a\n3,a\n")
	if _, err := one.Model("y ~ g"); err == nil || !strings.Contains(err.Error(), "the same value") {
		t.Errorf("a factor of one level: %v", err)
	}
}

func FuzzFormula(f *testing.F) {
	for _, s := range []string{"y ~ x", "log(y) ~ 0 + g*x:`two words` - x", "y~offset(log(x))+harmonics(year,12,3)+factor(g, \"b\")", "y ~ ((x + g)*(A.b))", "y ~ I((x-1)*A.b)"} {
		f.Add(s)
	}
	table, err := ReadTable(strings.NewReader(garden))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, formula string) {
		m, err := table.Model(formula)
		if err != nil {
			return
		}
		n, k := m.X.Dims()
		if k != len(m.Names) || n != len(m.Rows) || n != len(m.Y) || m.Offset != nil && n != len(m.Offset) || n == 0 {
			t.Fatalf("%q: %d × %d, %d names, %d rows, %d values", formula, n, k, len(m.Names), len(m.Rows), len(m.Y))
		}
		for i := range n {
			for j := range k {
				if math.IsNaN(m.X.At(i, j)) {
					t.Fatalf("%q: row %d has no %s", formula, i, m.Names[j])
				}
			}
		}
	})
}
