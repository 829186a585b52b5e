package reports

import (
	"math"
	"slices"
	"strings"

	"github.com/go-echarts/go-echarts/v2/opts"
)

// ringHeight is the height of a network's drawing.
const ringHeight = 400

// network draws each panel as a circle of names with the ties between them, side by side and in the same places, so that two can be
// compared. Only the names that most ways lead through are written; the others show when they are pointed at.
func (c Chart) network() (map[string]any, int) {
	panels := c.panels()
	groups := slices.Clone(c.Groups)
	slices.Sort(groups)
	groups = slices.Compact(groups)
	var categories []map[string]any
	for i, g := range groups {
		categories = append(categories, map[string]any{"name": g, "symbol": []string{"circle", "diamond", "rect", "triangle"}[i%4], "itemStyle": map[string]any{"color": "var(--" + Series{Role: Other}.tone(i) + ")"}})
	}
	var titles, series []map[string]any
	share := 100 / max(1, len(panels))
	for i, s := range c.Series {
		titles = append(titles, map[string]any{"text": s.Panel, "left": pct(i*share + share/2), "top": px(legendHeight), "textAlign": "center", "textStyle": map[string]any{"color": ink, "fontSize": 14}})
		most := c.bridges(s)
		var nodes, links []map[string]any
		for k, name := range c.Categories {
			angle := 2 * math.Pi * float64(k) / float64(len(c.Categories))
			var value any // nil where it is not known
			size := 7.0
			if v, ok := s.Values[k].get(); ok {
				value, size = v, size+22*math.Sqrt(max(v, 0))
			}
			node := map[string]any{
				"id": px(k), "name": name, "category": slices.Index(groups, c.Groups[k]), "value": value, "symbolSize": math.Round(size),
				"x": math.Round(1000 * math.Sin(angle)), "y": math.Round(-1000 * math.Cos(angle)),
			}
			if slices.Contains(most, k) {
				node["label"] = map[string]any{"show": true, "formatter": brief(name), "color": ink, "position": "inside", "offset": []float64{0, -14}, "textBorderColor": "var(--paper)", "textBorderWidth": 3}
			}
			nodes = append(nodes, node)
		}
		for _, t := range s.Ties {
			links = append(links, map[string]any{"source": px(t.From), "target": px(t.To), "lineStyle": map[string]any{"width": min(4, 0.6+0.4*math.Sqrt(float64(t.Weight)))}})
		}
		series = append(series, map[string]any{
			"type": "graph", "name": s.Panel, "layout": "none", "data": nodes, "links": links, "categories": categories,
			"left": pct(i*share + 4), "right": pct(100 - (i+1)*share + 4), "top": px(legendHeight + titleHeight + 20), "bottom": "24", "edgeSymbol": []string{"none", "arrow"}, "edgeSymbolSize": []int{0, 5},
			"lineStyle": map[string]any{"color": soft, "opacity": 0.5, "curveness": 0.18},
		})
	}
	return map[string]any{
		"xAxis": []any{}, "yAxis": []any{}, "title": titles, "series": series, "animation": false,
		"legend":  opts.Legend{Show: opts.Bool(true), Top: "0", Left: "0", Data: groups, TextStyle: &opts.TextStyle{Color: ink}},
		"tooltip": opts.Tooltip{Show: opts.Bool(true), Trigger: "item"},
		"aria":    opts.Aria{Enabled: opts.Bool(true), Label: &opts.AriaLabel{Description: c.Description}},
	}, ringHeight + legendHeight + titleHeight + 44
}

// brief is a name as it fits into a drawing: a handle without its network and its server.
func brief(name string) string {
	name, _, _ = strings.Cut(name, " (")
	if at := strings.LastIndex(name, "@"); at > 0 {
		name = name[:at]
	}
	return name
}
