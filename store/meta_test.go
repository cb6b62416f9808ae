package store_test

import (
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/store"
)

func TestMeta(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		get := func(name string) string {
			t.Helper()
			value, err := b.Meta(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
		if got := get("demo"); got != "" {
			t.Errorf("unset: %q", got)
		}
		for _, value := range []string{"true", `it's "quoted" ? \ %`, ""} {
			if err := b.SetMeta(t.Context(), "demo", value); err != nil {
				t.Fatal(err)
			}
			if got := get("demo"); got != value {
				t.Errorf("got %q, want %q", got, value)
			}
		}
	})
}

func TestSitePauseIsNeverShortened(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		steps := []struct{ set, want time.Time }{
			{morning.Add(1500 * time.Millisecond), morning.Add(1500 * time.Millisecond)},
			{morning, morning.Add(1500 * time.Millisecond)},
			{morning.Add(time.Hour), morning.Add(time.Hour)},
			{time.Time{}, morning.Add(time.Hour)},
		}
		if until, err := b.SitePause(t.Context()); !until.IsZero() || err != nil {
			t.Errorf("before any pause: %v, %v", until, err)
		}
		for _, step := range steps {
			if err := b.SetSitePause(t.Context(), step.set); err != nil {
				t.Fatal(err)
			}
			if until, err := b.SitePause(t.Context()); !until.Equal(step.want) || err != nil {
				t.Errorf("after %v: %v, %v; want %v", step.set, until, err, step.want)
			}
		}
		if until, err := open(t, b.url).SitePause(t.Context()); !until.Equal(morning.Add(time.Hour)) || err != nil {
			t.Errorf("after a restart: %v, %v", until, err)
		}
	})
}

func TestPrune(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		for i := range 10 {
			if err := b.RecordFailure(t.Context(), attempt(p.ID, morning.Add(time.Duration(i)*time.Hour)), "503"); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []struct {
			before time.Time
			want   int64
		}{{time.Time{}, 0}, {morning, 0}, {morning.Add(4 * time.Hour), 4}, {morning.Add(4 * time.Hour), 0}} {
			got, err := b.Prune(t.Context(), store.PruneOptions{RunsBefore: step.before})
			if err != nil || got.Runs != step.want {
				t.Errorf("before %v: %+v, %v; want %d", step.before, got, err, step.want)
			}
		}
		if runs, err := b.Runs(t.Context(), p.ID, 0); len(runs) != 6 || err != nil {
			t.Errorf("%d runs left, %v", len(runs), err)
		}
	})
}
