package export

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"presencia/pipeline"
)

// Format is a kind of file that is known without a mapping.
type Format struct {
	Name      string
	Platforms []pipeline.Platform // empty: any
	Gives     []pipeline.Field    // at best; a file may lack some of the columns
	Note      string              // what has to be known before it is imported
}

// format is one kind of file.
type format interface {
	about() Format
	// claims tells whether a file is of this kind, by how it begins.
	claims(h head) bool
	// read hands over what the file holds.
	read(ctx context.Context, x *reading, in *input) error
}

// head is how a file begins.
type head struct {
	path   string   // inside its folder or archive
	text   string   // of what may be no table
	header []string // of a table: a row that may name its columns
}

// formats lists the files that are known, in the order that readers see.
func formats() []format {
	return slices.Concat(xFormats(), metaFormats(), youTubeFormats(), linkedInFormats(), tikTokFormats(), mastodonFormats(), toolFormats())
}

// Formats lists the files that are known without a mapping, from the very list that files are recognised with.
func Formats() []Format {
	var all []Format
	for _, f := range formats() {
		all = append(all, f.about())
	}
	return all
}

func knownFormats() string {
	var names []string
	for _, f := range formats() {
		if n := f.about().Name; len(f.about().Gives) > 0 && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return "the files it knows are: " + strings.Join(names, "; ") + howToMap
}

const howToMap = "; of any other table say which column holds what, at least created and one of id, url, text, followers, for example --map created=Date --map text=Message"

// platform refuses a file of another platform than the account's.
func (x *reading) platform(in *input, f Format) error {
	if len(f.Platforms) > 0 && !slices.Contains(f.Platforms, x.account.Platform) {
		return fmt.Errorf("%s is a file of %s (%s), and account %s is on %s; name the account it belongs to", in.name, f.Platforms[0], f.Name, x.account.ID, x.account.Platform)
	}
	return nil
}

// take reads one thing with the format that claims it. In folders and archives, what none claims is left alone.
func (x *reading) take(ctx context.Context, in *input) error {
	if in.sheet == nil {
		begin, err := in.begin()
		if err != nil {
			return err
		}
		for _, f := range formats() {
			if f.claims(head{path: in.path, text: begin}) {
				return x.readAs(ctx, in, f)
			}
		}
		if isScript(begin) {
			return x.unknown(in, fmt.Errorf("%s is none of the files that presencia knows; %s", in.name, knownFormats()))
		}
		in.sheet = newCSV(in)
	}
	return x.table(ctx, in)
}

func (x *reading) readAs(ctx context.Context, in *input, f format) error {
	if err := x.platform(in, f.about()); err != nil {
		return err
	}
	x.report.Files = append(x.report.Files, File{Name: in.name, Format: f.about().Name})
	before := x.report.Rows
	x.note(f.about().Note)
	err := f.read(ctx, x, in)
	x.report.Files[len(x.report.Files)-1].Rows = x.report.Rows - before
	return err
}

// unknown is the end of what no format claims: an error where the user has named it, nothing where it lay beside.
func (x *reading) unknown(in *input, err error) error {
	if in.named {
		return err
	}
	x.report.Ignored++
	return nil
}

// isScript tells JSON and JavaScript from tables, which begin with the name of a column.
func isScript(begin string) bool {
	return strings.HasPrefix(begin, "{") || strings.HasPrefix(begin, "[") || strings.HasPrefix(begin, "window.") || strings.HasPrefix(begin, "Grailbird.")
}
