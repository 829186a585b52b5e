package reports

import (
	"cmp"
	"slices"
	"strings"
)

// described is the chart with its description, made from its own numbers: what it shows for those who do not see it,
// and what to look at for those who do.
func (w *words) described(c Chart) Chart {
	var parts []string
	switch c.Form {
	case Slopes:
		for _, p := range c.panels() {
			parts = append(parts, w.describeSlopes(c, p))
		}
	case Intervals:
		for i, cat := range c.Categories {
			parts = append(parts, w.describeInterval(c, cat, c.Series[0], i))
		}
	case Network:
		for _, s := range c.Series {
			parts = append(parts, w.describeNetwork(c, s))
		}
	case Bars:
		for _, s := range c.Series {
			parts = append(parts, w.describeEnds("describe.bars", c, s))
		}
	case Columns, Shares:
		for _, s := range c.Series {
			parts = append(parts, w.describeEnds("describe.spread", c, s))
		}
	case Matrix:
		parts = append(parts, w.describeMatrix(c))
	default:
		span := "describe.time"
		if c.Head != w.say("head.month") {
			span = "describe.span"
		}
		parts = append(parts, w.say(span, "head", c.Head, "from", c.Categories[0], "to", c.Categories[len(c.Categories)-1]))
		if len(c.Unit) > 2 {
			parts = append(parts, w.say("describe.unit", "unit", c.Unit))
		}
		for _, s := range c.Series {
			if len(c.panels()) > 1 && s.Name != s.Panel {
				s.Name += " (" + lower(s.Panel) + ")"
			}
			parts = append(parts, w.describeLine(c, s))
			if c.Form == Estimates {
				parts = append(parts, w.describeEstimates(s))
			}
		}
	}
	c.Description = strings.Join(append(parts, w.describeMarks(c)...), " ")
	return c
}

// describeMarks says what is marked, and where.
func (w *words) describeMarks(c Chart) (said []string) {
	for _, m := range c.Marks {
		if c.line(m) {
			said = append(said, w.say("describe.moment", "label", m.Label, "at", c.Categories[m.From]))
			continue
		}
		said = append(said, w.say("describe.mark", "label", m.Label, "from", c.Categories[m.From], "to", c.Categories[m.To]))
	}
	return said
}

// amount is a value as a description writes it; units that are words are said once, not at each value.
func (w *words) amount(c Chart, v float64) string {
	if len(c.Unit) > 2 {
		return w.format(v, c.Decimals)
	}
	return w.withUnit(w.format(v, c.Decimals), c.Unit)
}

// extremes are the indices of the first, last, lowest and highest known value; ok is false where none is known.
func extremes(values []Number) (first, last, low, high int, ok bool) {
	for i, n := range values {
		v, known := n.get()
		if !known {
			continue
		}
		if !ok {
			first, low, high, ok = i, i, i, true
		}
		last = i
		if v < values[low].Value {
			low = i
		}
		if v > values[high].Value {
			high = i
		}
	}
	return first, last, low, high, ok
}

func (w *words) describeLine(c Chart, s Series) string {
	name := s.Name
	first, last, low, high, ok := extremes(s.Values)
	if !ok {
		return w.say("describe.nothing", "name", name)
	}
	at := func(i int) string { return w.amount(c, s.Values[i].Value) }
	text := w.say("describe.line", "name", name, "first", at(first), "at", c.Categories[first], "last", at(last), "until", c.Categories[last],
		"high", at(high), "highest", c.Categories[high], "low", at(low), "lowest", c.Categories[low])
	if first == last {
		text = w.say("describe.point", "name", name, "value", at(first), "at", c.Categories[first])
	}
	if n := missing(s.Values); n > 0 {
		text += " " + w.say("describe.missing", "n", n)
	}
	return text
}

// describeEnds names the highest and the lowest value by a message.
func (w *words) describeEnds(message string, c Chart, s Series) string {
	_, _, low, high, ok := extremes(s.Values)
	if !ok {
		return w.say("describe.nothing", "name", s.Name)
	}
	text := w.say(message, "name", s.Name, "n", len(s.Values), "highest", c.Categories[high], "high", w.amount(c, s.Values[high].Value),
		"lowest", c.Categories[low], "low", w.amount(c, s.Values[low].Value))
	if low == high {
		text = w.say("describe.point", "name", s.Name, "value", w.amount(c, s.Values[high].Value), "at", c.Categories[high])
	}
	if n := missing(s.Values); n > 0 {
		text += " " + w.say("describe.missing", "n", n)
	}
	return text
}

