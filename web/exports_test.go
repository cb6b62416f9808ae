package web_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
)

func TestExports(t *testing.T) {
	b := newBench(t, nil)
	first := hiscorestest.Account(5_000_000)
	for _, name := range []string{"Zezima", "Lynx Titan"} {
		p := b.add(name, &first)
		b.record(p, start.Add(time.Hour), hiscorestest.Account(6_000_000))
	}
	b.add("No fetch yet", nil)
	b.clock.set(start.Add(2 * time.Hour))
	for _, tt := range []struct {
		path    string
		rows    int // at least; negative: exactly
		columns int
		holds   string
	}{
		{"/api/export/players", -3, 12, "No fetch yet"},
		{"/api/export/players?status=active", -2, 12, "Zezima"},
		{"/api/export/players?search=zzz", 0, 12, "id"},
		{"/api/export/gains?period=day", 2, 12, "Lynx Titan"},
		{"/api/export/players/zezima/history", 2, 6, "Overall"},
		{"/api/export/players/No%20fetch%20yet/history", 0, 6, "metric"},
		{"/api/export/players/zezima/history?from=90m", 1, 6, "Overall"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			b := b.in(t)
			a := b.call(http.MethodGet, tt.path, "").want(http.StatusOK, nil).says(tt.holds)
			if got := a.header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
				t.Errorf("content type is %q", got)
			}
			if !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment;") {
				t.Error("the answer is no file")
			}
			table, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			rows := len(table) - 1
			if tt.rows < 0 && rows != -tt.rows || rows < tt.rows || len(table[0]) != tt.columns {
				t.Errorf("%d rows of %d columns, want %d of %d", rows, len(table[0]), tt.rows, tt.columns)
			}
			glue := "?"
			if strings.Contains(tt.path, "?") {
				glue = "&"
			}
			lines := b.call(http.MethodGet, tt.path+glue+"format=jsonl", "").want(http.StatusOK, nil)
			objects := strings.Count(lines.body, "\n")
			if objects != rows {
				t.Errorf("%d objects, %d rows", objects, rows)
			}
			for line := range strings.Lines(lines.body) {
				var object map[string]any
				if err := json.Unmarshal([]byte(line), &object); err != nil || len(object) != tt.columns {
					t.Fatalf("object %s: %v", line, err)
				}
			}
		})
	}
	b.call(http.MethodGet, "/api/export/players/Nobody/history", "").fails(http.StatusNotFound)
	for _, bad := range []string{"/players?format=xml", "/players/zezima/history?from=soon", "/players/zezima/history?from=1h&to=2h", "/gains?calendar=true"} {
		b.call(http.MethodGet, "/api/export"+bad, "").fails(http.StatusUnprocessableEntity)
	}
}

// TestExportThatBreaksOff: before anything was sent the caller is told why; after
// that the connection is cut, so that a part is not taken for the whole.
func TestExportThatBreaksOff(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	if a := b.call(http.MethodGet, "/api/export/players", ""); a.status < 500 || a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("answered %d %s: %s", a.status, a.header.Get("Content-Type"), a.body)
	}
}
