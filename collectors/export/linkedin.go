package export

import "presencia/pipeline"

// linkedInFormats are the workbooks, or their sheets saved as CSV, of a page's analytics.
func linkedInFormats() []format {
	page := []pipeline.Platform{pipeline.LinkedIn}
	days := []string{"MM/DD/YYYY", "YYYY-MM-DD"}
	return []format{
		tableFormat{
			name: "LinkedIn, all posts", platforms: page, signature: []string{"text", "url", "created", "Post type"},
			columns: map[string][]string{
				"text": {"Post title", "Update title"}, "url": {"Post link", "Update link"}, "created": {"Created date"}, "views": {"Impressions"}, "likes": {"Likes"},
				"replies": {"Comments"}, "reposts": {"Reposts", "Shares"},
			},
			layouts: days,
		},
		tableFormat{
			name: "LinkedIn, new followers", platforms: page, signature: []string{"created", "Sponsored followers", "Organic followers", "gain"},
			columns: map[string][]string{"created": {"Date"}, "gain": {"Total followers"}}, // its total is that of the day
			layouts: days,
		},
		tableFormat{
			name: "LinkedIn, metrics", platforms: page, signature: []string{"Date", "Impressions (total)", "Clicks (total)"},
			useless: "which holds the figures of the whole page by day",
		},
		tableFormat{
			name: "LinkedIn, visitors", platforms: page, signature: []string{"Date", "Overview page views (total)"},
			useless: "which holds the visits of the page by day",
		},
	}
}
