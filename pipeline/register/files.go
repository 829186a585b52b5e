package register

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"presencia/pipeline"
)

// maxFile bounds a file of the look: it goes into every report.
const maxFile = 500 << 10

var colourPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// pictures are the media types of a logo, fonts those of a typeface's file.
var (
	pictures = []string{"image/png", "image/jpeg", "image/svg+xml"}
	fonts    = []string{"font/woff2"}
)

// File reads a file that a register names beside itself, and tells by its bytes what it is: image/png, image/jpeg, image/svg+xml,
// font/woff2, or nothing.
func File(register, name string) (content []byte, media string, err error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, "", fmt.Errorf("%q does not lie beside the register; copy the file there and write its name", name)
	}
	f, err := os.Open(filepath.Join(filepath.Dir(register), filepath.FromSlash(name)))
	if errors.Is(err, os.ErrNotExist) {
		return nil, "", fmt.Errorf("there is no file %q beside the register; put it there, or delete the line", name)
	}
	if err != nil {
		return nil, "", fmt.Errorf("%q cannot be read: %w", name, errors.Unwrap(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, "", fmt.Errorf("%q is not a file; write the name of one", name)
	}
	content, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("%q cannot be read: %w", name, err)
	case len(content) > maxFile:
		return nil, "", fmt.Errorf("%q is larger than %d kB, and would be in every report; make it smaller", name, maxFile>>10)
	}
	return content, mediaType(content), nil
}

// mediaType tells what a file is by its bytes; empty: none of those that the look can use.
func mediaType(content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(content, []byte{0xff, 0xd8, 0xff}):
		return "image/jpeg"
	case bytes.HasPrefix(content, []byte("wOF2")):
		return "font/woff2"
	}
	for d := xml.NewDecoder(bytes.NewReader(content)); ; {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		if e, ok := token.(xml.StartElement); ok {
			if e.Name.Local == "svg" && e.Name.Space == "http://www.w3.org/2000/svg" {
				return "image/svg+xml"
			}
			return ""
		}
	}
}

// look checks the corporate look and the files that it names.
func (c *checker) look(at string, l pipeline.Look) {
	for _, colour := range []struct{ name, value string }{{"colour", l.Colour}, {"accent", l.Accent}} {
		if colour.value != "" && !colourPattern.MatchString(colour.value) {
			c.bad(at+colour.name, "%q is not a colour; write # and six digits in quotes, for example \"#16335b\"", colour.value)
		}
	}
	c.lookFile(at+"logo", l.Logo, "a PNG, JPEG or SVG picture", pictures)
	c.lookFile(at+"font", l.Font, "a WOFF2 font", fonts)
}

func (c *checker) lookFile(path, name, what string, kinds []string) {
	if name == "" {
		return
	}
	_, media, err := File(c.file, name)
	if err != nil {
		c.bad(path, "%v", err)
		return
	}
	for _, k := range kinds {
		if media == k {
			return
		}
	}
	c.bad(path, "%q is not %s, whatever its name says; write the name of one", name, what)
}
