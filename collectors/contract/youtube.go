package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/youtube/v3"
)

// Google's own discovery document, of which only this is read.
type (
	discovery struct {
		Parameters map[string]schema   `json:"parameters"`
		Resources  map[string]resource `json:"resources"`
		Schemas    map[string]schema   `json:"schemas"`
	}
	resource struct {
		Methods map[string]method `json:"methods"`
	}
	method struct {
		Path       string            `json:"path"`
		HTTPMethod string            `json:"httpMethod"`
		Parameters map[string]schema `json:"parameters"`
		Response   schema            `json:"response"`
	}
	schema struct {
		Ref                  string            `json:"$ref"`
		Type                 string            `json:"type"`
		Format               string            `json:"format"`
		Enum                 []string          `json:"enum"`
		Pattern              string            `json:"pattern"`
		Minimum              string            `json:"minimum"`
		Maximum              string            `json:"maximum"`
		Required             bool              `json:"required"`
		Repeated             bool              `json:"repeated"`
		Items                *schema           `json:"items"`
		Properties           map[string]schema `json:"properties"`
		AdditionalProperties *schema           `json:"additionalProperties"`
	}
)

// youTube holds exchanges to the discovery document, and gives each answer to Google's client: it has to send the
// same request, and to understand everything that was answered.
func youTube(ctx context.Context, all []exchange) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		return fmt.Errorf("find the module of Google's client: %w", err)
	}
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "youtube", "v3", "youtube-api.json"))
	if err != nil {
		return err
	}
	var d discovery
	if err := json.Unmarshal(raw, &d); err != nil {
		return err
	}
	oracle, err := newOracle(ctx)
	if err != nil {
		return err
	}
	defer oracle.Close()

	var failures []error
	fail := func(e exchange, err error) {
		if err != nil && len(failures) < 20 {
			failures = append(failures, fmt.Errorf("%s%s %s: %w", e.Path, e.Schema, e.Query.Encode(), err))
		}
	}
	seen, reasons := map[string]int{}, map[string]int{}
	for _, e := range all {
		if e.Schema != "" {
			fail(e, d.decodes(e.Schema, e.Fields))
			seen["records"]++
			continue
		}
		name, m, ok := d.method(e.Path)
		if !ok {
			fail(e, errors.New("there is no such path"))
			continue
		}
		fail(e, d.request(m, e))
		if e.Status == http.StatusOK {
			var v any
			if err := json.Unmarshal(e.Answer, &v); err != nil {
				fail(e, err)
				continue
			}
			fail(e, d.value(m.Response, v, "answer"))
		}
		reason, err := oracle.ask(name, e)
		fail(e, err)
		seen[name]++
		if reason != "" {
			reasons[reason]++
		}
	}
	// A contract over nothing would always hold.
	for _, name := range []string{"channels", "playlistItems", "videos", "commentThreads", "comments", "records"} {
		if seen[name] == 0 {
			failures = append(failures, fmt.Errorf("the tests have no exchange of %s", name))
		}
	}
	for _, reason := range []string{"quotaExceeded", "commentsDisabled", "playlistNotFound", "unknownPart"} {
		if reasons[reason] == 0 {
			failures = append(failures, fmt.Errorf("the tests have no answer %s", reason))
		}
	}
	if len(failures) == 0 {
		fmt.Printf("contract: YouTube: %d exchanges and records hold, by Google's description and by Google's client: %v, %v\n", len(all), seen, reasons)
	}
	return errors.Join(failures...)
}

func (d *discovery) method(path string) (name string, m method, ok bool) {
	for name, r := range d.Resources {
		if m, ok := r.Methods["list"]; ok && "/"+m.Path == path {
			return name, m, true
		}
	}
	return "", method{}, false
}

