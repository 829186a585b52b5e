package collectors

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

func TestAskInGroupsFindsTheCulprits(t *testing.T) {
	metrics := make([]string, 16)
	for i := range metrics {
		metrics[i] = fmt.Sprint("metric_", i)
	}
	log2 := bits.Len(uint(len(metrics))) - 1
	down := fmt.Errorf("%w: maintenance", pipeline.ErrUnavailable)
	for _, c := range []struct {
		name    string
		bad     []int
		parked  []int
		failsAt int // call that fails with another error
		most    int // calls
		err     error
	}{
		{"none", nil, nil, 0, 1, nil},
		{"the first", []int{0}, nil, 0, 1 + 2*log2, nil},
		{"the last", []int{15}, nil, 0, 1 + 2*log2, nil},
		{"one in the middle", []int{6}, nil, 0, 1 + 2*log2, nil},
		{"three", []int{2, 3, 11}, nil, 0, 1 + 3*2*log2, nil},
		{"all", upTo(15, 0), nil, 0, 2*16 - 1, nil},
		{"one that is set aside already", []int{6}, []int{6}, 0, 1, nil},
		{"all are set aside already", nil, upTo(15, 0), 0, 0, nil},
		{"another failure at once", []int{6}, nil, 1, 1, pipeline.ErrUnavailable},
		{"another failure on the way", []int{1}, nil, 3, 3, pipeline.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			var parked []pipeline.Parked
			for _, i := range c.parked {
				parked = append(parked, pipeline.Parked{Metric: metrics[i]})
			}
			calls := 0
			got := map[string]int{} // metrics that were answered
			refused, err := askInGroups(t.Context(), metrics, parked, func(_ context.Context, group []string) error {
				if calls++; calls == c.failsAt {
					return down
				}
				for _, i := range c.bad {
					if slices.Contains(group, metrics[i]) {
						return fmt.Errorf("%w: (#100) one of %d", errBadMetric, len(group))
					}
				}
				for _, m := range group {
					got[m]++
				}
				return nil
			})
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) || calls > c.most {
				t.Errorf("%d calls, %v; want at most %d and %v", calls, err, c.most, c.err)
			}
			if err != nil {
				return
			}
			var names []string
			for _, p := range refused {
				names = append(names, p.Metric)
				if !strings.Contains(p.Cause, "one of 1") {
					t.Errorf("%s is set aside because of %q, which is not its own refusal", p.Metric, p.Cause)
				}
			}
			var want []string
			for i, m := range metrics {
				bad := slices.Contains(c.bad, i) && !slices.Contains(c.parked, i)
				if bad {
					want = append(want, m)
				}
				if asked := !bad && !slices.Contains(c.parked, i); asked != (got[m] == 1) {
					t.Errorf("%s was answered %d times", m, got[m])
				}
			}
			slices.Sort(want)
			slices.Sort(names)
			if d := cmp.Diff(want, names); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestAskInGroupsBlamesNoMetricForItsCompany: two that are only refused together are not set aside.
func TestAskInGroupsBlamesNoMetricForItsCompany(t *testing.T) {
	var asked [][]string
	refused, err := askInGroups(t.Context(), []string{"a", "b"}, nil, func(_ context.Context, group []string) error {
		asked = append(asked, group)
		if len(group) == 2 {
			return errBadMetric
		}
		return nil
	})
	if err != nil || len(refused) > 0 {
		t.Errorf("got %v, %v", refused, err)
	}
	if d := cmp.Diff([][]string{{"a", "b"}, {"a"}, {"b"}}, asked); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
