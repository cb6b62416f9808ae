package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

// newGrowing is a bench whose player Zezima gained 5,000 Attack experience four
// hours after its first fetch and lost its rank in Zulrah, an hour ago by its clock.
func newGrowing(t *testing.T) (*bench, player.Player) {
	t.Helper()
	b := newBench(t, nil)
	first := hiscorestest.Account(50_000_000)
	p := b.add("Zezima", &first)
	b.record(p, start.Add(4*time.Hour), hiscorestest.Gain(first, "Attack", 5000))
	b.clock.set(start.Add(5 * time.Hour))
	return b, p
}

type rowAnswer struct {
	Metric string `json:"metric"`
	Kind   string `json:"kind"`
	Rank   *int64 `json:"rank"`
	Level  *int64 `json:"level"`
	Value  *int64 `json:"value"`
}

type snapshotAnswer struct {
	Player string      `json:"player"`
	At     time.Time   `json:"at"`
	Rows   []rowAnswer `json:"rows"`
}

func (s snapshotAnswer) value(metric string) (n int64, ok bool) {
	for _, r := range s.Rows {
		if r.Metric == metric && r.Value != nil {
			return *r.Value, true
		}
	}
	return 0, false
}

func TestSnapshot(t *testing.T) {
	b, _ := newGrowing(t)
	first, _ := hiscorestest.Account(50_000_000).Row("Attack")
	before, _ := first.Value.Get()
	for _, tt := range []struct {
		name, at string
		want     int64
		when     time.Time
	}{
		{"now", "", before + 5000, start.Add(4 * time.Hour)},
		{"ago", "90m", before, start.Add(3*time.Hour + 30*time.Minute)},
		{"at", "2026-03-04T10:00:00Z", before, start},
		{"in another zone", "2026-03-04T16:30:00%2B02:00", before + 5000, start.Add(4 * time.Hour)},
		{"zone with a plus not escaped", "2026-03-04T12:00:00+02:00", before, start},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			var got snapshotAnswer
			b.call(http.MethodGet, "/api/players/zezima/snapshot?at="+tt.at, "").want(http.StatusOK, &got)
			if v, ok := got.value("Attack"); !ok || v != tt.want {
				t.Errorf("Attack is %d, want %d", v, tt.want)
			}
			if !got.At.Equal(tt.when) || got.Player != "Zezima" {
				t.Errorf("snapshot of %q at %v, want %v", got.Player, got.At, tt.when)
			}
		})
	}
	t.Run("before the first", func(t *testing.T) {
		b.in(t).call(http.MethodGet, "/api/players/zezima/snapshot?at=7d", "").fails(http.StatusNotFound)
	})
	t.Run("never minus one", func(t *testing.T) {
		b := b.in(t)
		res := b.call(http.MethodGet, "/api/players/zezima/snapshot", "").want(http.StatusOK, nil)
		if strings.Contains(res.body, "-1") {
			t.Errorf("an unknown number shows as -1: %s", res.body)
		}
		res.says(`"rank":null`)
	})
}

func TestGains(t *testing.T) {
	b, _ := newGrowing(t)
	type change struct {
		Metric string `json:"metric"`
		What   string `json:"what"`
		Gain   int64  `json:"gain"`
	}
	both := []change{{"Overall", "gained", 5000}, {"Attack", "gained", 5000}}
	for _, tt := range []struct {
		name, query string
		want        []change
	}{
		{"the last day", "", both},
		{"a stretch with the change", "?from=2026-03-04T13:00:00Z&to=2026-03-04T14:00:00Z", both},
		{"ago", "?from=2h&to=30m", both},
		{"a stretch after it", "?from=30m", []change{}},
		{"a stretch before it", "?from=5h&to=4h", []change{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			var got struct {
				Changes []change `json:"changes"`
			}
			b.call(http.MethodGet, "/api/players/zezima/gains"+tt.query, "").want(http.StatusOK, &got)
			if diff := cmp.Diff(tt.want, got.Changes); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSeries(t *testing.T) {
	b, _ := newGrowing(t)
	var got struct {
		Metric string `json:"metric"`
		Points []struct {
			At    time.Time `json:"at"`
			Value *int64    `json:"value"`
		} `json:"points"`
	}
	b.call(http.MethodGet, "/api/players/zezima/series/attack?from=7d", "").want(http.StatusOK, &got)
	if got.Metric != "Attack" || len(got.Points) != 2 {
		t.Fatalf("series is %+v, want two points of Attack", got)
	}
	if gain := *got.Points[1].Value - *got.Points[0].Value; gain != 5000 || !got.Points[1].At.Equal(start.Add(4*time.Hour)) {
		t.Errorf("last point gains %d at %v", gain, got.Points[1].At)
	}
	t.Run("a name with spaces", func(t *testing.T) {
		b.in(t).call(http.MethodGet, "/api/players/zezima/series/clue%20scrolls%20(all)", "").want(http.StatusOK, nil)
	})
	t.Run("unknown metric", func(t *testing.T) {
		p := b.in(t).call(http.MethodGet, "/api/players/zezima/series/Sailng", "").fails(http.StatusNotFound)
		if len(p.Errors) != 1 || p.Errors[0].Location != "path.metric" || p.Errors[0].Value != "Sailng" {
			t.Errorf("problem is %+v", p)
		}
	})
}

func TestBadTimes(t *testing.T) {
	b, _ := newGrowing(t)
	for _, tt := range []struct{ path, location string }{
		{"snapshot?at=yesterday", "query.at"},
		{"snapshot?at=-1h", "query.at"},
		{"snapshot?at=99999999d", "query.at"},
		{"gains?from=1h&to=2h", "query.from"},
		{"gains?from=1h&to=1h", "query.from"},
		{"gains?to=2026-13-01T00:00:00Z", "query.to"},
		{"series/Attack?from=soon", "query.from"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			p := b.in(t).call(http.MethodGet, "/api/players/zezima/"+tt.path, "").fails(http.StatusUnprocessableEntity)
			if len(p.Errors) != 1 || p.Errors[0].Location != tt.location {
				t.Errorf("problem is %+v, want one about %s", p, tt.location)
			}
		})
	}
}

func TestFetchNow(t *testing.T) {
	b, p := newGrowing(t)
	var got struct {
		Message  string          `json:"message"`
		TaskID   string          `json:"task_id"`
		Queued   bool            `json:"queued"`
		Snapshot *snapshotAnswer `json:"snapshot"`
	}
	b.call(http.MethodPost, "/api/players/zezima/fetch", "").want(http.StatusAccepted, &got)
	if got.TaskID != "player_fetch_1" || !got.Queued || got.Snapshot != nil {
		t.Errorf("first fetch: %+v", got)
	}
	b.call(http.MethodPost, "/api/players/zezima/fetch", "").want(http.StatusAccepted, &got)
	if got.TaskID != "player_fetch_1" || got.Queued {
		t.Errorf("fetch while one waits: %+v", got)
	}
	b.record(p, b.clock.Now(), hiscorestest.Set(hiscorestest.Account(50_000_000), "Zulrah", hiscores.Number{}))
	b.clock.set(b.clock.Now().Add(59 * time.Second))
	b.call(http.MethodPost, "/api/players/zezima/fetch", "").want(http.StatusOK, &got)
	if got.TaskID != "" && got.Snapshot == nil || !strings.Contains(got.Message, "60 seconds") {
		t.Errorf("fetch within 60 s: %+v", got)
	}
	if got.Snapshot == nil || !got.Snapshot.At.Equal(start.Add(5*time.Hour)) {
		t.Errorf("stored snapshot is %+v", got.Snapshot)
	}
}
