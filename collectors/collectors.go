// Package collectors is the way to the outside world: one file a platform, and one path for every request (fetch.go).
//
// To add a platform, write one file with a source like
//
//	func bluesky() source {
//		return source{
//			platform: pipeline.Bluesky,
//			gives:    []pipeline.Field{pipeline.FieldFollowers, pipeline.FieldText},
//			open:     func(f *fetcher, o Options) pipeline.Collector { return blueskyCollector{f, o} },
//		}
//	}
//
// and name it in sources. Its requests go through [fetcher.visit], its tests replay answers from testdata/<platform>.
package collectors

import (
	"log/slog"
	"net/http"
	"time"

	"presencia/pipeline"
)

// Options are what the collectors share.
type Options struct {
	// Version and Contact make the User-Agent: presencia/<version> (+<contact>). Contact is a mailbox or a page.
	Version, Contact string
	// Credential finds a secret by the name that the register gives it, see [Credential] for its forms; nil where there are none.
	Credential func(name string) (pipeline.Secret, error)
	// Save stores what a credential has become, where its platform gave a new token in the place of one that ended; nil:
	// it lasts as long as the collectors do.
	Save func(name string, content pipeline.Secret) error
	// Now is the wall clock, also in a simulation: it measures waiting. What is observed is dated with Request.Now.
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: nothing is logged; one line a request at level debug
	// Transport replaces the network and with it the guard on addresses; nil: the real one.
	Transport http.RoundTripper
	// Refresh is the age up to which the conversations under a post are followed; 0: 60 days, when
	// a run that comes late still reads a post for the last time.
	Refresh time.Duration
	// Backoff is the pause before the first retry, where the server names none; it doubles with each; 0: 1 second.
	Backoff time.Duration
}

// source is a platform as this package knows it.
type source struct {
	platform      pipeline.Platform
	gives         []pipeline.Field // what it can tell, in the best case
	notApplicable []pipeline.Field // what has no meaning there
	proof         Proof
	open          func(*fetcher, Options) pipeline.Collector
	renewal       *renewal // how its tokens are renewed; nil: by a person
}

// Proof says what a collector has been run against in the tests; readers see it wherever the platform is listed.
type Proof string

// The proofs, the strongest first.
const (
	RealServer    Proof = "real server"   // software that was not written for it
	Specification Proof = "specification" // a machine-readable description of the API, written elsewhere
	OwnStub       Proof = "own stub"      // answers that we wrote from the documentation: the weakest
)

// sources lists every platform that can be read live, in the order that readers see.
func sources() []source {
	return []source{
		mastodon(),
		bluesky(),
		x(),
		youtube(),
		feed(),
		wordpress(),
		facebook(),
		instagram(),
		threads(),
		linkedin(),
		tiktok(),
		telegram(),
		flickr(),
	}
}

// All makes the collector of each platform. They share their connections and the limits of the servers.
func All(o Options) map[pipeline.Platform]pipeline.Collector {
	o = withDefaults(o)
	f := newFetcher(o)
	all := map[pipeline.Platform]pipeline.Collector{}
	for _, s := range sources() {
		if s.renewal != nil {
			f.renewals[s.platform] = *s.renewal
		}
		all[s.platform] = s.open(f, o)
	}
	return all
}

func withDefaults(o Options) Options {
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the one default
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Refresh <= 0 {
		o.Refresh = 60 * 24 * time.Hour
	}
	if o.Backoff <= 0 {
		o.Backoff = time.Second
	}
	return o
}

// Capability says what can be had of a platform. A field in neither list is unknown there.
type Capability struct {
	Platform      pipeline.Platform
	Gives         []pipeline.Field
	NotApplicable []pipeline.Field
	Proof         Proof
}

// Capabilities lists the platforms that can be read live, from the very lists that the collectors work with.
func Capabilities() []Capability {
	var all []Capability
	for _, s := range sources() {
		all = append(all, Capability{s.platform, s.gives, s.notApplicable, s.proof})
	}
	return all
}
