package schedules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/robfig/cron/v3"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
)

func (b *bench) provider(limit int) *Provider {
	return NewProvider(b.book, ProviderOptions{Statics: b.statics(), Sweep: 5 * time.Second, PlayerEntries: limit}, quiet())
}

// shown is what a person sees of an entry.
func shown(configs []*asynq.PeriodicTaskConfig) map[string]string {
	list := map[string]string{}
	for _, c := range configs {
		list[c.Task.Type()+" "+string(c.Task.Payload())] = c.Cronspec
	}
	return list
}

func mustConfigs(t testing.TB, p *Provider) []*asynq.PeriodicTaskConfig {
	t.Helper()
	configs, err := p.GetConfigs()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range configs {
		if _, err := cron.ParseStandard(c.Cronspec); err != nil {
			t.Fatalf("entry %s: %v", c.Task.Type(), err)
		}
	}
	if len(shown(configs)) != len(configs) {
		t.Fatal("two entries are the same")
	}
	return configs
}

func TestProviderShowsAFewPlayersEach(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 360, b.now)
	b.roll.add(t, 47, b.now)
	b.apply(t)
	spec, _ := CronSpec(360, Phase(p.ID, 360))
	want := map[string]string{
		"check_game_mode_downgrades ": "0 2 * * *",
		"store:prune ":                "0 4 * * *",
		"schedules:reconcile ":        "*/5 * * * *",
		"player:due {}":               "@every 5s",
		`player:due {"schedule":"player_fetch_1","player":"Player 1","every":"6h"}`: spec,
		`player:due {"every":"47m"}`: "* * * * *",
	}
	if diff := cmp.Diff(want, shown(mustConfigs(t, b.provider(500)))); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestProviderGroupsManyPlayersAndStaysSo(t *testing.T) {
	b := newBench(t)
	for i := range 11 {
		b.roll.add(t, []player.Interval{30, 60, 47}[i%3], b.now)
	}
	b.apply(t)
	const fixed = 4
	p := b.provider(10)
	if got := len(mustConfigs(t, p)); got != fixed+3 {
		t.Fatalf("%d entries for 11 players above a limit of 10, want one an interval: %d", got, fixed+3)
	}
	b.roll.remove(1)
	b.roll.remove(2)
	b.apply(t)
	if got := len(mustConfigs(t, p)); got != fixed+3 {
		t.Errorf("%d entries for 9 players, want them grouped until fewer than 8 are left", got)
	}
	b.roll.remove(4)
	b.roll.remove(5)
	b.apply(t)
	if got := len(mustConfigs(t, p)); got != fixed+7-2 {
		t.Errorf("%d entries for 7 players, want one each, the three of 47m sharing one", got)
	}
}

func TestProviderNeverOffersMoreThanItMay(t *testing.T) {
	b := newBench(t)
	for i := range 700 {
		b.roll.add(t, player.Interval(i+1000), b.now)
	}
	b.apply(t)
	p := b.provider(500)
	before := shown(mustConfigs(t, p))
	if len(before) != maxEntries {
		t.Fatalf("%d entries, want %d", len(before), maxEntries)
	}
	b.roll.add(t, 1, b.now)
	b.apply(t)
	if diff := cmp.Diff(before, shown(mustConfigs(t, p))); diff != "" {
		t.Errorf("a new interval took the entry of another (-before +after):\n%s", diff)
	}
}

func TestProviderAnswersFromMemoryWhileNothingChanges(t *testing.T) {
	b := newBench(t)
	b.roll.add(t, 30, b.now)
	b.apply(t)
	p := b.provider(500)
	first, second := mustConfigs(t, p), mustConfigs(t, p)
	if &first[0] != &second[0] {
		t.Error("an unchanged index made a new list")
	}
	b.roll.add(t, 30, b.now)
	b.apply(t)
	if got := len(mustConfigs(t, p)); got != len(first)+1 {
		t.Errorf("%d entries after an add, want %d", got, len(first)+1)
	}
}

func TestProviderKeepsItsListWhileRedisIsAway(t *testing.T) {
	server := testenv.RealRedis(t)
	b := newBenchOn(t, clientOf(t, server.URL()), Grid{})
	b.roll.add(t, 30, b.now)
	b.apply(t)
	known, fresh := b.provider(500), b.provider(500)
	before := mustConfigs(t, known)
	server.Kill()
	if got := mustConfigs(t, known); len(got) != len(before) {
		t.Errorf("%d entries while Redis is away, want the last %d", len(got), len(before))
	}
	if got, err := fresh.GetConfigs(); err == nil {
		t.Errorf("a provider that never loaded answered %d entries, want an error", len(got))
	}
}

func TestProviderSkipsAnUnreadableDefinition(t *testing.T) {
	b := newBench(t)
	b.roll.add(t, 30, b.now)
	b.roll.add(t, 30, b.now)
	b.apply(t)
	b.do(t, "SET", b.book.keys.definitionOf(1), "{broken")
	if got := len(mustConfigs(t, b.provider(500))); got != 5 {
		t.Errorf("%d entries, want the four fixed ones and the readable one", got)
	}
}

func BenchmarkGetConfigsUnchanged(b *testing.B) {
	w := newBench(b)
	for i := range 400 {
		w.roll.add(b, player.Interval(i+1), w.now)
	}
	w.apply(b)
	p := w.provider(500)
	for b.Loop() {
		if _, err := p.GetConfigs(); err != nil {
			b.Fatal(err)
		}
	}
}
