package register

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"presencia/pipeline"
)

var update = flag.Bool("update", false, "write schema.json and the expected messages anew")

// generate makes the schema from the struct tags, the comments and the patterns that the checks use.
func generate(t *testing.T) []byte {
	t.Helper()
	enum := func(values []string) *jsonschema.Schema {
		s := &jsonschema.Schema{Type: "string"}
		for _, v := range values {
			s.Enum = append(s.Enum, v)
		}
		return s
	}
	r := jsonschema.Reflector{
		ExpandedStruct: true,
		Anonymous:      true,
		FieldNameTag:   "yaml",
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			switch t {
			case reflect.TypeFor[pipeline.Platform]():
				return enum(texts(pipeline.Platforms))
			case reflect.TypeFor[pipeline.Group]():
				return enum(texts(groups))
			case reflect.TypeFor[pipeline.Date]():
				return &jsonschema.Schema{Type: "string", Format: "date"}
			case reflect.TypeFor[pipeline.Age]():
				return &jsonschema.Schema{Type: "string", Pattern: agePattern.String()}
			}
			return nil
		},
	}
	for _, file := range []string{"../institution.go", "../collection.go"} {
		if err := r.AddGoComments("presencia/pipeline/register", file); err != nil {
			t.Fatal(err)
		}
	}
	s := r.Reflect(new(pipeline.Register))
	s.Title = "The register of an institution's presence on social networks"
	field := func(def, name string) *jsonschema.Schema {
		p, ok := s.Definitions[def].Properties.Get(name)
		if !ok {
			t.Fatalf("%s has no field %s", def, name)
		}
		return p
	}
	for def, patterns := range map[string]map[string]*regexp.Regexp{
		"Department":   {"id": idPattern},
		"Account":      {"id": idPattern, "credential": credentialPattern},
		"Course":       {"id": idPattern},
		"Peer":         {"id": idPattern},
		"Campaign":     {"id": idPattern},
		"WorkingHours": {"from": hourPattern, "to": hourPattern},
		"Look":         {"colour": colourPattern, "accent": colourPattern},
	} {
		for name, p := range patterns {
			field(def, name).Pattern = p.String()
		}
	}
	field("WorkingHours", "days").Items = enum(weekdays)
	for _, def := range s.Definitions {
		for f := def.Properties.Oldest(); f != nil; f = f.Next() {
			if f.Value.Type == "integer" || f.Value.Type == "number" { // every number of a register counts or measures something
				f.Value.Minimum = "0"
			}
		}
	}
	field("Collection", "platforms").PropertyNames = enum(texts(pipeline.Platforms))
	for _, bound := range []string{"calls", "euros", "euros_per_dollar"} {
		p := field("Budget", bound)
		p.Minimum, p.ExclusiveMinimum = "", "0"
	}
	for _, list := range []string{"departments", "accounts"} {
		p, _ := s.Properties.Get(list)
		one := uint64(1)
		p.MinItems = &one
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func TestSchemaIsCurrent(t *testing.T) {
	want := generate(t)
	if *update {
		if err := os.WriteFile("schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(Schema())); diff != "" {
		t.Errorf("schema.json is not what the types say; run go test ./pipeline/register -update (-want +got):\n%s", diff)
	}
}

func validate(t *testing.T, text []byte) error {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("institution.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("institution.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var tree yaml.Node
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	var value any
	asWritten(&tree)
	if err := tree.Decode(&value); err != nil {
		t.Fatal(err)
	}
	j, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := validator.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(instance)
}

// asWritten keeps dates as text, as JSON has none.
func asWritten(n *yaml.Node) {
	if n.Tag == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, c := range n.Content {
		asWritten(c)
	}
}

func TestSchemaAcceptsValidRegisters(t *testing.T) {
	for name, text := range map[string][]byte{"starter": Starter(), "smallest": []byte(smallest)} {
		t.Run(name, func(t *testing.T) {
			if err := validate(t, text); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSchemaRefusesWrongStructure(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/structure-*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(t, text); err == nil {
				t.Error("the schema accepts it")
			}
		})
	}
}
