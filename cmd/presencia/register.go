package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"presencia/collectors"
	"presencia/pipeline"
	"presencia/pipeline/register"
)

type registerCmd struct {
	Import   registerImportCmd   `cmd:"" help:"Take accounts from other lists into the register."`
	Discover registerDiscoverCmd `cmd:"" help:"List the accounts that an official website names, and which of them the register lacks."`
}

// intoRegister is how accounts from elsewhere come into the register.
type intoRegister struct {
	Department string `help:"The department that answers for accounts that name none, by id or name." placeholder:"ID"`
	Group      string `help:"The group of new departments: participant, comparison or other." enum:"participant,comparison,other" default:"other" placeholder:"GROUP"`
	DryRun     bool   `help:"Print the register as it would be, and write nothing."`

	Name     string   `help:"For a new register: the institution's name." placeholder:"NAME"`
	Zone     string   `help:"For a new register: its time zone." default:"Europe/Madrid" placeholder:"ZONE"`
	Language []string `help:"For a new register: its languages, the main one first." default:"es" placeholder:"TAG"`
}

type registerImportCmd struct {
	intoRegister
	Files []string `arg:"" name:"file" help:"CSV files, or registers in the form of congress-legislators." type:"existingfile"`
}

// Help tells what the one line of the overview leaves out.
func (registerImportCmd) Help() string {
	return `Reads CSV files with a row for each account, or a row for each department with a column for each network, and YAML
files in the form of congress-legislators. Columns are known by what they are called in Spanish, Valencian and
English: department, platform, handle, url, id, stable_id, group, language, owner, admins, opened, closed. An address of
a profile is turned into network and handle. Dates are YYYY-MM-DD or DD/MM/YYYY.

What the register has already is not added again; its comments and all else in it stay as they are. Where there is
no register one is begun, with --name. What could not be read is listed with its line, and the exit code is then 1.

  presencia register import cuentas.csv --dry-run
  presencia register import cuentas.csv --department presidencia
  presencia register import legislators-social-media.yaml --name "A parliament" --language en`
}

func (cmd *registerImportCmd) Run(p *program, c *cli) error {
	var entries []register.Entry
	var unread register.Errors
	for _, file := range cmd.Files {
		b, err := os.ReadFile(file)
		if err != nil {
			return withCode(exitConfig, fmt.Errorf("read the list of accounts: %w", err))
		}
		found, errs := register.Foreign(file, b)
		entries, unread = append(entries, found...), append(unread, errs...)
	}
	if len(entries) == 0 && len(unread) > 0 {
		return withCode(exitConfig, fmt.Errorf("no account could be read:\n%w", unread))
	}
	return cmd.add(p, c, entries, unread)
}

type registerDiscoverCmd struct {
	intoRegister
	Add       bool   `help:"Add those that the register lacks to it."`
	AllowHTTP bool   `name:"allow-http" help:"Read a site on this machine over plain HTTP."`
	URL       string `arg:"" optional:"" name:"url" help:"The website; by default the institution's, as the register has it."`
}

// Help tells what the one line of the overview leaves out.
func (registerDiscoverCmd) Help() string {
	return `Reads the first page of the website and up to nine of its pages that look as if they listed accounts (redes sociales,
xarxes, social media, contact), and lists the accounts and feeds that they name: by links, rel=me, the sameAs of
JSON-LD and twitter:site. Share buttons and links to posts are no accounts. "links back" is whether the profile names
the site, which is asked of Mastodon, Bluesky and feeds; other networks show it to nobody without credentials.

  presencia register discover https://www.town.example/
  presencia register discover --add --department presidencia`
}

