package collectors

import (
	"context"
	"errors"
	"slices"
	"testing"

	"presencia/pipeline"
)

func TestCapabilitiesMatchTheCollectors(t *testing.T) {
	all := All(Options{})
	listed := Capabilities()
	if len(listed) != len(all) {
		t.Errorf("%d platforms can be read, %d are listed", len(all), len(listed))
	}
	for _, c := range listed {
		if all[c.Platform] == nil || !slices.Contains(pipeline.Platforms, c.Platform) {
			t.Errorf("%s is listed and cannot be read, or no register may name it", c.Platform)
		}
		seen := map[pipeline.Field]bool{}
		for _, f := range append(slices.Clone(c.Gives), c.NotApplicable...) {
			if seen[f] {
				t.Errorf("%s names %s twice", c.Platform, f)
			}
			seen[f] = true
		}
	}
}

// readOne reads one account as a run does.
func readOne(ctx context.Context, all map[pipeline.Platform]pipeline.Collector, r pipeline.Request) (b pipeline.Batch, err error) {
	err = errors.New("the collector brought nothing")
	all[r.Account.Platform].Collect(ctx, []pipeline.Request{r}, func(_ pipeline.Request, batch pipeline.Batch, failed error) { b, err = batch, failed })
	return b, err
}
