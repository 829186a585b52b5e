package export

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"presencia/collectors"
	"presencia/pipeline"
)

// The names of columns in English, Spanish, Catalan, Portuguese and German. Only the English and some of the Portuguese
// ones were seen in files; --map helps where one is called otherwise.
var (
	metaID       = []string{"Post ID", "Identificador de la publicación", "ID de la publicación", "Identificador de la publicació", "Identificação do post", "ID do post", "Post-ID", "Beitrags-ID"}
	metaTime     = []string{"Publish time", "Hora de publicación", "Hora de publicació", "Horário de publicação", "Veröffentlichungszeit", "Zeitpunkt der Veröffentlichung"}
	metaLink     = []string{"Permalink", "Enlace permanente", "Enllaç permanent", "Link permanente", "Dauerhafter Link", "Permanenter Link"}
	metaText     = []string{"Description", "Descripción", "Descripció", "Descrição", "Beschreibung", "Title", "Título", "Títol", "Titel"}
	metaPage     = []string{"Page ID", "Identificador de la página", "ID de la página", "Identificador de la pàgina", "Identificação da Página", "ID da Página", "Seiten-ID"}
	metaPageName = []string{"Page name", "Nombre de la página", "Nom de la pàgina", "Nome da Página", "Seitenname", "Name der Seite"}
	metaAccount  = []string{"Account ID", "Identificador de la cuenta", "ID de la cuenta", "Identificador del compte", "Identificação da conta", "ID da conta", "Konto-ID"}
	metaUser     = []string{"Account username", "Nombre de usuario de la cuenta", "Nom d'usuari del compte", "Nome de usuário da conta", "Konto-Nutzername", "Benutzername des Kontos"}
	metaLikes    = []string{"Likes", "Me gusta", "M'agrada", "Curtidas", "„Gefällt mir“-Angaben", "Gefällt mir"}
	metaReacts   = []string{"Reactions", "Reacciones", "Reaccions", "Reações", "Reaktionen"}
	metaComments = []string{"Comments", "Comentarios", "Comentaris", "Comentários", "Kommentare"}
	metaShares   = []string{"Shares", "Veces compartido", "Veces que se ha compartido", "Vegades compartit", "Compartilhamentos", "Geteilte Inhalte", "Geteilt"}
	metaViews    = []string{"Views", "Visualizaciones", "Visualitzacions", "Visualizações", "Aufrufe", "Impressions", "Impresiones", "Impressões", "Impressionen"}
	metaReach    = []string{"Reach", "Alcance", "Abast", "Reichweite"}
	metaSaves    = []string{"Saves", "Veces guardado", "Elementos guardados", "Vegades desat", "Salvamentos", "Gespeicherte Inhalte"}
	metaPeriod   = []string{"Date", "Fecha", "Data", "Datum"}
)

func metaFormats() []format {
	facebook, instagram := []pipeline.Platform{pipeline.Facebook}, []pipeline.Platform{pipeline.Instagram}
	return []format{
		tableFormat{
			name: "Meta Business Suite content, Facebook", platforms: facebook, signature: []string{"id", "owner_id", "created", "url"},
			columns: map[string][]string{
				"id": metaID, "created": metaTime, "text": metaText, "url": metaLink, "likes": metaReacts, "replies": metaComments, "reposts": metaShares,
				"views": metaViews, "reach": metaReach, "period": metaPeriod, "owner_id": metaPage, "owner_name": metaPageName,
			},
			layouts: []string{"MM/DD/YYYY HH:MM"}, joined: true,
		},
		tableFormat{
			name: "Meta Business Suite content, Instagram", platforms: instagram, signature: []string{"id", "owner_id", "created", "url"},
			columns: map[string][]string{
				"id": metaID, "created": metaTime, "text": metaText, "url": metaLink, "likes": metaLikes, "replies": metaComments, "reposts": metaShares,
				"views": metaViews, "reach": metaReach, "saves": metaSaves, "period": metaPeriod, "owner_id": metaAccount, "owner": metaUser,
			},
			layouts: []string{"MM/DD/YYYY HH:MM"},
		},
		tableFormat{
			name: "Facebook Insights, posts", platforms: facebook, signature: []string{"id", "url", "text", "created", "reach"},
			columns: map[string][]string{
				"id": {"Post ID"}, "url": {"Permalink"}, "text": {"Post Message"}, "created": {"Posted"}, "reach": {"Lifetime Post Total Reach"},
				"views": {"Lifetime Post Total Impressions"},
			},
			layouts: []string{"MM/DD/YYYY h:MM:SS AM", "MM/DD/YYYY HH:MM:SS", "MM/DD/YYYY HH:MM", "M/D/YY H:MM"}, explained: true,
			note: "Facebook Insights writes times as in California; give --zone America/Los_Angeles",
		},
		tableFormat{
			name: "Facebook Insights, page", platforms: facebook, signature: []string{"created", "followers", "Daily Page Engaged Users"},
			columns: map[string][]string{"created": {"Date"}, "followers": {"Lifetime Total Follows"}},
			layouts: []string{"YYYY-MM-DD", "MM/DD/YYYY", "M/D/YY"}, explained: true,
		},
		tableFormat{
			name: "Facebook Insights, page", platforms: facebook, signature: []string{"Date", "Lifetime Total Likes"},
			useless: `which tells who likes the page and not who follows it; if that is the same for it, add --map created=Date --map "followers=Lifetime Total Likes" --date-layout YYYY-MM-DD`,
		},
		tableFormat{
			name: "Meta Business Suite chart", signature: []string{"Date", "Primary"},
			useless: "which holds the figures of the whole page by day, and of followers only who came, not who left; export the content instead",
		},
		instagramDownload{},
	}
}

