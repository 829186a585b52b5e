package reports

import (
	"math"
	"strconv"
	"strings"
)

// style is how a language writes numbers. Spanish and Valencian follow the academies and leave four digits together.
// glue.js gets the same style from the page, and excelFormat tells the workbook, so that a number looks the same in
// a sentence, on an axis and in a cell; testdata/numbers.json holds all three to it.
type style struct {
	Decimal string `json:"decimal"`
	Group   string `json:"group"`
	Digits  int    `json:"digits"` // digits before the decimal sign from which they are grouped
	Percent string `json:"-"`
}

func styleOf(language string) style {
	if language == "en" {
		return style{Decimal: ".", Group: ",", Digits: 4, Percent: "%"}
	}
	return style{Decimal: ",", Group: ".", Digits: 5, Percent: "\u00a0%"}
}

// format writes x rounded half away from zero, as a reader with the decimals before the eyes would and as Excel does.
func (s style) format(x float64, decimals int) string {
	digits := strconv.FormatFloat(math.Abs(round(x, decimals)), 'f', decimals, 64)
	whole, part, _ := strings.Cut(digits, ".")
	if len(whole) >= s.Digits {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + s.Group + whole[i:]
		}
	}
	if part != "" {
		whole += s.Decimal + part
	}
	if x < 0 && strings.Trim(digits, "0.") != "" {
		return "\u2212" + whole
	}
	return whole
}

// signed writes a change: +3, −3, 0.
func (s style) signed(x float64, decimals int) string {
	if round(x, decimals) > 0 {
		return "+" + s.format(x, decimals)
	}
	return s.format(x, decimals)
}

// round rounds the decimal digits that a reader would see, not the binary ones: 1.005 becomes 1.01.
func round(x float64, decimals int) float64 {
	digits := strconv.FormatFloat(math.Abs(x), 'f', -1, 64) + "e" + strconv.Itoa(decimals)
	shifted, err := strconv.ParseFloat(digits, 64)
	if err != nil { // beyond the range of a float: nothing to round
		return x
	}
	return math.Copysign(math.Floor(shifted+0.5)/math.Pow10(decimals), x)
}

// excelFormat is the number format for a cell that holds x: Excel puts in the reader's own signs. The format follows
// the value, because Excel knows no "group from five digits" and conditional formats lose minus signs in LibreOffice.
func (s style) excelFormat(x float64, decimals int) string {
	format := "0"
	if math.Abs(round(x, decimals)) >= math.Pow10(s.Digits-1) {
		format = "#,##0"
	}
	if decimals > 0 {
		format += "." + strings.Repeat("0", decimals)
	}
	return format
}
