package hiscorestest

import (
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// Everyone is the name under which a fault strikes requests for all players.
const Everyone = "*"

// Request is one request that came in, faults included.
type Request struct {
	// Player is the name as it was asked for.
	Player string
	// Table is the table asked.
	Table hiscores.Table
	// At is when the request came.
	At time.Time
	// Fault is what it met. Empty: nothing.
	Fault FaultKind
	// UserAgent is how the client named itself.
	UserAgent string
}

// Site is the fake. It may be used by many goroutines at once. Make one with
// NewSite; it starts without players and faults.
type Site struct {
	now func() time.Time

	mu      sync.Mutex
	players map[listing]hiscores.Snapshot
	faults  []*activeFault
	log     []Request
	counts  map[string]int // requests by the key of the player
}

// listing is a row of a table.
type listing struct {
	key   string
	table hiscores.Table
}

// activeFault is a fault in force for the requests of one player or everyone.
type activeFault struct {
	Fault
	key     string
	left    int           // requests still to meet it; below zero: no end
	cleared chan struct{} // closed when it is
}

// NewSite makes a site that dates requests by time.Now.
func NewSite() *Site { return NewSiteAt(time.Now) }

// NewSiteAt makes a site that dates requests and Retry-After by that clock.
func NewSiteAt(now func() time.Time) *Site {
	return &Site{now: now, players: make(map[listing]hiscores.Snapshot), counts: make(map[string]int)}
}

// Start serves the site on a free local port until stop is called, which ends
// requests under way and may be called twice. The address goes into
// hiscores.Options.BaseURL.
func (s *Site) Start() (url string, stop func()) {
	server := httptest.NewServer(s)
	return server.URL, sync.OnceFunc(func() {
		server.CloseClientConnections() // ends hanging requests
		server.Close()
	})
}

// SetPlayer lists a player on a table, in place of what was there.
func (s *Site) SetPlayer(name string, table hiscores.Table, snapshot hiscores.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.players[listing{keyOf(name), table}] = snapshot
}

// SetAccount lists an account on every table that a player of that mode is on.
func (s *Site) SetAccount(name string, mode player.Mode, snapshot hiscores.Snapshot) {
	s.SetPlayer(name, hiscores.RegularTable, snapshot)
	if mode.Iron() {
		s.SetPlayer(name, hiscores.IronmanTable, snapshot)
		s.SetPlayer(name, hiscores.TableOf(mode), snapshot)
	}
}

// Remove takes a player off the tables given, or off all when none is.
func (s *Site) Remove(name string, tables ...hiscores.Table) {
	if len(tables) == 0 {
		tables = hiscores.Tables()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range tables {
		delete(s.players, listing{keyOf(name), t})
	}
}

// Fault makes requests for a player, or for Everyone, fail. A player's own
// faults come before everyone's, and one for the same name and table replaces
// the one before.
func (s *Site) Fault(name string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := keyOf(name)
	s.clearFaults(func(old *activeFault) bool { return old.key == key && old.Table == f.Table })
	left := f.Times
	if left == 0 {
		left = -1
	}
	s.faults = append(s.faults, &activeFault{Fault: f, key: key, left: left, cleared: make(chan struct{})})
}

// Clear ends the faults of a player, or those of Everyone, and lets requests
// that hang by them go on.
func (s *Site) Clear(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := keyOf(name)
	s.clearFaults(func(f *activeFault) bool { return f.key == key })
}

// clearFaults ends the faults that match. s.mu is held.
func (s *Site) clearFaults(match func(*activeFault) bool) {
	s.faults = slices.DeleteFunc(s.faults, func(f *activeFault) bool {
		if !match(f) {
			return false
		}
		close(f.cleared)
		return true
	})
}

// Requests is the number of requests for a player since the start or the last
// ForgetRequests; for Everyone, of all.
func (s *Site) Requests(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == Everyone {
		return len(s.log)
	}
	return s.counts[keyOf(name)]
}

// RequestLog lists those requests in the order they came.
func (s *Site) RequestLog() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// ForgetRequests empties the log.
func (s *Site) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
	clear(s.counts)
}

// keyOf is the canonical key of a name, or the name itself if it is invalid.
func keyOf(name string) string {
	if n, err := player.ParseName(name); err == nil {
		return n.Key()
	}
	return strings.ToLower(name)
}
