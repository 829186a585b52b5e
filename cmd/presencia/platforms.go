package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"presencia/collectors"
	"presencia/collectors/export"
	"presencia/pipeline"
)

type platformsCmd struct {
	Format string `help:"text, md (the tables of the README) or json." enum:"text,md,json" default:"text" placeholder:"FORM"`
}

// Help tells what the one line of the overview leaves out.
func (platformsCmd) Help() string {
	return `What the collectors themselves declare of each network, in the best case: what an account really gives may need its own
credential. yes: it is read. file: it comes only with a file that the network or a tool exports, see presencia import.
none: it has no meaning there. ?: the network does not tell, or not to us; such a figure is unknown in every report, and
never zero. The proof says what the collector has been tested against: the software of a real server,
a specification of the API that others wrote, or our own stub, which is the weakest.

  presencia platforms
  presencia platforms --format json`
}

// fieldGroups are the columns of the tables, in the order in which readers see them.
var fieldGroups = []struct {
	title  string
	fields []fieldColumn
}{
	{"account", []fieldColumn{
		{"followers", pipeline.FieldFollowers}, {"following", pipeline.FieldFollowing}, {"posts", pipeline.FieldPostCount}, {"name", pipeline.FieldDisplayName},
		{"bio", pipeline.FieldBio}, {"website", pipeline.FieldWebsite}, {"links", pipeline.FieldLinks}, {"avatar", pipeline.FieldAvatar}, {"header", pipeline.FieldHeader},
		{"verified", pipeline.FieldVerified}, {"protected", pipeline.FieldProtected}, {"created", pipeline.FieldCreatedAt}, {"last post", pipeline.FieldLastPostAt},
	}},
	{"posts", []fieldColumn{
		{"text", pipeline.FieldText}, {"language", pipeline.FieldPostLanguage}, {"kind", pipeline.FieldKind}, {"links", pipeline.FieldPostLinks}, {"hashtags", pipeline.FieldHashtags},
		{"mentions", pipeline.FieldMentions}, {"media", pipeline.FieldMedia}, {"alt text", pipeline.FieldAlt}, {"captions", pipeline.FieldCaptions},
	}},
	{"conversation", []fieldColumn{
		{"likes", pipeline.FieldLikes}, {"replies", pipeline.FieldReplies}, {"reposts", pipeline.FieldReposts}, {"saves", pipeline.FieldSaves}, {"views", pipeline.FieldViews},
		{"reach", pipeline.FieldReach}, {"messages", pipeline.FieldMessages},
	}},
}

type fieldColumn struct {
	head  string
	field pipeline.Field
}

// Run prints the tables of capabilities, which are made from the collectors themselves.
func (cmd *platformsCmd) Run(p *program) error {
	switch cmd.Format {
	case "json":
		return platformsJSON(p.stdout)
	case "md":
		_, err := io.WriteString(p.stdout, platformsMarkdown())
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for i, t := range platformTables() {
		if i > 0 {
			fmt.Fprintln(w)
		}
		for _, row := range t {
			fmt.Fprintln(w, strings.Join(row, "\t"))
		}
		if err := w.Flush(); err != nil { // columns of one table only
			return err
		}
	}
	return nil
}

func platformsMarkdown() string {
	var b strings.Builder
	for i, t := range platformTables() {
		if i > 0 {
			b.WriteString("\n")
		}
		for j, row := range t {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
			if j == 0 {
				b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
			}
		}
	}
	return b.String()
}

// platformTables has a table for each group of fields with a row for each platform, heads first.
func platformTables() [][][]string {
	known, files := capabilities(), filed()
	var tables [][][]string
	for i, g := range fieldGroups {
		head := []string{g.title}
		if i == 0 {
			head = append(head, "proof")
		}
		for _, f := range g.fields {
			head = append(head, f.head)
		}
		rows := [][]string{head}
		for _, name := range pipeline.Platforms {
			c, live := known[name]
			row := []string{string(name)}
			if i == 0 && live {
				row = append(row, string(c.Proof))
			} else if i == 0 {
				row = append(row, "by file")
			}
			for _, f := range g.fields {
				row = append(row, strings.Replace(state(c, files[name], f.field), "unknown", "?", 1))
			}
			rows = append(rows, row)
		}
		tables = append(tables, rows)
	}
	return tables
}

func capabilities() map[pipeline.Platform]collectors.Capability {
	known := map[pipeline.Platform]collectors.Capability{}
	for _, c := range collectors.Capabilities() {
		known[c.Platform] = c
	}
	return known
}

// filed are the fields of each platform that its own kinds of file give.
func filed() map[pipeline.Platform][]pipeline.Field {
	files := map[pipeline.Platform][]pipeline.Field{}
	for _, f := range export.Formats() {
		for _, p := range f.Platforms {
			files[p] = append(files[p], f.Gives...)
		}
	}
	return files
}

// state is what is known of a field on a platform.
func state(c collectors.Capability, files []pipeline.Field, f pipeline.Field) string {
	switch {
	case slices.Contains(c.Gives, f):
		return "yes"
	case slices.Contains(c.NotApplicable, f):
		return "none"
	case slices.Contains(files, f):
		return "file"
	}
	return "unknown"
}

func platformsJSON(w io.Writer) error {
	type platform struct {
		Platform pipeline.Platform         `json:"platform"`
		Live     bool                      `json:"live"`
		Proof    collectors.Proof          `json:"proof,omitempty"`
		Fields   map[pipeline.Field]string `json:"fields"`
	}
	known, files := capabilities(), filed()
	var all []platform
	for _, name := range pipeline.Platforms {
		c, live := known[name]
		p := platform{name, live, c.Proof, map[pipeline.Field]string{}}
		for _, g := range fieldGroups {
			for _, f := range g.fields {
				p.Fields[f.field] = state(c, files[name], f.field)
			}
		}
		all = append(all, p)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(all)
}
