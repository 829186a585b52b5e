package check

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"presencia/pipeline"
)

var update = flag.Bool("update", false, "write pack_schema.json anew")

// comments are those of the fields in pack.go, by type and field.
func comments(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "pack.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if s, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				for _, name := range f.Names {
					found[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
				}
			}
		}
		return false
	})
	return found
}

// schema makes the schema of packs from the types, their comments and the lists that the checks use.
func schema(t *testing.T) []byte {
	t.Helper()
	said := comments(t)
	r := jsonschema.Reflector{
		ExpandedStruct: true, Anonymous: true, FieldNameTag: "yaml",
		LookupComment: func(of reflect.Type, field string) string { return said[of.Name()+"."+field] },
		Mapper: func(of reflect.Type) *jsonschema.Schema {
			switch of {
			case reflect.TypeFor[scalar]():
				return &jsonschema.Schema{Type: "string"}
			case reflect.TypeFor[yaml.Node]():
				return &jsonschema.Schema{}
			case reflect.TypeFor[Scope]():
				return oneOf(scopes)
			case reflect.TypeFor[Span]():
				return oneOf(spans[1:])
			case reflect.TypeFor[Rhythm]():
				return oneOf(rhythms[1:])
			case reflect.TypeFor[pipeline.Platform]():
				return oneOf(pipeline.Platforms)
			case reflect.TypeFor[pipeline.PostKind]():
				return oneOf(kinds)
			}
			return nil
		},
	}
	s := r.Reflect(new(written))
	s.Title = "A pack of rules of a guide"
	field := func(def, name string) *jsonschema.Schema {
		p, ok := s.Definitions[def].Properties.Get(name)
		if !ok {
			t.Fatalf("%s has no field %s", def, name)
		}
		return p
	}
	choose := func(p *jsonschema.Schema, from *jsonschema.Schema) { p.Enum = from.Enum }
	field("entry", "id").Pattern = ruleID.String()
	field("entry", "version").Minimum = "1"
	choose(field("entry", "severity"), oneOf(severities))
	for _, name := range []string{"title", "explanation", "remedy", "good", "bad"} {
		field("entry", name).PropertyNames = oneOf(languages)
	}
	choose(field("parameter", "type"), oneOf(slices.Sorted(maps.Keys(paramTypes))))
	choose(field("parameter", "origin"), oneOf(origins))
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func oneOf[T ~string](values []T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

func TestTheSchemaOfPacksIsCurrent(t *testing.T) {
	want := schema(t)
	if *update {
		if err := os.WriteFile("pack_schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(PackSchema())); diff != "" {
		t.Errorf("pack_schema.json is not what the types say; run go test ./pipeline/check -run Schema -update (-want +got):\n%s", diff)
	}
}

// validate holds a pack against the schema as an editor does.
func validate(t *testing.T, p Pack) error {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(PackSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("pack.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("pack.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := yaml.Unmarshal(p.Content, &value); err != nil {
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

func TestTheSchemaKnowsPacks(t *testing.T) {
	packs := must(base())
	packs = append(packs, custom("    expr: post.images < p.max\n    params: {max: {type: int, value: 3, origin: guide, source: OWN}}\n"),
		Pack{"off.yaml", []byte("rules:\n  - {id: post-hashtag-max, off: true}\n  - {id: post-daily-max, params: {max_x: {value: 4, origin: proposed}}}\n")})
	for _, p := range packs {
		if p.Name == "base/sources.yaml" {
			continue // sources alone: a pack of one's own has rules
		}
		if err := validate(t, p); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	for name, lines := range map[string]string{
		"a key": "    sevrity: low\n", "a severity": "    severity: bad\n", "an origin": "    params: {a: {type: int, value: 1, origin: me}}\n",
		"a language": "    remedy: {va: x}\n", "a type": "    params: {a: {type: number, value: 1, origin: guide}}\n", "a version": "    version: 0\n",
		"a platform": "    platforms: [myspace]\n", "a window": "    window: year\n",
	} {
		p := custom("")
		p.Content = []byte("rules:\n  - id: post-own-rule\n" + lines)
		if validate(t, p) == nil {
			t.Errorf("%s: the schema accepts it", name)
		}
	}
}
