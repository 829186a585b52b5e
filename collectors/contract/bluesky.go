package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/bluesky-social/indigo/atproto/atdata"
	"github.com/bluesky-social/indigo/atproto/lexicon"
)

// conversation is what the tests hand over.
type conversation struct {
	Exchanges []said `json:"exchanges"`
	// Decoded lists the fields that the collector reads, and the definitions in one of which each has to be.
	Decoded []decoded `json:"decoded"`
	// Errors are the names that the collector knows the meaning of.
	Errors []string `json:"errors"`
}

type said struct {
	Verb   string     `json:"verb"` // of HTTP
	Method string     `json:"method"`
	Query  url.Values `json:"query"`
	Body   string     `json:"body"`
	Status int        `json:"status"`
	Answer string     `json:"answer"`
}

type decoded struct {
	Definitions []string `json:"definitions"`
	Fields      []string `json:"fields"`
}

// general are the errors of the protocol itself, which every method may answer.
var general = []string{"InvalidRequest", "AuthenticationRequired", "AuthMissing", "InvalidToken", "ExpiredToken", "RateLimitExceeded", "InternalServerError",
	"UpstreamFailure", "UpstreamTimeout", "NotEnoughResources"}

// bluesky holds what the Bluesky collector and its fake platform say to each other to Bluesky's own description of its
// API, the lexicons, with Bluesky's own validator.
func bluesky(ctx context.Context, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var c conversation
	if err := json.Unmarshal(content, &c); err != nil {
		return err
	}
	if len(c.Exchanges) == 0 || len(c.Decoded) == 0 {
		return errors.New("the tests of Bluesky recorded nothing")
	}
	folder, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/bluesky-social/indigo").Output()
	if err != nil {
		return fmt.Errorf("find the lexicons: %w", err)
	}
	base := lexicon.NewBaseCatalog()
	if err := base.LoadDirectory(filepath.Join(strings.TrimSpace(string(folder)), "lexicons")); err != nil {
		return err
	}
	k := checker{Catalog: base, seen: map[string]bool{}}
	for _, e := range c.Exchanges {
		k.at = e.Method
		k.exchange(e, c.Errors)
	}
	for _, d := range c.Decoded {
		k.at = strings.Join(d.Definitions, ", ")
		k.fields(d)
	}
	if len(k.problems) > 0 {
		return errors.New("Bluesky: " + strings.Join(k.problems, "\nBluesky: "))
	}
	fmt.Printf("contract: Bluesky: %d exchanges and %d records fit its lexicons\n", len(c.Exchanges), len(c.Decoded))
	return nil
}

// checker is a catalog that has one definition more: whatever is to be validated, wrapped as the record that the
// validator wants.
type checker struct {
	lexicon.Catalog
	wrapped  lexicon.SchemaObject
	at       string
	problems []string
	seen     map[string]bool
}

const wrapper = "presencia.contract.wrapped"

func (k *checker) Resolve(ref string) (*lexicon.Schema, error) {
	if ref == wrapper {
		return &lexicon.Schema{ID: wrapper, Def: lexicon.SchemaRecord{Type: "record", Key: "any", Record: k.wrapped}}, nil
	}
	return k.Catalog.Resolve(ref)
}

func (k *checker) wrong(format string, a ...any) {
	p := k.at + ": " + fmt.Sprintf(format, a...)
	if !k.seen[p] {
		k.seen[p] = true
		k.problems = append(k.problems, p)
	}
}

func (k *checker) validate(what string, schema any, data map[string]any) {
	object, ok := schema.(lexicon.SchemaObject)
	if !ok {
		k.wrong("%s is described by something that is no object", what)
		return
	}
	k.wrapped = object
	whole := map[string]any{}
	for name, v := range data {
		whole[name] = v
	}
	whole["$type"] = wrapper
	if err := lexicon.ValidateRecord(k, whole, wrapper, 0); err != nil {
		k.wrong("%s: %v", what, err)
	}
	k.records(what, data)
}

// records validates the records inside, which their views do not describe.
func (k *checker) records(what string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if v["$type"] == "app.bsky.feed.post" {
			if err := lexicon.ValidateRecord(k, v, "app.bsky.feed.post", 0); err != nil {
				k.wrong("%s: post: %v", what, err)
			}
		}
		for _, inner := range v {
			k.records(what, inner)
		}
	case []any:
		for _, inner := range v {
			k.records(what, inner)
		}
	}
}