// describeMatrix says where the greatest dots are and how many places are empty.
func (w *words) describeMatrix(c Chart) string {
	type place struct {
		row, column int
		value       float64
	}
	var places []place
	empty, unknown := 0, 0
	for i, s := range c.Series {
		unknown += missing(s.Values)
		for j, n := range s.Values {
			switch v, ok := n.get(); {
			case ok && v > 0:
				places = append(places, place{i, j, v})
			case ok:
				empty++
			}
		}
	}
	text := w.say("describe.matrix", "rows", len(c.Series), "columns", len(c.Categories))
	if len(places) == 0 {
		text += " " + w.say("describe.matrix.none")
	} else {
		slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(b.value, a.value) })
		var most []string
		for _, p := range places[:min(len(places), 3)] {
			most = append(most, w.say("describe.matrix.place", "row", c.Series[p.row].Name, "column", c.Categories[p.column], "value", w.amount(c, p.value)))
		}
		text += " " + w.say("describe.matrix.most", "places", w.list(most))
	}
	if empty > 0 {
		text += " " + w.say("describe.matrix.empty", "n", empty)
	}
	if unknown > 0 {
		text += " " + w.say("describe.missing", "n", unknown)
	}
	return text
}

func (w *words) describeSlopes(c Chart, panel string) string {
	var up, down, n int
	var before, after float64
	for _, s := range c.Series {
		a, ok := s.Values[0].get()
		b, ok2 := s.Values[1].get()
		if s.Panel != panel || s.Role != Faint || !ok || !ok2 {
			continue
		}
		n++
		before, after = before+a, after+b
		switch {
		case b > a:
			up++
		case b < a:
			down++
		}
	}
	if n == 0 {
		return w.say("describe.nothing", "name", panel)
	}
	return w.say("describe.slopes", "name", panel, "n", n, "up", up, "down", down,
		"before", w.amount(c, before/float64(n)), "after", w.amount(c, after/float64(n)))
}

func (w *words) describeInterval(c Chart, category string, s Series, i int) string {
	v, ok := s.Values[i].get()
	if !ok {
		return w.say("describe.nothing", "name", category)
	}
	return w.say("describe.interval", "name", category, "value", w.signed(v, c.Decimals), "low", w.signed(s.Low[i].Value, c.Decimals), "high", w.signed(s.High[i].Value, c.Decimals))
}

// describeEstimates says how many intervals leave out zero.
func (w *words) describeEstimates(s Series) string {
	n, above, below := 0, 0, 0
	for i := range s.Values {
		low, ok := s.Low[i].get()
		high, ok2 := s.High[i].get()
		switch {
		case !ok || !ok2:
			continue
		case low > 0:
			above++
		case high < 0:
			below++
		}
		n++
	}
	return w.say("describe.estimates", "n", n, "above", above, "below", below)
}

// mostBridges is how many names of a network are told.
const mostBridges = 5

// bridges are the names that most ways lead through, the first at the front.
func (c Chart) bridges(s Series) (most []int) {
	for i, v := range s.Values {
		if v.Known && v.Value > 0 {
			most = append(most, i)
		}
	}
	slices.SortStableFunc(most, func(a, b int) int { return cmp.Compare(s.Values[b].Value, s.Values[a].Value) })
	return most[:min(len(most), mostBridges)]
}

func (w *words) describeNetwork(c Chart, s Series) string {
	tied := map[int]bool{}
	for _, t := range s.Ties {
		tied[t.From], tied[t.To] = true, true
	}
	text := w.say("describe.network", "panel", capital(cmp.Or(s.Name, s.Panel)), "n", len(c.Categories), "ties", len(s.Ties), "isolates", len(c.Categories)-len(tied))
	var names []string
	for _, i := range c.bridges(s) {
		names = append(names, c.Categories[i])
	}
	if len(names) > 0 {
		text += " " + w.say("describe.bridges", "names", w.list(names))
	}
	return text
}

func missing(values []Number) (n int) {
	for _, v := range values {
		if !v.Known {
			n++
		}
	}
	return n
}
