package register

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// brief writes entries and what was not read, a line each.
func brief(entries []Entry, errs Errors) string {
	var b strings.Builder
	for _, e := range entries {
		a := e.Account
		fmt.Fprintf(&b, "%d %s | %s %s", e.Line, e.Department, a.Platform, a.Handle)
		for _, f := range []struct{ name, value string }{
			{"id", string(a.ID)}, {"stable", a.StableID}, {"server", a.Server}, {"owner", a.Owner}, {"languages", strings.Join(a.Languages, " ")},
			{"opened", a.Opened.String()}, {"closed", a.Closed.String()}, {"group", string(e.Group)}, {"admins", map[bool]string{true: fmt.Sprint(a.Admins)}[a.Admins > 0]},
		} {
			if f.value != "" {
				fmt.Fprintf(&b, " %s=%s", f.name, f.value)
			}
		}
		b.WriteByte('\n')
	}
	for _, e := range errs {
		b.WriteString("! " + e.Error() + "\n")
	}
	return b.String()
}

func TestForeign(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{
			"Spanish, one row an account", "cuentas.csv",
			"Departamento;Red social;Usuario;Enlace;Fecha de alta;Baja;Idiomas;Correo electrónico;Grupo;Administradores\n" +
				"Turismo;Twitter;@turismo_ej;;12/03/2012;;castellano y valenciano;turismo@dip.example;participante;2\n" +
				"Cultura;;;https://www.facebook.com/cultura.ej/;2013-01-02;31/12/2020;es, en;;;\n" +
				";;;;;;;;;\n" +
				"Cultura;MySpace;cultura;;;;;;;\n" +
				"Cultura;Instagram;;;;;;;;\n" +
				"Cultura;Instagram;https://x.com/cultura_ej;;ayer;;;;otros más;pocos\n",
			`2 Turismo | x @turismo_ej owner=turismo@dip.example languages=es ca-ES-valencia opened=2012-03-12 group=participant admins=2
3 Cultura | facebook cultura.ej languages=es en opened=2013-01-02 closed=2020-12-31
! cuentas.csv:5: platform: "MySpace" is not a network that presencia knows; it has mastodon, bluesky, x, facebook, instagram, threads, youtube, linkedin, tiktok, telegram, flickr, feed, wordpress
! cuentas.csv:6: the row has neither a handle nor an address
! cuentas.csv:7: group: "otros más" is not a group; write participant, comparison or other
! cuentas.csv:7: admins: "pocos" is not a number of people; it is left out
! cuentas.csv:7: opened: "ayer" is not a date; write it as YYYY-MM-DD or DD/MM/YYYY; it is left out
! cuentas.csv:7: handle: "https://x.com/cultura_ej" is the address of an account of x, not of instagram; correct one of them
`,
		},
		{
			"Valencian, one row a department", "xarxes.tsv",
			"Àrea\tTwitter\tFacebook\tInstagram\tCanal de YouTube\tEdat\n" +
				"Turisme\t@turisme_ex\thttps://facebook.com/turisme.ex\t-\tyoutube.com/@turismeex\t3\n" +
				"\"Arxiu\ni museu\"\t\t\tno\t\t\n" +
				"Esports\thttps://twitter.com/esports_ex @esports2_ex\t\t\t\t\n",
			`2 Turisme | x @turisme_ex
2 Turisme | facebook turisme.ex
2 Turisme | youtube @turismeex
5 Esports | x @esports_ex
5 Esports | x @esports2_ex
! xarxes.tsv:1: Edat: what this column holds is not known; it is not read
! xarxes.tsv:3: the row has neither a handle nor an address
`,
		},
		{
			"English, addresses only, every network", "list.csv",
			"url,id\nhttps://social.example/@office,a\nhttps://bsky.app/profile/office.example,b\nhttps://x.com/office,\nhttps://www.facebook.com/office,\nhttps://www.instagram.com/office,\n" +
				"https://www.threads.com/@office,\nhttps://www.youtube.com/channel/UCabcdefghijklmnopqrstuv,\nhttps://www.linkedin.com/company/office,\nhttps://www.tiktok.com/@office,\n" +
				"https://t.me/office,\nhttps://www.flickr.com/photos/office,\nhttps://www.town.example/feed,\nhttps://office.wordpress.com,\nhttps://www.town.example/contact,\n",
			`2  | mastodon @office@social.example id=a
3  | bluesky @office.example id=b
4  | x @office
5  | facebook office
6  | instagram @office
7  | threads @office
8  | youtube UCabcdefghijklmnopqrstuv stable=UCabcdefghijklmnopqrstuv
9  | linkedin office
10  | tiktok @office
11  | telegram @office
12  | flickr office
13  | feed town.example server=https://www.town.example/feed
14  | wordpress office server=https://office.wordpress.com/
! list.csv:15: handle: "https://www.town.example/contact" is not the address of a profile; write that, or the handle
`,
		},
		{
			"feeds and sites named as such", "f.csv",
			"network,link\nRSS,https://www.town.example/noticias?format=xml\nwordpress,https://blog.town.example/\nfeed,noticias\nmastodon,@office\n",
			`2  | feed town.example server=https://www.town.example/noticias?format=xml
3  | wordpress blog.town.example server=https://blog.town.example/
! f.csv:4: handle: "noticias" is not an address; write that of the feed, for example https://town.example/feed/
! f.csv:5: handle: "@office" does not say on which server it is; write @office@social.example
`,
		},
		{"Windows-1252", "w.csv", "\xc0rea,Usuari,Xarxa\nPromoci\xf3,promo,twitter\n", "2 Promoció | x @promo\n"},
		{"a mark and UTF-16", "u.csv", utf16("Área,Usuario,Red\nPromoción,promo,X\n"), "2 Promoción | x @promo\n"},
		{"a quote that does not close", "q.csv", "handle,network\na,x\n\"b,x\n", "2  | x @a\n! q.csv:3: the quotes of this row cannot be read (extraneous or missing \" in quoted-field); what follows is not read\n"},
		{"nothing", "e.csv", "", "! e.csv:1: the file is empty, or its first line cannot be read (EOF)\n"},
		{"a workbook", "w.csv", "PK\x03\x04\x00\x00", "! w.csv:1: this is not a text file; save the sheet as CSV (UTF-8) and import that\n"},
		{"no such columns", "n.csv", "a,b\n1,2\n", "! n.csv:1: a: what this column holds is not known; it is not read\n! n.csv:1: b: what this column holds is not known; it is not read\n" +
			"! n.csv:1: no column holds handles or addresses; the first line needs a column handle or url (usuario, enlace …), or one for each network, and has [\"a\" \"b\"]\n"},
		{
			"congress-legislators", "l.yaml",
			`# a comment
- id: {bioguide: A000001, govtrack: 1}
  social:
    twitter: RepOne
    twitter_id: 123
    facebook: 100064
    youtube_id: UCabcdefghijklmnopqrstuv
    instagram_id: 999
    mastodon: "@RepOne@social.example"
- id: {bioguide: B000002}
  name: {official_full: Two Persons}
  social:
    youtube: RepTwo
    youtube_id: UCabcdefghijklmnopqrstuz
    twitter:
    parler: RepTwo
    mastodon: RepTwo
- id: {bioguide: C000003}
`,
			`4 A000001 | x @RepOne stable=123
6 A000001 | facebook 100064
7 A000001 | youtube UCabcdefghijklmnopqrstuv stable=UCabcdefghijklmnopqrstuv
8 A000001 | instagram @999 stable=999
9 A000001 | mastodon @RepOne@social.example
13 Two Persons | youtube RepTwo stable=UCabcdefghijklmnopqrstuz
! l.yaml:16: parler: "parler" is not a network that presencia knows; it has mastodon, bluesky, x, facebook, instagram, threads, youtube, linkedin, tiktok, telegram, flickr, feed, wordpress
! l.yaml:17: mastodon: "RepTwo" does not say on which server it is; write @reptwo@social.example
! l.yaml:18: the entry has no social: with its accounts
`,
		},
		{"a register of ours", "r.yaml", smallest, "! r.yaml:1: this is a register of presencia already; name it with --register\n"},
		{"another tree", "r.yaml", "a: b\n", "! r.yaml:1: a group of fields where a list is expected, each of whose entries has social: with an account for each network\n"},
		{"broken YAML", "r.yaml", "- a: [\n", "! r.yaml:1: this cannot be read (did not find expected node content); look at the quotes, brackets, colons and indentation here\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, brief(Foreign(c.file, []byte(c.text)))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func utf16(s string) string {
	b := []byte("\xff\xfe")
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return string(b)
}

// TestForeignReadsARealList takes in the real list of a parliament's accounts.
func TestForeignReadsARealList(t *testing.T) {
	folder := os.Getenv("PRESENCIA_REFERENCE")
	if folder == "" {
		t.Skip("PRESENCIA_REFERENCE names no folder")
	}
	text, err := os.ReadFile(filepath.Join(folder, "realdata", "legislators-social-media.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	entries, errs := Foreign("legislators-social-media.yaml", text)
	of := map[pipeline.Platform]int{}
	stable := 0
	for _, e := range entries {
		of[e.Account.Platform]++
		if e.Account.StableID != "" {
			stable++
		}
	}
	if of[pipeline.X] < 500 || of[pipeline.Facebook] < 480 || of[pipeline.Instagram] < 400 || of[pipeline.YouTube] < 250 || of[pipeline.Mastodon] < 10 || stable < 600 {
		t.Errorf("read %v, %d with stable id", of, stable)
	}
	t.Logf("read %v, %d with stable id; not read:\n%v", of, stable, errs)
	in := pipeline.Institution{Name: "A parliament", TimeZone: "America/New_York", Languages: []string{"en"}}
	a, err := Add("institution.yaml", Blank(in), entries, Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse("institution.yaml", a.Text)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d departments, %d accounts, %d known (%+v), refused:\n%v", len(r.Departments), len(r.Accounts), len(a.Known), a.Known, a.Refused)
	if len(r.Accounts) != len(a.Accounts) || len(r.Accounts)+len(a.Known)+len(a.Refused) != len(entries) {
		t.Errorf("%d entries became %d accounts, %d known, %d refused", len(entries), len(r.Accounts), len(a.Known), len(a.Refused))
	}
	again, err := Add("institution.yaml", a.Text, entries, Defaults{})
	if err != nil || len(again.Accounts) != 0 || string(again.Text) != string(a.Text) {
		t.Errorf("the second time: %d added, %v", len(again.Accounts), err)
	}
}

func FuzzForeign(f *testing.F) {
	f.Add("a.csv", []byte("handle,network\na,x\n"))
	f.Add("a.csv", []byte("Àrea;Twitter;Facebook\nA;@a;https://facebook.com/a\n"))
	f.Add("a.yaml", []byte("- id: {bioguide: A}\n  social: {twitter: a, twitter_id: 1}\n"))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		entries, _ := Foreign(name, b)
		for _, e := range entries {
			if e.Account.Platform == "" || e.Account.Handle == "" {
				t.Fatalf("%+v", e)
			}
		}
		before := []byte(smallest)
		a, err := Add("r.yaml", before, entries, Defaults{Department: "office"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := Parse("r.yaml", a.Text)
		if err != nil {
			t.Fatalf("not valid afterwards: %v\n%s", err, a.Text)
		}
		if len(r.Accounts) != 1+len(a.Accounts) {
			t.Fatalf("%d accounts, %d added", len(r.Accounts), len(a.Accounts))
		}
	})
}
