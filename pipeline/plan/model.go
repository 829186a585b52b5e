package plan

import (
	"cmp"
	_ "embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"presencia/pipeline"
	"presencia/pipeline/sheet"
)

// Languages are those in which a workbook can be written; the first is the default.
var Languages = []string{"es", "ca-ES-valencia", "en"}

//go:embed model.yaml
var modelFile []byte

// model is model.yaml.
type model struct {
	Columns   []column                     `yaml:"columns"`
	Lists     map[string][]entry           `yaml:"lists"`
	Words     map[string]map[string]string `yaml:"words"`
	Platforms map[pipeline.Platform]string `yaml:"platforms"`

	fields map[string]string // by title in any language, folded
}

type column struct {
	Field   string            `yaml:"field"`
	Needed  bool              `yaml:"needed"`
	Further bool              `yaml:"further"` // kept as a note, but for tolerance and id; to the right of the workbook
	Width   float64           `yaml:"width"`
	List    string            `yaml:"list"`
	Strict  bool              `yaml:"strict"`
	Title   map[string]string `yaml:"title"`
	Also    []string          `yaml:"also"`
	About   map[string]string `yaml:"about"`
	Example map[string]string `yaml:"example"`
}

// entry is a value of a list: the word that is kept, and its names.
type entry struct {
	Word  string            `yaml:"word"`
	Names map[string]string `yaml:",inline"`
	Also  []string          `yaml:"also"`
}

func loadModel() (*model, error) {
	m := &model{fields: map[string]string{}}
	if err := yaml.Unmarshal(modelFile, m); err != nil {
		return nil, fmt.Errorf("read the model of the content plan: %w", err)
	}
	for _, c := range m.Columns {
		m.fields[sheet.Title(c.Field)] = c.Field
		for _, t := range c.Also {
			m.fields[sheet.Title(t)] = c.Field
		}
	}
	for _, c := range m.Columns { // a title of the model counts before another column's further name
		for _, t := range c.Title {
			m.fields[sheet.Title(t)] = c.Field
		}
	}
	return m, nil
}

// word finds the kept word of a list by any of its names.
func (m *model) word(list, name string) (string, bool) {
	key := sheet.Fold(strings.TrimSpace(name))
	for _, e := range m.Lists[list] {
		if key == sheet.Fold(e.Word) {
			return e.Word, true
		}
		for _, n := range e.Names {
			if key == sheet.Fold(n) {
				return e.Word, true
			}
		}
		for _, n := range e.Also {
			if key == sheet.Fold(n) {
				return e.Word, true
			}
		}
	}
	return "", false
}

// names are what a list offers in a language.
func (m *model) names(list, language string) (names []string) {
	for _, e := range m.Lists[list] {
		names = append(names, e.Names[language])
	}
	return names
}

// say is a text of the workbook, with {placeholders} filled in.
func (m *model) say(language, key string, pairs ...string) string {
	var replace []string
	for i := 0; i+1 < len(pairs); i += 2 {
		replace = append(replace, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(replace...).Replace(cmp.Or(m.Words[key][language], key))
}

// label is an account as readers know it: network and handle.
func (m *model) label(a pipeline.Account) string {
	return cmp.Or(m.Platforms[a.Platform], string(a.Platform)) + " · " + cmp.Or(a.Handle, string(a.ID))
}

// labels are those of all accounts; where two are the same, the id tells them apart.
func (m *model) labels(accounts []pipeline.Account) []string {
	seen := map[string]int{}
	for _, a := range accounts {
		seen[sheet.Fold(m.label(a))]++
	}
	all := make([]string, len(accounts))
	for i, a := range accounts {
		all[i] = m.label(a)
		if seen[sheet.Fold(all[i])] > 1 {
			all[i] += " (" + string(a.ID) + ")"
		}
	}
	return all
}
