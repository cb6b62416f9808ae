package hiscorestest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// Route reads the address of a request to index_lite.json: which table is asked
// for which name, as typed. It reports false for any other page and for tables
// there are none of.
func Route(r *http.Request) (name string, table hiscores.Table, ok bool) {
	rest, found := strings.CutPrefix(r.URL.Path, "/m=")
	if !found {
		return "", "", false
	}
	folder, page, _ := strings.Cut(rest, "/")
	table = hiscores.Table(folder)
	if page != "index_lite.json" || !slices.Contains(hiscores.Tables(), table) {
		return "", "", false
	}
	return r.URL.Query().Get("player"), table, true
}

// Answer writes what the site answers for a player it lists (found) or not: the
// body, 404, or 400 for a name that cannot be one.
func Answer(w http.ResponseWriter, name string, s hiscores.Snapshot, found bool) {
	if _, err := player.ParseName(name); err != nil {
		writePage(w, http.StatusBadRequest, unavailablePage)
		return
	}
	if !found {
		writePage(w, http.StatusNotFound, unavailablePage)
		return
	}
	data, err := Body(name, s)
	if err != nil {
		writePage(w, http.StatusInternalServerError, unavailablePage)
		return
	}
	writeJSON(w, data)
}

// ServeHTTP answers as the real site does, or with the fault in force.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == unavailablePath {
		writePage(w, http.StatusOK, unavailablePage)
		return
	}
	if r.Method != http.MethodGet {
		writePage(w, http.StatusMethodNotAllowed, unavailablePage)
		return
	}
	name, table, ok := Route(r)
	if !ok {
		writePage(w, http.StatusNotFound, unavailablePage)
		return
	}
	fault, cleared := s.record(r, name, table)
	if fault.Kind != "" && writeFault(w, r, fault, s.now()) {
		return
	}
	if !await(r.Context(), fault, cleared) {
		return
	}
	snapshot, found := s.lookup(name, table)
	Answer(w, name, snapshot, found)
}

// record notes the request and takes the fault it meets: the zero Fault for
// none.
func (s *Site) record(r *http.Request, name string, table hiscores.Table) (Fault, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var fault Fault
	var cleared <-chan struct{}
	key := keyOf(name)
	if f := s.takeFault(key, table); f != nil {
		fault, cleared = f.Fault, f.cleared
	}
	s.counts[key]++
	s.log = append(s.log, Request{
		Player: name, Table: table, At: s.now(), Fault: fault.Kind, UserAgent: r.UserAgent(),
	})
	return fault, cleared
}

// takeFault finds the fault for a request and counts it. s.mu is held.
func (s *Site) takeFault(key string, table hiscores.Table) *activeFault {
	for _, of := range []string{key, Everyone} {
		for _, f := range s.faults {
			if f.key != of || f.left == 0 || f.Table != "" && f.Table != table {
				continue
			}
			if f.left > 0 {
				f.left--
			}
			return f
		}
	}
	return nil
}

// await holds a request back as Hang and Slow ask. It reports false when the
// client hung up meanwhile.
func await(ctx context.Context, f Fault, cleared <-chan struct{}) bool {
	var due <-chan time.Time
	switch f.Kind {
	case Hang:
	case Slow:
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		due, cleared = timer.C, nil
	default:
		return true
	}
	select {
	case <-due:
	case <-cleared:
	case <-ctx.Done():
		return false
	}
	return true
}

func (s *Site) lookup(name string, table hiscores.Table) (hiscores.Snapshot, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	snapshot, ok := s.players[listing{keyOf(name), table}]
	return snapshot, ok
}