// request holds the parameters to the description: that they exist, are there where they must be, and within limits. The
// parts that are asked for are properties of the records.
func (d *discovery) request(m method, e exchange) error {
	if e.Method != m.HTTPMethod {
		return fmt.Errorf("it is asked for by %s", e.Method)
	}
	for name, p := range m.Parameters {
		if p.Required && !e.Query.Has(name) {
			return fmt.Errorf("%s is required", name)
		}
	}
	for name, values := range e.Query {
		p, ok := m.Parameters[name]
		if !ok {
			p, ok = d.Parameters[name]
		}
		if !ok || len(values) != 1 {
			return fmt.Errorf("there is no parameter %s, or it is given twice", name)
		}
		list := values
		if p.Repeated {
			list = strings.Split(values[0], ",")
		}
		for _, v := range list {
			if err := d.value(schema{Type: p.Type, Format: p.Format, Enum: p.Enum, Pattern: p.Pattern}, parameter(p, v), name); err != nil {
				return err
			}
			n, err := strconv.Atoi(v)
			least, errLeast := strconv.Atoi(p.Minimum)
			most, errMost := strconv.Atoi(p.Maximum)
			if err == nil && (errLeast == nil && n < least || errMost == nil && n > most) {
				return fmt.Errorf("%s is %d, it has to be between %s and %s", name, n, p.Minimum, p.Maximum)
			}
		}
	}
	items := d.Schemas[m.Response.Ref].Properties["items"]
	if items.Items == nil {
		return errors.New("its answer has no items")
	}
	for part := range strings.SplitSeq(e.Query.Get("part"), ",") {
		if _, ok := d.Schemas[items.Items.Ref].Properties[part]; !ok {
			return fmt.Errorf("%s has no part %s", items.Items.Ref, part)
		}
	}
	return nil
}

func parameter(p schema, v string) any {
	if p.Type == "integer" {
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			return n
		}
	}
	return v
}

// value holds a value of JSON to a schema; nothing may be in it that is not described.
func (d *discovery) value(s schema, v any, at string) error {
	if s.Ref != "" {
		s = d.Schemas[s.Ref]
	}
	wrong := fmt.Errorf("%s is %v, described as %s %s", at, v, s.Type, s.Format)
	switch s.Type {
	case "object":
		m, ok := v.(map[string]any)
		if !ok {
			return wrong
		}
		for k, child := range m {
			p, ok := s.Properties[k]
			if !ok && s.AdditionalProperties != nil {
				p, ok = *s.AdditionalProperties, true
			}
			if !ok {
				return fmt.Errorf("%s has no %s", at, k)
			}
			if err := d.value(p, child, at+"."+k); err != nil {
				return err
			}
		}
	case "array":
		list, ok := v.([]any)
		if !ok {
			return wrong
		}
		for _, child := range list {
			if err := d.value(*s.Items, child, at+"[]"); err != nil {
				return err
			}
		}
	case "string":
		text, ok := v.(string)
		var err error
		switch s.Format {
		case "uint64":
			_, err = strconv.ParseUint(text, 10, 64)
		case "int64":
			_, err = strconv.ParseInt(text, 10, 64)
		case "date-time":
			_, err = time.Parse(time.RFC3339, text)
		}
		if !ok || err != nil || len(s.Enum) > 0 && !slices.Contains(s.Enum, text) || s.Pattern != "" && !regexp.MustCompile("^(?:"+s.Pattern+")$").MatchString(text) {
			return wrong
		}
	case "integer", "number":
		if _, ok := v.(float64); !ok {
			return wrong
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			return wrong
		}
	}
	return nil
}

// decodes checks that the paths of fields lead to something that is described.
func (d *discovery) decodes(name string, fields []string) error {
	for _, path := range fields {
		s := d.Schemas[name]
		for key := range strings.SplitSeq(path, ".") {
			if s.Items != nil {
				s = *s.Items
			}
			if s.Ref != "" {
				s = d.Schemas[s.Ref]
			}
			p, ok := s.Properties[key]
			if !ok {
				return fmt.Errorf("there is no %s: %s", path, key)
			}
			s = p
		}
	}
	return nil
}

// oracle is Google's client before a server that answers what it is told to.
type oracle struct {
	*httptest.Server
	client *youtube.Service
	next   exchange
	asked  url.Values
}

func newOracle(ctx context.Context) (*oracle, error) {
	o := &oracle{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.asked = r.URL.Query()
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.WriteHeader(o.next.Status)
		_, _ = w.Write(o.next.Answer)
	}))
	var err error
	o.client, err = youtube.NewService(ctx, option.WithEndpoint(o.URL), option.WithAPIKey("key"))
	return o, err
}

