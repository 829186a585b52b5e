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

func TestTablesAsPeopleKeepThem(t *testing.T) {
	for name, file := range map[string]string{
		"semicolons":      "centro;antes;después\r\nA;1,5;1.234,5\r\nB;;2\r\nC;-0,25;3,75\r\n",
		"tabs":            "centro\tantes\tdespués\nA\t1.5\t1234.5\nB\t\t2\nC\t-0.25\t3.75\n",
		"a mark":          "\ufeffcentro,antes,después\nA,1.5,1234.5\nB,,2\nC,-0.25,3.75\n",
		"quotes":          "\"centro\",\"antes\",\"después\"\r\n\"A\",\"1.5\",\"1234.5\"\r\n\"B\",NA,2\r\n\"C\",-0.25,3.75",
		"Windows-1252":    "centro;antes;despu\xe9s\nA;1,5;1234,5\nB;n/a;2\nC;-0,25;3,75\n",
		"nameless":        "\"\",centro,antes,después,,\n1,A,1.5,1234.5,,\n2,B,#N/A,2,,\n3,C,-0.25,3.75,,\n",
		"empty lines":     "centro,antes,después\n\nA, 1.5 ,1234.5\n\nB,  ,2\nC,-0.25,3.75\n\n",
		"quoted commas":   "centro,antes,después\nA,\"1,5\",\"1.234,5\"\nB,,2\nC,\"-0,25\",\"3,75\"\n",
		"large thousands": "centro;antes;después\nA;1,5;1234,5\nB;NaN;2\nC;-0,25;3,75\n",
	} {
		table := read(t, file)
		if got := table.Names(); !slices.Equal(got, []string{"centro", "antes", "después"}) {
			t.Errorf("%s: columns %q", name, got)
		}
		before, err := table.Numbers("antes")
		if err != nil || len(before) != 3 || before[0] != 1.5 || !math.IsNaN(before[1]) || before[2] != -0.25 {
			t.Errorf("%s: before %v, %v", name, before, err)
		}
		after, err := table.Numbers("después*1")
		if err != nil || !slices.Equal(after, []float64{1234.5, 2, 3.75}) {
			t.Errorf("%s: after %v, %v", name, after, err)
		}
	}
	for want, file := range map[string]string{
		"is empty":            "",
		"two columns":         "a,a\n1,2\n",
		"line 3 of the table": "a,b\n1,2\n1,2,3\n",
		"neither a workbook":  "a,b\n1,\x00\n",
	} {
		if _, err := ReadTable(strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", file, err, want)
		}
	}
	if x, err := read(t, "a,b\n\"1,234\",1\n\"1,5\",2\n").Numbers("a"); err == nil { // or is it 1234?
		t.Errorf("1,234 is %v", x)
	}
	if x, err := read(t, "a,b\n\"1,5\",1.5\nx,2.5\n").Numbers("b"); err != nil || x[0] != 1.5 { // a is text
		t.Errorf("%v, %v", x, err)
	}
	// A number that could be read in two ways is none.
	mixed := read(t, "a;b\n1,5;3.57\n2;1.000\n")
	if _, err := mixed.Numbers("b"); err == nil || !strings.Contains(err.Error(), "decimal comma") {
		t.Errorf("3.57 among decimal commas: %v", err)
	}
	for _, infinite := range []string{"Inf", "1e999", "infinity", "1e308", "-1e-300"} {
		if x, err := read(t, "a\n"+infinite+"\n").Numbers("a"); err == nil {
			t.Errorf("%s is %v", infinite, x)
		}
	}
}

func TestTruthAsRWritesIt(t *testing.T) {
	x, err := read(t, "done\nTRUE\nFALSE\ntrue\nNA\n").Numbers("done")
	if err != nil || x[0] != 1 || x[1] != 0 || x[2] != 1 || !math.IsNaN(x[3]) {
		t.Errorf("%v, %v", x, err)
	}
	if _, err := read(t, "a\n1\n").Where("a=1"); err == nil || !strings.Contains(err.Error(), "==") {
		t.Errorf("one equals sign: %v", err)
	}
}

func TestResultsCanAlwaysBeWritten(t *testing.T) {
	if p := plain(t, Result{"a": math.NaN(), "b": Result{"c": math.Inf(1), "d": 1.5}}); p["a"] != nil || p["b"].(map[string]any)["d"] != 1.5 {
		t.Errorf("%v", p)
	}
}

func TestConditionsThatAreNone(t *testing.T) {
	table := read(t, "month,two words,x\n2024-09,1,1e308\n2024-10,0,1e308\n2024-11,1,2\n")
	for condition, want := range map[string]int{`month>="2024-10"`: 2, "`two words`==1": 2, "x+x>0": 1} {
		if kept, err := table.Where(condition); err != nil || kept.Rows() != want {
			t.Errorf("%s keeps %d, %v", condition, kept.Rows(), err)
		}
	}
	for condition, want := range map[string]string{"mnoth==september": "no column", "month>=2024": "numbers", "x": "comparison", "x+1": "comparison"} {
		if kept, err := table.Where(condition); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s keeps %d, %v; want %s", condition, kept.Rows(), err, want)
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
