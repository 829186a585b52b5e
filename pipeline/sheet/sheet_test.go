package sheet

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// The same table, as programs write it.
func TestTablesAreReadWhateverWroteThem(t *testing.T) {
	want := [][]string{{"Nombre", "Año", "Nota"}, {"Peñíscola", "2014", "uno\ndos"}, nil, {"Alcoi", "1,5"}}
	plain := "Nombre;Año;Nota\nPeñíscola;2014;\"uno\ndos\"\n\nAlcoi;1,5;\n"
	latin, err := charmap.Windows1252.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"semicolons": plain, "tabs": strings.ReplaceAll(plain, ";", "\t"), "bars": strings.ReplaceAll(plain, ";", "|"), "a mark": "\ufeff" + plain,
		"Windows": latin, "UTF-16": wide, "CRLF": strings.ReplaceAll(plain, "\n", "\r\n"),
	} {
		sheets, err := Read(name, []byte(content))
		if err != nil || len(sheets) != 1 {
			t.Errorf("%s: %d tables, %v", name, len(sheets), err)
			continue
		}
		if !slices.EqualFunc(sheets[0].Rows, want, slices.Equal[[]string]) {
			t.Errorf("%s: %q", name, sheets[0].Rows)
		}
		if cell := sheets[0].Cell(3, 1); cell != name+"!B4" {
			t.Errorf("%s: the second cell of the fourth row is %s", name, cell)
		}
	}
	for name, content := range map[string]string{"an image": "\x89PNG\x00\x01", "a broken workbook": "PK\x03\x04nothing", "an old workbook": "\xd0\xcf\x11\xe0", "too much": strings.Repeat("a", MaxFile+1)} {
		if _, err := Read(name, []byte(content)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestDatesAsPeopleWriteThem(t *testing.T) {
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	for _, s := range []string{"2014-11-03", "3/11/2014", "03.11.14", "lunes, 3 de noviembre de 2014", "3 de novembre del 2014", "3 November 2014", "41946"} {
		if d, _, ok := Date(s, epoch); !ok || d.String() != "2014-11-03" {
			t.Errorf("%s is %s, %v", s, d, ok)
		}
	}
	for _, s := range []string{"", "31/2/2014", "2014", "tomorrow", "3/13/2014"} {
		if d, _, ok := Date(s, epoch); ok {
			t.Errorf("%q is %s", s, d)
		}
	}
	for s, want := range map[string]int{"10:30": 630, "0.4375": 630, "a las 9": 540, "5 p.m.": 1020} {
		if got, ok := TimeOfDay(s); !ok || got != want {
			t.Errorf("%s is minute %d, %v", s, got, ok)
		}
	}
}
