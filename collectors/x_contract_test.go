package collectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"presencia/pipeline"
)

// xDescription is X's own description of its API.
type xDescription struct {
	doc     map[string]any
	schemas *jsonschema.Compiler
}

// readXDescription reads the OpenAPI document of the reference data; nil where they are not at hand.
func readXDescription(t *testing.T) *xDescription {
	t.Helper()
	folder := os.Getenv("PRESENCIA_REFERENCE")
	if folder == "" {
		return nil
	}
	raw, err := os.ReadFile(filepath.Join(folder, "specs", "x-openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	d := &xDescription{doc: doc.(map[string]any), schemas: jsonschema.NewCompiler()}
	asSchema(doc)
	if err := d.schemas.AddResource("x.json", doc); err != nil {
		t.Fatal(err)
	}
	return d
}

// asSchema turns the schemas of OpenAPI 3.0 into those of JSON Schema, and lets no record hold what is not described.
func asSchema(v any) {
	switch v := v.(type) {
	case map[string]any:
		if v["nullable"] == true {
			if kind, ok := v["type"].(string); ok {
				v["type"] = []any{kind, "null"}
			}
			if values, ok := v["enum"].([]any); ok {
				v["enum"] = append(values, nil)
			}
		}
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, child := range v {
			asSchema(child)
		}
	case []any:
		for _, child := range v {
			asSchema(child)
		}
	}
}

// at follows a path of keys, and references on the way.
func (d *xDescription) at(v any, keys ...string) any {
	for {
		m, _ := v.(map[string]any)
		ref, ok := m["$ref"].(string)
		if !ok {
			break
		}
		v = d.at(d.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	if len(keys) == 0 {
		return v
	}
	m, _ := v.(map[string]any)
	return d.at(m[keys[0]], keys[1:]...)
}

// operation finds what a path leads to.
func (d *xDescription) operation(path string) (template string, found any) {
	for template, item := range d.doc["paths"].(map[string]any) {
		pattern := regexp.MustCompile(`\\\{[^}]*\\\}`).ReplaceAllString(regexp.QuoteMeta(template), `[0-9]{1,19}`)
		if regexp.MustCompile("^"+pattern+"$").MatchString(path) && !strings.Contains(path, "/by/") {
			return template, d.at(item, "get")
		}
	}
	return "", nil
}

// validate holds a value to the schema at a place of the document.
func (d *xDescription) validate(place string, value any) error {
	s, err := d.schemas.Compile("x.json#" + place)
	if err != nil {
		return err
	}
	return s.Validate(value)
}

func escaped(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(s)
}

// request holds what is asked for to the description: path, parameters, their values and limits.
func (d *xDescription) request(path string, query url.Values) error {
	template, op := d.operation(path)
	if op == nil {
		return fmt.Errorf("%s is not described", path)
	}
	given := map[string]bool{}
	for i, p := range d.at(op, "parameters").([]any) {
		name, place := d.at(p, "name").(string), d.at(p, "in").(string)
		given[name] = true
		if place == "path" {
			continue
		}
		if !query.Has(name) {
			if d.at(p, "required") == true {
				return fmt.Errorf("%s wants %s", path, name)
			}
			continue
		}
		where := fmt.Sprintf("/paths/%s/get/parameters/%d/schema", escaped(template), i)
		if ref, ok := p.(map[string]any)["$ref"].(string); ok {
			where = strings.TrimPrefix(ref, "#") + "/schema"
		}
		var value any = query.Get(name)
		switch d.at(p, "schema", "type") {
		case "array":
			var list []any
			for v := range strings.SplitSeq(query.Get(name), ",") {
				list = append(list, v)
			}
			value = list
		case "integer":
			value = json.Number(query.Get(name))
		}
		if err := d.validate(where, value); err != nil {
			return fmt.Errorf("%s: %s: %w", path, name, err)
		}
	}
	for name, values := range query {
		if !given[name] || len(values) != 1 {
			return fmt.Errorf("%s knows no parameter %s", path, name)
		}
	}
	return nil
}

// answer holds what was answered to the description.
func (d *xDescription) answer(path string, status int, kind string, body []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	template, _ := d.operation(path)
	code := "200"
	if status != http.StatusOK {
		code = "default"
	}
	kind, _, _ = strings.Cut(kind, ";")
	return d.validate(fmt.Sprintf("/paths/%s/get/responses/%s/content/%s/schema", escaped(template), code, escaped(kind)), value)
}

// xContract passes on to X, and holds both ways to the description where it is at hand.
func xContract(t *testing.T, next http.Handler) http.Handler {
	d := readXDescription(t)
	if d == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.request(r.URL.Path, r.URL.Query()); err != nil {
			t.Error(err)
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		if err := d.answer(r.URL.Path, rec.Code, rec.Header().Get("Content-Type"), rec.Body.Bytes()); err != nil {
			t.Errorf("the fake answers what X would not: %v", err)
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// TestXDescription holds what is asked for, decoded and handled to X's own description of its API.
func TestXDescription(t *testing.T) {
	d := readXDescription(t)
	if d == nil {
		t.Skip("PRESENCIA_REFERENCE names no reference data")
	}
	described := map[string]bool{} // by type and field, as records share types
	for schema, record := range map[string]any{"User": xUser{}, "Post": xPost{}, "Media": xMedia{}, "GetUsersPostsResponse": xAnswer{}, "GetUsersMentionsResponse": xAnswer{},
		"GetPostsByIdsResponse": xAnswer{}, "GetUsersByIdsResponse": xAnswer{}, "GetUsersByUsernamesResponse": xAnswer{}} {
		d.decodes(described, reflect.TypeOf(record), d.at(d.doc, "components", "schemas", schema))
	}
	for field, there := range described {
		if !there {
			t.Errorf("X has no %s", field)
		}
	}
	for name, all := range map[string][]asked{"UserFieldsParameter": xUserFields, "PostFieldsParameter": xPostFields, "MediaFieldsParameter": xPostFields} {
		p := d.at(d.doc, "components", "parameters", name)
		values := d.at(p, "schema", "items", "enum").([]any)
		for _, a := range all {
			if parameter, value, _ := strings.Cut(a.metric, "="); parameter == d.at(p, "name") && !slices.Contains(values, any(value)) {
				t.Errorf("%s knows no %s", parameter, value)
			}
		}
	}
	// Every problem that is documented comes to one of the kinds on which somebody decides.
	kinds := []error{pipeline.ErrGone, pipeline.ErrDenied, pipeline.ErrBadAnswer, pipeline.ErrUnavailable}
	for kind := range d.at(d.doc, "components", "schemas", "Problem", "discriminator", "mapping").(map[string]any) {
		err := xProblem{Type: kind, Title: "T"}.err("@office")
		if !slices.ContainsFunc(kinds, func(k error) bool { return err != nil && strings.Contains(err.Error(), k.Error()) }) {
			t.Errorf("%s becomes %v", kind, err)
		}
	}
	// The guard itself refuses what is not described.
	for uri, valid := range map[string]bool{
		"/2/users/7/tweets?max_results=5&post.fields=lang": true, "/2/users/7/tweets?max_results=4": false, "/2/users/7/tweets?max_results=101": false,
		"/2/users/7/tweets?post.fields=likes": false, "/2/users/by?usernames=a.b": false, "/2/users/by": false, "/2/nothing": false, "/2/users/7/tweets?tweet.fields=lang": false,
	} {
		u, _ := url.Parse(uri)
		if err := d.request(u.Path, u.Query()); (err == nil) != valid {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

// decodes notes of every field of a Go record whether it is one of the schema.
func (d *xDescription) decodes(described map[string]bool, record reflect.Type, schema any) {
	switch {
	case record == reflect.TypeFor[time.Time]() || record == reflect.TypeFor[json.RawMessage]():
	case record.Kind() == reflect.Pointer:
		d.decodes(described, record.Elem(), schema)
	case record.Kind() == reflect.Slice:
		d.decodes(described, record.Elem(), d.at(schema, "items"))
	case record.Kind() == reflect.Struct:
		alternatives, _ := d.at(schema, "oneOf").([]any)
		for _, s := range append(alternatives, schema) {
			for f := range record.Fields() {
				key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				property := d.at(s, "properties", key)
				name := record.Name() + "." + key
				described[name] = described[name] || property != nil
				if property != nil {
					d.decodes(described, f.Type, property)
				}
			}
		}
	}
}
