package register

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLookNamesFilesThatAreWhatTheyShould(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"logo.png": "\x89PNG\r\n\x1a\n…", "logo.jpg": "\xff\xd8\xff\xe0…", "font.woff2": "wOF2…", "page.png": "<html>", "broken.svg": "<svg", "empty.svg": "",
		"logo.svg":  "<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
		"plain.svg": "<svg/>", // an <img> does not show it
		"big.png":   "\x89PNG\r\n\x1a\n" + strings.Repeat("x", maxFile),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "outside.png"), []byte("\x89PNG\r\n\x1a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ look, want string }{
		{`{logo: logo.png, font: font.woff2, colour: "#16335b", accent: "#C2410C", typeface: Source Sans 3}`, ""},
		{`{logo: logo.jpg}`, ""}, {`{logo: logo.svg}`, ""}, {`{typeface: "a; b"}`, ""},
		{`{logo: none.png}`, `institution.look.logo: there is no file "none.png"`},
		{`{logo: page.png}`, `institution.look.logo: "page.png" is not a PNG, JPEG or SVG picture`},
		{`{logo: broken.svg}`, `"broken.svg" is not a PNG`}, {`{logo: empty.svg}`, `"empty.svg" is not a PNG`}, {`{logo: plain.svg}`, `"plain.svg" is not a PNG`},
		{`{logo: font.woff2}`, `"font.woff2" is not a PNG`}, {`{font: logo.png}`, `institution.look.font: "logo.png" is not a WOFF2 font`},
		{`{logo: big.png}`, "larger than 500 kB"}, {`{logo: folder}`, `"folder" is not a file`},
		{`{logo: ../outside.png}`, "does not lie beside the register"}, {`{logo: /etc/passwd}`, "does not lie beside the register"},
		{`{colour: red}`, `institution.look.colour: "red" is not a colour`}, {`{accent: "#12345"}`, `institution.look.accent: "#12345" is not a colour`},
		{`{colour: "#16335b;}"}`, "is not a colour"},
	} {
		text := strings.Replace(smallest, "population: 1900000", "\n  population: 1900000,\n  look: "+c.look, 1)
		_, err := Parse(filepath.Join(dir, "institution.yaml"), []byte(text))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.look, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "institution.yaml:3: ")):
			t.Errorf("%s: %v, want line 3 and %q", c.look, err, c.want)
		}
	}
}
