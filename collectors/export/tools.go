package export

import (
	"slices"
	"strings"
	"time"

	"presencia/pipeline"
)

// hootsuiteNetworks are the networks of an account file, as its columns name them.
var hootsuiteNetworks = []struct {
	platform pipeline.Platform
	name     string
}{
	{pipeline.X, "X"},
	{pipeline.X, "Twitter"},
	{pipeline.Instagram, "Instagram"},
	{pipeline.Facebook, "Facebook"},
	{pipeline.Threads, "Threads"},
	{pipeline.LinkedIn, "LinkedIn"},
	{pipeline.TikTok, "TikTok"},
	{pipeline.YouTube, "YouTube"},
}

// toolFormats are those of programs that work with several networks. They come last: their columns are the least of their
// own.
func toolFormats() []format {
	times := []string{"YYYY-MM-DD HH:MM:SS", "YYYY-MM-DD HH:MM", time.RFC3339, "YYYY-MM-DD", "MMM D, YYYY h:MM AM", "MMM D, YYYY"}
	hootsuite := func(name string, p pipeline.Platform, signature []string, columns map[string][]string) tableFormat {
		columns["created"] = []string{"Date (GMT)"}
		return tableFormat{name: "Hootsuite, " + name, platforms: []pipeline.Platform{p}, signature: append(signature, "created"), columns: columns, layouts: times, zone: time.UTC}
	}
	all := []format{
		hootsuite("X posts", pipeline.X, []string{"text", "url", "views"}, map[string][]string{
			"text": {"Tweet Text", "Post Text"}, "url": {"Tweet Permalink"}, "views": {"Impressions"}, "likes": {"Likes"}, "replies": {"Replies"}, "reposts": {"Retweets", "Reposts"},
		}),
		hootsuite("Instagram posts", pipeline.Instagram, []string{"id", "owner"}, map[string][]string{
			"id": {"Instagram Post ID"}, "owner": {"Instagram Account"}, "text": {"Post Message"}, "url": {"Post Permalink"}, "likes": {"Likes"}, "replies": {"Comments"},
			"reposts": {"Shares"}, "reach": {"Reach"}, "views": {"Views", "Impressions"}, "saves": {"Saves"},
		}),
		hootsuite("Facebook posts", pipeline.Facebook, []string{"id", "owner"}, map[string][]string{
			"id": {"Facebook Post ID"}, "owner": {"Facebook Page"}, "text": {"Post Message", "Post Title"}, "url": {"Post Permalink"}, "likes": {"Reactions"},
			"replies": {"Comments"}, "reposts": {"Shares"}, "reach": {"Reach"}, "views": {"Views", "Impressions"},
		}),
	}
	for _, n := range hootsuiteNetworks {
		f := hootsuite("followers", n.platform, []string{"followers"}, map[string][]string{"followers": {"Followers > Social network - " + n.name}})
		all = append(all, f)
	}
	return append(all, metricool(times))
}

// metricool are tables of posts of Metricool and of others whose columns are named as most do it: by what they mean, in
// English, Spanish and Catalan, as no two of its files have the same header.
func metricool(times []string) tableFormat {
	columns := map[string][]string{
		"created": {"Date", "Published", "Timestamp", "Published at", "Publication date", "Fecha", "Fecha de publicación", "Data"},
		"text":    {"Text", "Caption", "Content", "Message", "Texto", "Contenido", "Text de la publicació"},
		"url":     {"Permalink", "URL", "Link", "Post URL", "Enlace", "Enllaç"},
		"network": {"Network", "Platform", "Social network", "Channel", "Red", "Red social", "Xarxa", "Xarxa social"},
		"views":   {"Impressions", "Views", "Plays", "Impresiones", "Visualizaciones", "Reproducciones", "Impressions totals"},
		"reach":   {"Reach", "Alcance", "Abast"},
		"likes":   {"Likes", "Reactions", "Me gusta", "Reacciones", "M'agrada"},
		"replies": {"Comments", "Replies", "Comentarios", "Respuestas", "Comentaris"},
		"reposts": {"Shares", "Shared", "Retweets", "Reposts", "Compartidos", "Veces compartido", "Compartits"},
		"saves":   {"Saved", "Saves", "Bookmarks", "Guardados", "Desats"},
	}
	any := func(header []string, fields ...string) int {
		n := 0
		for _, f := range fields {
			if slices.ContainsFunc(columns[f], func(c string) bool { return columnOf(header, c) >= 0 }) {
				n++
			}
		}
		return n
	}
	return tableFormat{
		name: "Metricool, or a table named alike", signature: []string{"created"}, columns: columns, layouts: times,
		like: func(header []string) bool {
			return any(header, "text", "url") > 0 && any(header, "views", "reach", "likes", "replies", "reposts", "saves") > 1
		},
		note: "what the columns hold was taken from their names; see that it is so, or say it with --map",
	}
}

// isNetwork tells whether a name of a network, as tools write it, means a platform. No name means any.
func isNetwork(name string, p pipeline.Platform) bool {
	n := strings.ToLower(notName.ReplaceAllString(name, ""))
	switch {
	case n == "" || n == string(p):
		return true
	case p == pipeline.X:
		return strings.HasPrefix(n, "twitter") || strings.HasSuffix(n, "twitter")
	}
	return len(p) > 2 && strings.HasPrefix(n, string(p)) // Facebook Page, Instagram Business
}
