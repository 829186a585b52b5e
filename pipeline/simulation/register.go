package simulation

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"presencia/pipeline"
)

//go:embed institution.yaml.tmpl
var registerText string

// Register writes the institution.yaml of the world, whose platform is served at base, such as http://127.0.0.1:8080.
// Nothing but the addresses depends on base. Every third account is named by its handle alone, as people often do.
func (w *World) Register(base string) []byte {
	base = strings.TrimSuffix(base, "/")
	data := struct {
		Name, Zone, Domain, Policy string
		Departments                []pipeline.Department
		Accounts                   []pipeline.Account
		Course                     pipeline.Course
		Missed                     []pipeline.Date
		Holidays                   []pipeline.Holiday
		Campaigns                  []pipeline.Campaign
	}{Name: name, Zone: zone, Domain: domain, Policy: policy, Course: pipeline.Course{ID: CourseID, Start: courseOn, End: courseOff}, Missed: missed(), Campaigns: campaigns()}
	for _, d := range w.depts {
		data.Departments = append(data.Departments, pipeline.Department{ID: d.id, Name: d.name, Group: d.group})
	}
	for i, a := range w.accounts {
		v := pipeline.Account{ID: pipeline.AccountID(a.id), Department: a.dept.id, Platform: pipeline.Mastodon, Handle: "@" + a.handle + "@" + host,
			Owner: a.dept.id + "@" + domain, Admins: a.admins, Server: base, Credential: a.credential}
		if i%3 != 0 {
			v.StableID = strconv.Itoa(a.number)
		}
		if !a.social() {
			v.Platform, v.Handle, v.StableID = pipeline.Feed, "blogs."+domain+"/"+a.dept.id, ""
			v.Server = fmt.Sprintf("%s/feeds/%s.%s", base, a.id, a.format)
		}
		if d := pipeline.DateOf(a.opened); d != begin {
			v.Opened = d
		}
		if !a.closed.IsZero() {
			v.Closed = pipeline.DateOf(a.closed)
		}
		data.Accounts = append(data.Accounts, v)
	}
	for _, d := range slices.SortedFunc(maps.Keys(w.holidays), func(a, b pipeline.Date) int { return strings.Compare(a.String(), b.String()) }) {
		data.Holidays = append(data.Holidays, pipeline.Holiday{Date: d, Name: w.holidays[d]})
	}
	var b bytes.Buffer
	if err := template.Must(template.New("institution.yaml").Parse(registerText)).Execute(&b, data); err != nil {
		panic(err) // the template does not fit the data above
	}
	return b.Bytes()
}
