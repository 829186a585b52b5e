package collectors

import (
	"context"
	"errors"
	"slices"

	"presencia/pipeline"
)

// errBadMetric: the platform refuses a request because of a metric in it.
var errBadMetric = errors.New("the platform does not know a metric that was asked for")

// askInGroups asks for metrics, all in one request where the platform takes them all. When ask fails with errBadMetric the
// metrics are halved until those that are refused by themselves stand alone: they are answered as refused, to be put into
// Batch.Parked, and the others have been asked for. One culprit among n costs at most 2·log2(n) further requests. Metrics
// that are parked already are not asked for. Any other error ends it. The runner adds platform and date.
func askInGroups(ctx context.Context, metrics []string, parked []pipeline.Parked, ask func(ctx context.Context, metrics []string) error) (refused []pipeline.Parked, err error) {
	metrics = slices.DeleteFunc(slices.Clone(metrics), func(m string) bool {
		return slices.ContainsFunc(parked, func(p pipeline.Parked) bool { return p.Metric == m })
	})
	// split asks for a group; known is its refusal, where it is known for certain to hold a culprit.
	var split func(group []string, known error) error
	split = func(group []string, known error) error {
		if len(group) == 0 {
			return nil
		}
		err := known
		if err == nil || len(group) == 1 { // none is set aside that was not refused by itself
			err = ask(ctx, group)
		}
		if err == nil || !errors.Is(err, errBadMetric) {
			return err
		}
		if len(group) == 1 {
			refused = append(refused, pipeline.Parked{Metric: group[0], Cause: err.Error()})
			return nil
		}
		half, before := len(group)/2, len(refused)
		if err := split(group[:half], nil); err != nil {
			return err
		}
		if len(refused) > before {
			err = nil // this one may have been all
		}
		return split(group[half:], err)
	}
	err = split(metrics, nil)
	return refused, err
}
