package demo

import (
	"net/http"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

// Options configure a Site. The zero Options make a site that starts now.
type Options struct {
	// Seed chooses the course of things. Any number will do.
	Seed uint64
	// Start is when the story begins. Keep it beside stored snapshots: a site
	// that starts anew takes back what its players gained. Zero: Now, when the
	// site is made.
	Start time.Time
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Site is the simulated hiscores site, an http.Handler for the addresses of the
// real one. It may be used by many goroutines at once.
type Site struct {
	start    time.Time
	now      func() time.Time
	accounts map[string]*account // by the key of the name
}

var _ http.Handler = (*Site)(nil)

// NewSite makes a site with the players that Players lists.
func NewSite(o Options) *Site {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Start.IsZero() {
		o.Start = o.Now()
	}
	s := &Site{start: o.Start, now: o.Now, accounts: make(map[string]*account)}
	for _, p := range cast() {
		s.accounts[keyOf(p.Name)] = newAccount(p, o.Seed)
	}
	return s
}

// Start is when the story began; give it to the next site over the same store.
func (s *Site) Start() time.Time { return s.start }

// ServeHTTP answers like the real site: the player as of now, 404 for others,
// 400 for what cannot be a name.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, table, ok := hiscorestest.Route(r)
	if !ok || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	var snapshot hiscores.Snapshot
	a, found := s.accounts[keyOf(name)]
	if found {
		snapshot, found = a.at(table, s.now().Sub(s.start))
	}
	hiscorestest.Answer(w, name, snapshot, found)
}

// keyOf is the canonical key of a name, or "" if it is invalid.
func keyOf(name string) string {
	n, err := player.ParseName(name)
	if err != nil {
		return ""
	}
	return n.Key()
}
