package impact

import (
	"encoding"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"unicode"

	"presencia/pipeline/statistics"
)

// MarshalJSON writes everything but Values under names in snake_case. What is no number (unknown, infinite, not computed) is null.
func (e Evaluation) MarshalJSON() ([]byte, error) {
	e.Values = nil
	m := plain(reflect.ValueOf(e)).(map[string]any)
	delete(m, "values")
	return json.Marshal(m)
}

// plain is a value without anything that JSON has no word for.
func plain(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case statistics.Value:
		if !x.Known {
			return nil
		}
		return plain(reflect.ValueOf(x.Number))
	case encoding.TextMarshaler: // times and dates
		if z, ok := x.(interface{ IsZero() bool }); ok && z.IsZero() {
			return nil
		}
		return x
	}
	switch v.Kind() {
	case reflect.Float64:
		if x := v.Float(); math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		m := map[string]any{}
		for k := range v.NumField() {
			f := v.Type().Field(k)
			if !f.IsExported() {
				continue
			}
			part := plain(v.Field(k))
			if inner, ok := part.(map[string]any); ok && f.Anonymous {
				for name, x := range inner {
					m[name] = x
				}
				continue
			}
			m[snake(f.Name)] = part
		}
		return m
	case reflect.Slice, reflect.Array:
		all := make([]any, v.Len())
		for k := range all {
			all[k] = plain(v.Index(k))
		}
		return all
	case reflect.Map:
		m := map[string]any{}
		for _, k := range v.MapKeys() {
			m[k.String()] = plain(v.MapIndex(k))
		}
		return m
	}
	return v.Interface()
}

// snake is a Go name in snake_case: SlopeRank is slope_rank, DF2 is df2.
func snake(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for k, r := range letters {
		if unicode.IsUpper(r) && k > 0 && (unicode.IsLower(letters[k-1]) || k+1 < len(letters) && unicode.IsLower(letters[k+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