func (k *checker) exchange(e said, known []string) {
	schema, err := k.Resolve(e.Method)
	if err != nil {
		k.wrong("%v", err)
		return
	}
	var params *lexicon.SchemaParams
	var in, out *lexicon.SchemaBody
	var named []lexicon.SchemaError
	verb := http.MethodGet
	switch d := schema.Def.(type) {
	case lexicon.SchemaQuery:
		params, out, named = d.Parameters, d.Output, d.Errors
	case lexicon.SchemaProcedure:
		params, in, out, named, verb = d.Parameters, d.Input, d.Output, d.Errors, http.MethodPost
	default:
		k.wrong("it is no method")
		return
	}
	for _, d := range named {
		if !slices.Contains(known, d.Name) {
			k.wrong("its error %s is not handled", d.Name)
		}
	}

	refused := e.Status == http.StatusBadRequest // it may be wrong on purpose
	if e.Verb != verb {
		k.wrong("it is asked with %s", e.Verb)
	}
	if !refused {
		k.parameters(params, e.Query)
		if in != nil {
			body, err := atdata.UnmarshalJSON([]byte(e.Body))
			if err != nil {
				k.wrong("request: %v", err)
			} else {
				k.validate("request", in.Schema.Inner, body)
			}
		} else if e.Body != "" {
			k.wrong("it takes no body")
		}
	}

	if e.Status < 300 {
		answer, err := atdata.UnmarshalJSON([]byte(e.Answer))
		if err != nil {
			k.wrong("answer: %v", err)
			return
		}
		k.validate("answer", out.Schema.Inner, answer)
		return
	}
	var failed struct {
		Error string `json:"error"`
	}
	if json.Unmarshal([]byte(e.Answer), &failed) == nil && failed.Error != "" && !slices.Contains(general, failed.Error) &&
		!slices.ContainsFunc(named, func(d lexicon.SchemaError) bool { return d.Name == failed.Error }) {
		k.wrong("it has no error %s", failed.Error)
	}
}

func (k *checker) parameters(params *lexicon.SchemaParams, query url.Values) {
	if params == nil {
		params = &lexicon.SchemaParams{}
	}
	given := map[string]any{}
	for name, values := range query {
		d, ok := params.Properties[name]
		if !ok {
			k.wrong("it has no parameter %s", name)
			continue
		}
		var all []any
		element := d.Inner
		array, many := d.Inner.(lexicon.SchemaArray)
		if many {
			element = array.Items.Inner
		}
		for _, v := range values {
			switch element.(type) {
			case lexicon.SchemaInteger:
				n, err := strconv.ParseInt(v, 10, 64)
				if err != nil {
					k.wrong("parameter %s: %q is no number", name, v)
				}
				all = append(all, n)
			case lexicon.SchemaBoolean:
				all = append(all, v == "true")
			default:
				all = append(all, v)
			}
		}
		switch {
		case many:
			given[name] = all
		case len(all) > 1:
			k.wrong("parameter %s is given %d times", name, len(all))
		default:
			given[name] = all[0]
		}
	}
	k.validate("parameters", lexicon.SchemaObject{Type: "object", Properties: params.Properties, Required: params.Required}, given)
}

// fields looks for what the collector reads.
func (k *checker) fields(d decoded) {
	known := []string{"$type"} // stands in every member of a union
	for _, name := range d.Definitions {
		schema, err := k.Resolve(name)
		if err != nil {
			k.wrong("%v", err)
			continue
		}
		var object any = schema.Def
		switch s := schema.Def.(type) {
		case lexicon.SchemaRecord:
			object = s.Record
		case lexicon.SchemaQuery:
			object = s.Output.Schema.Inner
		case lexicon.SchemaProcedure:
			object = s.Output.Schema.Inner
			if in := s.Input; in != nil {
				for field := range in.Schema.Inner.(lexicon.SchemaObject).Properties {
					known = append(known, field)
				}
			}
		}
		o, ok := object.(lexicon.SchemaObject)
		if !ok {
			k.wrong("%s is no object", name)
			continue
		}
		for field := range o.Properties {
			known = append(known, field)
		}
	}
	for _, field := range d.Fields {
		if !slices.Contains(known, field) {
			k.wrong("there is no field %s", field)
		}
	}
}