// instagramDownload is what Instagram gives an account of itself, as JSON.
type instagramDownload struct{}

func (instagramDownload) about() Format {
	return Format{
		Name: "Instagram download", Platforms: []pipeline.Platform{pipeline.Instagram}, Gives: []pipeline.Field{
			pipeline.FieldText, pipeline.FieldPostLinks, pipeline.FieldHashtags, pipeline.FieldMentions, pipeline.FieldMedia,
		},
		Note: "an Instagram download has no ids of posts: import it only for a time that is read from nowhere else, or its posts count twice",
	}
}

func (instagramDownload) claims(h head) bool {
	return strings.Contains(h.text, `"creation_timestamp"`) && (strings.HasPrefix(h.text, "[") && strings.Contains(h.text, `"media"`) || instagramKey(h.text) != "")
}

// instagramKey is under what key the posts stand; empty: they are the text's own list.
func instagramKey(text string) string {
	if !strings.HasPrefix(text, "{") {
		return ""
	}
	for _, key := range []string{"ig_reels_media", "ig_igtv_media"} {
		if strings.Contains(text, `"`+key+`"`) {
			return key
		}
	}
	return ""
}

// downloadedMedia is a picture or video of a download, and a post that is one alone.
type downloadedMedia struct {
	URI     string
	Title   string
	Created int64 `json:"creation_timestamp"` // seconds
}

func (f instagramDownload) read(ctx context.Context, x *reading, in *input) error {
	begin, err := in.begin()
	if err != nil {
		return err
	}
	if err := x.posting(in, "Instagram download", f.about().Gives); err != nil {
		return err
	}
	return elements(ctx, in, instagramKey(begin), func(n int, v struct {
		Media []downloadedMedia
		downloadedMedia
	}) error {
		x.report.Rows++
		if len(v.Media) == 1 && v.Created == 0 { // then the post's words are those of its picture
			v.Title, v.Created = v.Media[0].Title, v.Media[0].Created
		}
		at := time.Unix(v.Created, 0).UTC()
		if err := x.plausible(at, fmt.Sprint(v.Created)); err != nil {
			x.bad(in, n, "creation_timestamp: %v", err)
			return nil
		}
		p := pipeline.Post{CreatedAt: at, Kind: pipeline.Own, Text: x.words(fromLatin1(v.Title))}
		p.Links, p.Hashtags, p.Mentions = collectors.InText(p.Text)
		for _, m := range v.Media {
			kind := "image"
			if slices.ContainsFunc([]string{".mp4", ".mov", ".srt"}, func(end string) bool { return strings.HasSuffix(strings.ToLower(m.URI), end) }) {
				kind = "video"
			}
			p.Media = append(p.Media, pipeline.Media{Kind: kind, URL: m.URI})
		}
		p.ID = hashID(x.account.ID, at, p.Text)
		return x.add(in, n, p)
	})
}

// fromLatin1 undoes what Meta does to its texts: the bytes of UTF-8, each written as a character of its own.
func fromLatin1(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return s
		}
		b = append(b, byte(r))
	}
	if !utf8.Valid(b) {
		return s
	}
	return string(b)
}