// ask lets the client make the request of an exchange, and compares what it sent and what it understood. It answers the
// reason of an error.
func (o *oracle) ask(resource string, e exchange) (reason string, err error) {
	o.next, o.asked = e, nil
	q := e.Query
	list := func(name string) []string { return strings.Split(q.Get(name), ",") }
	number, _ := strconv.ParseInt(q.Get("maxResults"), 10, 64)
	var got any
	switch part := list("part"); resource {
	case "channels":
		c := o.client.Channels.List(part)
		if q.Has("id") {
			c.Id(list("id")...)
		}
		if q.Has("forHandle") {
			c.ForHandle(q.Get("forHandle"))
		}
		if q.Has("maxResults") {
			c.MaxResults(number)
		}
		got, err = c.Do()
	case "playlistItems":
		c := o.client.PlaylistItems.List(part).PlaylistId(q.Get("playlistId")).MaxResults(number)
		if q.Has("pageToken") {
			c.PageToken(q.Get("pageToken"))
		}
		got, err = c.Do()
	case "videos":
		got, err = o.client.Videos.List(part).Id(list("id")...).Do()
	case "commentThreads":
		c := o.client.CommentThreads.List(part).AllThreadsRelatedToChannelId(q.Get("allThreadsRelatedToChannelId")).MaxResults(number).Order(q.Get("order")).TextFormat(q.Get("textFormat"))
		if q.Has("pageToken") {
			c.PageToken(q.Get("pageToken"))
		}
		got, err = c.Do()
	case "comments":
		c := o.client.Comments.List(part).TextFormat(q.Get("textFormat"))
		if q.Has("id") {
			c.Id(list("id")...)
		} else {
			c.ParentId(q.Get("parentId")).MaxResults(number)
		}
		if q.Has("pageToken") {
			c.PageToken(q.Get("pageToken"))
		}
		got, err = c.Do()
	default:
		return "", errors.New("the oracle does not know this resource")
	}
	if ours, theirs := plain(q), plain(o.asked); !reflect.DeepEqual(ours, theirs) {
		return "", fmt.Errorf("Google's client asks differently: %v, and not %v", theirs, ours)
	}
	var refused *googleapi.Error
	switch {
	case e.Status != http.StatusOK:
		if !errors.As(err, &refused) || refused.Code != e.Status || len(refused.Errors) == 0 || refused.Errors[0].Reason == "" {
			return "", fmt.Errorf("Google's client takes the refusal for %v", err)
		}
		return refused.Errors[0].Reason, nil
	case err != nil:
		return "", fmt.Errorf("Google's client: %w", err)
	}
	raw, err := json.Marshal(got)
	if err != nil {
		return "", err
	}
	var sent, understood any
	if err := errors.Join(json.Unmarshal(e.Answer, &sent), json.Unmarshal(raw, &understood)); err != nil {
		return "", err
	}
	return "", within(sent, understood, "answer")
}

// plain is a query without what says who asks and in which form, lists in one piece.
func plain(q url.Values) map[string]string {
	out := map[string]string{}
	for k, v := range q {
		if k != "key" && k != "alt" && k != "prettyPrint" {
			out[k] = strings.Join(v, ",")
		}
	}
	return out
}

// within checks that everything that was sent was understood; the client writes no zero values.
func within(sent, understood any, at string) error {
	switch s := sent.(type) {
	case map[string]any:
		u, _ := understood.(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(s)) {
			if err := within(s[k], u[k], at+"."+k); err != nil {
				return err
			}
		}
	case []any:
		u, _ := understood.([]any)
		if len(u) != len(s) {
			return fmt.Errorf("%s: %d of %d are understood", at, len(u), len(s))
		}
		for i := range s {
			if err := within(s[i], u[i], at+"[]"); err != nil {
				return err
			}
		}
	default:
		if zero := sent == "" || sent == false || sent == 0.0 || sent == nil || sent == "0"; !zero && !reflect.DeepEqual(sent, understood) {
			return fmt.Errorf("%s: %v is understood as %v", at, sent, understood)
		}
	}
	return nil
}
