package reports

import (
	"bytes"
	"encoding/base64"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"pgregory.net/rapid"
)

// onePixel is a PNG.
var onePixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")

func TestReadableKeepsTheHue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := rgb{rapid.Float64Range(0, 1).Draw(t, "r"), rapid.Float64Range(0, 1).Draw(t, "g"), rapid.Float64Range(0, 1).Draw(t, "b")}
		given, _ = parseColour(given.String())
		for _, dark := range []bool{false, true} {
			used := readable(given, textContrast, grounds(dark)...)
			for _, g := range grounds(dark) {
				if got := contrast(used, g); got < textContrast {
					t.Fatalf("dark %v: %s becomes %s, with a contrast of %.2f", dark, given, used, got)
				}
			}
			a, b := given.oklch(), used.oklch()
			if turn := math.Abs(math.Remainder(a.h-b.h, 2*math.Pi)); a.c > 0.05 && b.c > 0.05 && turn > 0.12 {
				t.Fatalf("dark %v: %s becomes %s, another hue by %.2f", dark, given, used, turn)
			}
			if readable(used, textContrast, grounds(dark)...) != used {
				t.Fatalf("%s is readable and was changed", used)
			}
		}
	})
}

func TestOKLCH(t *testing.T) {
	// Ottosson's own pairs: white, and the red of sRGB.
	for _, c := range []struct {
		hex  string
		want oklch
	}{{"#ffffff", oklch{1, 0, 0}}, {"#ff0000", oklch{0.628, 0.2577, 0.5102}}} {
		colour, _ := parseColour(c.hex)
		got := colour.oklch()
		if math.Abs(got.l-c.want.l) > 1e-3 || math.Abs(got.c-c.want.c) > 1e-3 || c.want.c > 0 && math.Abs(got.h-c.want.h) > 1e-3 {
			t.Errorf("%s is %+v, want %+v", c.hex, got, c.want)
		}
		if back := got.rgb().String(); back != c.hex {
			t.Errorf("%s comes back as %s", c.hex, back)
		}
	}
}

func TestLookIsCorrectedAndSaid(t *testing.T) {
	if list := (Look{Colour: "#16335b", Accent: "not a colour"}).Corrections(); len(list) != 1 || !list[0].Dark {
		t.Errorf("navy is readable on white, and not on the dark page: %+v", list)
	}
	list := Look{Colour: "#ffcc00", Accent: "#0B4F8A"}.Corrections()
	if len(list) != 2 || list[0].Field != "colour" || list[0].Given != "#ffcc00" || list[0].Dark || list[0].Contrast > 1.6 || list[1].Field != "accent" || !list[1].Dark {
		t.Fatalf("corrections %+v", list)
	}
	d := synthetic("es")
	d.Look = Look{Colour: "#ffcc00"}
	page := render(t, d)
	if !strings.Contains(page, "--actual: "+list[0].Used) || !strings.Contains(page, "--heading: #ffcc00") { // on white, on dark
		t.Errorf("the page does not use %s and #ffcc00", list[0].Used)
	}
	var sheet bytes.Buffer
	if err := WriteXLSX(&sheet, d); err != nil {
		t.Fatal(err)
	}
	found := false
	for name, content := range parts(t, sheet.Bytes()) {
		found = found || strings.HasPrefix(name, "xl/charts/") && strings.Contains(content, strings.ToUpper(list[0].Used[1:]))
	}
	if !found {
		t.Errorf("no chart of the workbook has the colour %s", list[0].Used)
	}
	if diff := screenColors(Look{})["actual"]; diff != "16335B" {
		t.Errorf("without a look the actual figures are %s", diff)
	}
}

// hostileSVG would run script, load and navigate if it could.
const hostileSVG = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" onload="document.title='broken'"><script>parent.document.title='broken'; document.documentElement.setAttribute('data-broken', 1)</script><image href="https://evil.example/x.png" width="9" height="9"/><foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="top.document.title='broken'"/></body></foreignObject><rect width="120" height="40" fill="#a00"/></svg>`

func TestHostileLookStaysALook(t *testing.T) {
	d := synthetic("es")
	d.Look = Look{
		Logo: []byte(hostileSVG), LogoType: "image/svg+xml", LogoText: hostile[5] + hostile[0], Font: []byte("wOF2" + hostile[0]),
		Colour: "#fff}</style><script>alert(1)</script>", Accent: "red;background:url(//evil.example)", Typeface: `x";}</style><script>alert(1)</script>`,
	}
	page := render(t, d)
	for _, bad := range []string{"</style><script>alert", "evil.example)", "url(//", `onload="`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if n := strings.Count(page, "</style>"); n != 1 {
		t.Errorf("%d ends of style", n)
	}
	d.Look.LogoType = "text/html"
	if other := render(t, d); strings.Contains(other, `class="logo"`) {
		t.Error("a logo that is no picture is on the page")
	}

	tab := browser(t)
	console := opened(t, tab, page, views[0])
	var title string
	var width float64
	if err := chromedp.Run(tab, chromedp.Title(&title), chromedp.Evaluate(`document.querySelector('.logo').decode().then(() => document.querySelector('.logo').naturalWidth)`, &width, awaited)); err != nil {
		t.Fatal(err)
	}
	if title != d.Title || width != 120 {
		t.Errorf("title %q, logo %v wide", title, width)
	}
	*console = slices.DeleteFunc(*console, func(line string) bool { return strings.Contains(line, "font") || strings.Contains(line, "OTS") }) // the font is none
	if len(*console) > 0 {
		t.Errorf("the console says %q", *console)
	}
}

// TestLookIsAccessible holds colours that nobody could read as they are given to axe-core.
func TestLookIsAccessible(t *testing.T) {
	d := synthetic("en")
	d.Look = Look{Logo: onePixel, LogoType: "image/png", LogoText: "Institución de Prueba", Colour: "#ffe100", Accent: "#7fff00", Typeface: "Noto Serif"}
	accessible(t, render(t, d))
}
