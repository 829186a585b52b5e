package export

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"presencia/collectors"
	"presencia/pipeline"
)

var onlyYouTube = []pipeline.Platform{pipeline.YouTube}

func watch(id string) string { return "https://www.youtube.com/watch?v=" + id }

func youTubeFormats() []format {
	return []format{
		tableFormat{
			name: "YouTube Studio, videos", platforms: onlyYouTube, signature: []string{"id", "text", "created", "views"},
			columns: map[string][]string{
				"id": {"Content", "Contenido", "Contingut"}, "text": {"Video title", "Título del vídeo", "Título del video", "Títol del vídeo"},
				"created": {"Video publish time", "Hora de publicación del vídeo", "Hora de publicación del video", "Hora de publicació del vídeo"},
				"views":   {"Views", "Visualizaciones", "Vistas", "Visualitzacions"}, "likes": {"Likes", "Me gusta", "M'agrada"},
				"replies": {"Comments added", "Comentarios añadidos", "Comentaris afegits"}, "reposts": {"Shares", "Compartidos", "Comparticions"},
			},
			layouts: []string{"MMM D, YYYY", "D-MMM-YY", "D MMM YYYY", "YYYY-MM-DD"}, ranged: true, address: watch,
			note: "YouTube Studio exports the figures of the period that was chosen there: choose Lifetime, or those of older videos are left out where the file's name tells the period",
		},
		tableFormat{
			name: "YouTube Studio, days", platforms: onlyYouTube, signature: []string{"created", "gain", "Views"},
			columns: map[string][]string{"created": {"Date"}, "gain": {"Subscribers"}}, layouts: []string{"YYYY-MM-DD", "MMM D, YYYY", "D-MMM-YY"},
		},
		tableFormat{
			name: "YouTube Studio, chart", platforms: onlyYouTube, signature: []string{"Date", "Views"},
			useless: "which holds the figures of the whole channel by day",
		},
		tableFormat{
			name: "Google Takeout, YouTube videos", platforms: onlyYouTube, signature: []string{"id", "text", "created", "Privacy"},
			columns: map[string][]string{
				"id": {"Video ID"}, "text": {"Video Title (Original)"}, "created": {"Video Publish Timestamp", "Video Create Timestamp"},
				"language": {"Video Audio Language"}, "public": {"Privacy"},
			},
			layouts: []string{time.RFC3339, "2006-01-02 15:04:05 MST", "YYYY-MM-DD HH:MM:SS"}, address: watch,
		},
		takeoutVideo{},
	}
}

// takeoutVideo is a video of a Google Takeout as JSON: resources of the Data API.
type takeoutVideo struct{}

func (takeoutVideo) about() Format {
	return Format{
		Name: "Google Takeout, YouTube videos", Platforms: onlyYouTube, Gives: []pipeline.Field{
			pipeline.FieldText, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldViews, pipeline.FieldLikes, pipeline.FieldReplies,
		},
	}
}

func (takeoutVideo) claims(h head) bool {
	return isScript(h.text) && strings.Contains(h.text, `"youtube#video"`) && strings.Contains(h.text, `"snippet"`)
}

type videoResource struct {
	ID      string
	Snippet struct {
		PublishedAt        time.Time
		Title, Description string
		Language           string `json:"defaultAudioLanguage"`
	}
	Status     struct{ PrivacyStatus string }
	Statistics struct {
		Views    figure `json:"viewCount"`
		Likes    figure `json:"likeCount"`
		Comments figure `json:"commentCount"`
	}
}

func (f takeoutVideo) read(ctx context.Context, x *reading, in *input) error {
	begin, err := in.begin()
	if err != nil {
		return err
	}
	if err := x.posting(in, "Google Takeout", f.about().Gives); err != nil {
		return err
	}
	if strings.HasPrefix(begin, "[") {
		return elements(ctx, in, "", func(n int, v videoResource) error { return x.video(in, n, v) })
	}
	var raw json.RawMessage
	if err := object(in, &raw); err != nil {
		return err
	}
	var v videoResource
	_ = json.Unmarshal(raw, &v) // a field of the wrong kind is empty, and said of the video below
	return x.video(in, 1, v)
}

func (x *reading) video(in *input, n int, v videoResource) error {
	x.report.Rows++
	if v.Status.PrivacyStatus != "" && v.Status.PrivacyStatus != "public" {
		x.report.Others++
		return nil
	}
	if v.ID == "" {
		x.bad(in, n, "id: it has none")
		return nil
	}
	if err := x.plausible(v.Snippet.PublishedAt, v.Snippet.PublishedAt.Format(time.RFC3339)); err != nil {
		x.bad(in, n, "publishedAt: %v", err)
		return nil
	}
	p := pipeline.Post{
		ID: v.ID, CreatedAt: v.Snippet.PublishedAt.UTC(), Kind: pipeline.Own, Language: v.Snippet.Language, URL: watch(v.ID),
		Text: strings.TrimSpace(x.words(v.Snippet.Title + "\n" + v.Snippet.Description)),
	}
	p.Links, p.Hashtags, p.Mentions = collectors.InText(p.Text)
	for _, c := range []struct {
		name string
		s    figure
		into *pipeline.Count
	}{{"viewCount", v.Statistics.Views, &p.Figures.Views}, {"likeCount", v.Statistics.Likes, &p.Figures.Likes}, {"commentCount", v.Statistics.Comments, &p.Figures.Replies}} {
		var err error
		if *c.into, err = parseFigure(string(c.s), false); err != nil {
			x.bad(in, n, "%s: %v", c.name, err)
			return nil
		}
	}
	return x.add(in, n, p)
}