func (cmd *registerDiscoverCmd) Run(ctx context.Context, p *program, c *cli) error {
	r := &pipeline.Register{}
	if _, err := os.Stat(c.Register); !errors.Is(err, fs.ErrNotExist) {
		if r, _, err = p.readRegister(c); err != nil {
			return err
		}
	}
	cmd.URL = cmp.Or(cmd.URL, r.Institution.Website)
	if cmd.URL == "" {
		return withCode(exitUsage, errors.New("name the website: presencia register discover https://www.town.example/"))
	}
	d, err := collectors.Discover(ctx, collectors.Options{Version: version, Contact: r.Institution.Contact, Log: p.logger(c)}, cmd.URL, cmd.AllowHTTP)
	if err != nil {
		return withCode(exitAllFailed, err)
	}
	for _, g := range d.Gaps {
		fmt.Fprintf(p.stderr, "not read: %v\n", g.Cause)
	}
	if len(d.Accounts) == 0 {
		_, err := fmt.Fprintf(p.stdout, "%s of the site name no account.\n", plural(len(d.Pages), "page"))
		return err
	}
	var entries []register.Entry
	for _, f := range d.Accounts {
		entries = append(entries, register.Entry{File: f.Page, Account: f.Account})
	}
	text, err := cmd.current(c)
	if err != nil {
		return err
	}
	// Whatever department is named, to tell what is known from what is not.
	known := map[string]register.Known{}
	compared, err := register.Add(c.Register, text, entries, register.Defaults{Department: "?"})
	if err != nil {
		return withCode(exitConfig, err)
	}
	for _, k := range compared.Known {
		if _, ok := r.Account(k.As.ID); ok { // and not another account of the site
			known[accountKey(k.Account)] = k
		}
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "network\taccount\tnamed by\tlinks back\tin the register")
	lacking := 0
	for _, f := range d.Accounts {
		in := "no"
		k, ok := known[accountKey(f.Account)]
		switch {
		case !ok:
			lacking++
		case k.Differs != "":
			in = fmt.Sprintf("%s: %s", k.As.ID, k.Differs)
		default:
			in = string(k.As.ID)
		}
		called := f.Handle
		if f.Platform == pipeline.Feed || f.Platform == pipeline.WordPress {
			called = f.Server
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Platform, called, f.How, f.Back, in)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "\n%s on %s; the register lacks %d.\n", plural(len(d.Accounts), "account"), plural(len(d.Pages), "page"), lacking)
	switch {
	case !cmd.Add && lacking > 0:
		fmt.Fprintln(p.stdout, "'--add' adds them; look first whether all of them are the institution's own.")
		return nil
	case !cmd.Add:
		return nil
	}
	return cmd.add(p, c, entries, nil)
}

func accountKey(a pipeline.Account) string {
	return string(a.Platform) + " " + a.Handle + " " + a.Server
}

// current is the register's text, or that of a new one.
func (o *intoRegister) current(c *cli) ([]byte, error) {
	text, err := os.ReadFile(c.Register)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return register.Blank(pipeline.Institution{Name: cmp.Or(o.Name, "The institution"), TimeZone: o.Zone, Languages: o.Language}), nil
	case err != nil:
		return nil, withCode(exitConfig, fmt.Errorf("read the register: %w", err))
	}
	return text, nil
}

// add writes entries to the register and tells what became of each.
func (o *intoRegister) add(p *program, c *cli, entries []register.Entry, unread register.Errors) error {
	text, err := o.current(c)
	if err != nil {
		return err
	}
	_, missing := os.Stat(c.Register)
	a, err := register.Add(c.Register, text, entries, register.Defaults{Department: o.Department, Group: pipeline.Group(o.Group)})
	if err != nil {
		return withCode(exitConfig, err)
	}
	unread = append(unread, a.Refused...)
	out := p.stdout
	if o.DryRun {
		out = p.stderr
	}
	for _, d := range a.Departments {
		fmt.Fprintf(out, "new department %s: %s (%s)\n", d.ID, d.Name, d.Group)
	}
	for _, x := range a.Accounts {
		fmt.Fprintf(out, "new account %s: %s %s of %s\n", x.As.ID, x.As.Platform, x.As.Handle, x.As.Department)
	}
	for _, k := range a.Known {
		at := k.File
		if k.Line > 0 {
			at = fmt.Sprintf("%s:%d", k.File, k.Line)
		}
		if k.Differs != "" {
			fmt.Fprintf(p.stderr, "known: %s: %s %s: %s\n", at, k.Account.Platform, k.Account.Handle, k.Differs)
		} else {
			fmt.Fprintf(out, "known already: %s: %s %s is %s\n", at, k.Account.Platform, k.Account.Handle, k.As.ID)
		}
	}
	for _, e := range unread {
		fmt.Fprintf(p.stderr, "not read: %v\n", e)
	}
	switch {
	case o.DryRun:
		if _, err := p.stdout.Write(a.Text); err != nil {
			return err
		}
	case len(a.Accounts) == 0:
		fmt.Fprintf(p.stdout, "Nothing is new; %s is as it was.\n", c.Register)
	default:
		if err := rewrite(c.Register, a.Text); err != nil {
			return withCode(exitConfig, fmt.Errorf("write the register: %w", err))
		}
		if missing != nil {
			schema := filepath.Join(filepath.Dir(c.Register), "institution.schema.json")
			if err := os.WriteFile(schema, register.Schema(), 0o644); err != nil {
				return withCode(exitConfig, err)
			}
		}
		fmt.Fprintf(p.stdout, "Added %s and %s to %s; %d were known.\n", plural(len(a.Accounts), "account"), plural(len(a.Departments), "department"), c.Register, len(a.Known))
	}
	if len(unread) > 0 {
		return withCode(exitFindings, fmt.Errorf("not everything could be taken in: what was left out is named above, %s", plural(len(unread), "line")))
	}
	return nil
}

// rewrite replaces a file that a person keeps: behind a link, and with the permissions that it has.
func rewrite(path string, content []byte) error {
	mode := fs.FileMode(0o644)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	err := replaceFile(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
	if err != nil {
		return err
	}
	return os.Chmod(path, mode)
}
