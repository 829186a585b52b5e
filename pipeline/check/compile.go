package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
	"go.yaml.in/yaml/v3"
)

// maxCost bounds what one evaluation may cost, by CEL's own estimate for lists of a hundred and texts of a few
// thousand letters. The base pack's dearest rule stays far under it; loops nested three deep do not. What is evaluated
// once for an account, a day or a month, and not for each post or message, may cost a hundred times as much.
const maxCost = 5_000_000

func dearest(u unit) uint64 {
	if u == aPost || u == aThread {
		return maxCost
	}
	return 100 * maxCost
}

// environments are what an expression may name, for each unit.
func environments(g *Guide, senses []Sense) (envs [units]*cel.Env, err error) {
	options := []cel.EnvOption{
		ext.Strings(),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals()),
	}
	for _, s := range senses {
		options = append(options, s.declare(g))
	}
	common, err := cel.NewEnv(options...)
	if err != nil {
		return envs, fmt.Errorf("declare the senses: %w", err)
	}
	for u := range envs {
		var names []cel.EnvOption
		for _, v := range variables {
			if v.unit == always || v.unit == unit(u) || v.unit == anAccount && unit(u) != anInstitution {
				names = append(names, cel.Variable(v.name, v.typ))
			}
		}
		if envs[u], err = common.Extend(names...); err != nil {
			return envs, fmt.Errorf("declare the variables: %w", err)
		}
	}
	return envs, nil
}

// compile makes the rule's programs. Its parameters are constants of its own.
func (r *Rule) compile(l *loader, e *entry, env *cel.Env) {
	var constants []cel.EnvOption
	for _, p := range r.Params {
		constants = append(constants, cel.Constant("p."+p.Name, paramTypes[p.Type].cel, types.DefaultTypeAdapter.NativeToValue(p.Value)))
	}
	env, err := env.Extend(constants...)
	if err != nil {
		l.fail(e.file, e.ID.line, "rule %s: parameters: %v", r.ID, err)
		return
	}
	for _, x := range []struct {
		key     string
		text    scalar
		want    *cel.Type
		program *cel.Program
	}{
		{"when", e.When, cel.BoolType, &r.when},
		{"expr", e.Expr, cel.BoolType, &r.expr},
		{"warn", e.Warn, cel.BoolType, &r.warn},
		{"evidence", e.Evidence, cel.StringType, &r.evidence},
	} {
		if x.text.text != "" {
			*x.program = l.program(env, r.unit(), r.ID+": "+x.key, x.text, x.want)
		}
	}
}

func (l *loader) program(env *cel.Env, u unit, what string, s scalar, want *cel.Type) cel.Program {
	fail := func(format string, args ...any) cel.Program {
		l.fail(s.file, s.line, "rule %s: %s", what, fmt.Sprintf(format, args...))
		return nil
	}
	// What compiles, and means something else than it seems to.
	if strings.Contains(s.text, `\b`) {
		return fail(`\b knows no accents, so that \bú does not find última: use has_word`)
	}
	if strings.Contains(s.text, "lowerAscii") || strings.Contains(s.text, "upperAscii") {
		return fail("lowerAscii and upperAscii leave accented letters as they are: use fold")
	}
	ast, issues := env.Compile(s.text)
	if issues.Err() != nil {
		for _, e := range issues.Errors() {
			line, column := s.line+e.Location.Line()-1, e.Location.Column()+1
			if e.Location.Line() == 1 {
				column += s.column - 1
			}
			l.broken = append(l.broken, fmt.Errorf("%s:%d:%d: rule %s: %s", s.file, line, column, what, e.Message))
		}
		return nil
	}
	if !ast.OutputType().IsExactType(want) {
		return fail("it gives %s, and must give %s", cel.FormatCELType(ast.OutputType()), cel.FormatCELType(want))
	}
	if c, err := env.EstimateCost(ast, sizes{}); err != nil {
		return fail("%v", err)
	} else if c.Max > dearest(u) {
		return fail("it would take too long on a long text or list: nest fewer loops")
	}
	p, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return fail("%v", err)
	}
	return p
}

// sizes tells the cost estimate how long lists and texts get.
type sizes struct{}

func (sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	switch n.Type().Kind() {
	case types.ListKind:
		return &cost.SizeEstimate{Max: 100}
	case types.StringKind:
		return &cost.SizeEstimate{Max: 5000}
	}
	return nil
}

func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// paramType is how a parameter's value is written in a pack and typed in CEL.
type paramType struct {
	cel  *cel.Type
	read func(*yaml.Node) (any, error)
}

var paramTypes = map[string]paramType{
	"int":     {cel.IntType, reads[int64]("!!int", "a whole number")},
	"double":  {cel.DoubleType, reads[float64]("!!float", "a number with a decimal point")},
	"bool":    {cel.BoolType, reads[bool]("!!bool", "true or false")},
	"string":  {cel.StringType, reads[string]("!!str", "text, in quotes")},
	"strings": {cel.ListType(cel.StringType), reads[[]string]("!!seq", "a list of texts")},
	"duration": {cel.DurationType, func(n *yaml.Node) (any, error) {
		d, err := time.ParseDuration(n.Value)
		if err != nil || d <= 0 {
			return nil, fmt.Errorf("value %s: write a time such as 2h or 30m", n.Value)
		}
		return d, nil
	}},
}

// reads takes a value of exactly one YAML type, so that yes, 017 or 1.0 do not become something else.
func reads[T any](tag, what string) func(*yaml.Node) (any, error) {
	return func(n *yaml.Node) (any, error) {
		var v T
		if n.Tag != tag || slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Tag != "!!str" }) {
			return nil, fmt.Errorf("value: write %s", what)
		}
		if err := n.Decode(&v); err != nil {
			return nil, fmt.Errorf("value: write %s", what)
		}
		return v, nil
	}
}
