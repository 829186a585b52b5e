package export

import (
	"fmt"
	"time"

	"presencia/pipeline"
)

func tikTokFormats() []format {
	return []format{tableFormat{
		name: "TikTok Studio", platforms: []pipeline.Platform{pipeline.TikTok}, signature: []string{"text", "url", "created", "likes", "views"},
		columns: map[string][]string{
			"text": {"Video title"}, "url": {"Video link"}, "created": {"Post time"}, "likes": {"Total likes"}, "replies": {"Total comments"},
			"reposts": {"Total shares"}, "views": {"Total views"}, "saves": {"Add to favorites", "Add to Favorites"},
		},
		layouts: []string{"YYYY-MM-DD HH:MM:SS", "YYYY-MM-DD HH:MM", "YYYY-MM-DD", "MMMM D, YYYY", "MMM D, YYYY"}, born: tikTokBorn,
	}}
}

// tikTokBorn is when TikTok gave out an id: its upper half are seconds since 1970. The file has days, often without a year.
func tikTokBorn(id string) (time.Time, bool) {
	var n uint64
	if _, err := fmt.Sscanf(id, "%d", &n); err != nil || n>>32 < 1_400_000_000 {
		return time.Time{}, false
	}
	return time.Unix(int64(n>>32), 0).UTC(), true
}
