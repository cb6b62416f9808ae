package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// identityModel is what is known of each player of one name: every answer in the
// order it came, and those that wait for a decision.
type identityModel struct {
	b       bench
	t       *testing.T
	rt      *rapid.T
	current int64
	hour    int
	// applied are the answers in each player's history.
	applied map[int64][]hiscores.Snapshot
	held    []hiscores.Snapshot
}

// drawAnswer moves some values of a body a little or a lot, either way, or hides
// them.
func (m *identityModel) drawAnswer(before hiscores.Snapshot) hiscores.Snapshot {
	s := hiscores.Snapshot{At: hours(m.hour), Rows: slices.Clone(before.Rows)}
	for i, r := range s.Rows {
		was, _ := r.Value.Get()
		switch rapid.SampledFrom([]string{"same", "same", "gains", "gains", "falls", "plunges", "unknown"}).Draw(m.rt, r.Metric) {
		case "gains":
			s.Rows[i].Value = hiscores.Known(was + rapid.Int64Range(0, 60).Draw(m.rt, "by"))
		case "falls":
			s.Rows[i].Value = hiscores.Known(max(0, was-rapid.Int64Range(0, 60).Draw(m.rt, "by")))
		case "plunges":
			s.Rows[i].Value = hiscores.Known(was / 3)
		case "unknown":
			s.Rows[i].Value = hiscores.Number{}
		}
	}
	return s
}

// fetch records an answer, sometimes twice.
func (m *identityModel) fetch(s hiscores.Snapshot) {
	var wasFlagged bool
	for i := range rapid.IntRange(1, 2).Draw(m.rt, "times recorded") {
		wasFlagged = wasFlagged || i == 0 && m.b.player(m.t, m.current).Status == player.Flagged
		m.b.fetch(m.t, m.current, s.At, s.Rows...)
	}
	flagged := m.b.player(m.t, m.current).Status == player.Flagged
	if wasFlagged && !flagged {
		m.rt.Fatalf("a fetch alone ended the flag at hour %d", m.hour)
	}
	if flagged {
		m.held = append(m.held, s)
	} else {
		m.applied[m.current] = append(m.applied[m.current], s)
	}
}

// decide accepts or splits, which must fail unless the player is flagged.
func (m *identityModel) decide() {
	ctx, flagged := m.t.Context(), len(m.held) > 0
	if rapid.Bool().Draw(m.rt, "accept") {
		_, err := m.b.AcceptHeld(ctx, m.current)
		if (err == nil) != flagged || err != nil && !errors.Is(err, store.ErrNotFlagged) {
			m.rt.Fatalf("accept, flagged %v: %v", flagged, err)
		}
	} else {
		split, err := m.b.SplitPlayer(ctx, m.current)
		if (err == nil) != flagged || err != nil && !errors.Is(err, store.ErrNotFlagged) {
			m.rt.Fatalf("split, flagged %v: %v", flagged, err)
		}
		if flagged {
			m.current = split.Fresh.ID
		}
	}
	m.applied[m.current] = append(m.applied[m.current], m.held...)
	m.held = nil
}

// check fails when a value is not where it was put, or a gain is negative.
func (m *identityModel) check() {
	for id, history := range m.applied {
		for _, want := range history {
			got, err := m.b.SnapshotAt(m.t.Context(), id, want.At)
			if err != nil {
				m.rt.Fatal(err)
			}
			same(m.rt, fmt.Sprintf("values of player %d at %v", id, want.At), knownValues(want), knownValues(got))
		}
		m.checkGains(id)
	}
	held, err := m.b.HeldSnapshots(m.t.Context(), m.current)
	if err != nil {
		m.rt.Fatal(err)
	}
	for _, want := range m.held {
		i := slices.IndexFunc(held, func(h store.HeldSnapshot) bool { return !want.At.Before(h.At) && !want.At.After(h.Until) })
		if i < 0 {
			m.rt.Fatalf("the answer of %v is not held", want.At)
		}
		same(m.rt, fmt.Sprintf("held values of %v", want.At), knownValues(want), knownValues(held[i].Snapshot))
	}
}

// checkGains asks for the gains over random periods.
func (m *identityModel) checkGains(id int64) {
	for range 4 {
		from := rapid.IntRange(-1, m.hour).Draw(m.rt, "from")
		to := rapid.IntRange(from, m.hour+1).Draw(m.rt, "to")
		changes, err := m.b.Gains(m.t.Context(), id, hours(from), hours(to))
		if err != nil {
			m.rt.Fatal(err)
		}
		for _, c := range changes {
			if c.Gain < 0 && !hiscores.MayFall(c.Metric) {
				m.rt.Fatalf("player %d from hour %d to %d: %+v", id, from, to, c)
			}
		}
		overall, err := m.b.OverallGains(m.t.Context(), []int64{id}, hours(from), hours(to))
		if err != nil || overall[id] < 0 {
			m.rt.Fatalf("overall gain of player %d from hour %d to %d: %d, %v", id, from, to, overall[id], err)
		}
	}
}

func TestIdentityNeverLosesAValue(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			m := &identityModel{b: b, t: t, rt: rt, current: b.add(t, fmt.Sprintf("Random %d", n)).ID, applied: map[int64][]hiscores.Snapshot{}}
			body := hiscores.Snapshot{At: hours(0), Rows: append(totals(3_000_000, 500), skill("Attack", 70, 700_000), activity("LMS - Rank", 500))}
			m.fetch(body)
			for range rapid.IntRange(1, 10).Draw(rt, "steps") {
				m.hour += rapid.SampledFrom([]int{1, 1, 5, 200}).Draw(rt, "hours")
				if rapid.IntRange(0, 3).Draw(rt, "step") == 0 {
					m.decide()
					continue
				}
				body = m.drawAnswer(body)
				m.fetch(body)
			}
			m.check()
		})
	})
}

// The gains of the parts of a history add up to the gain of the whole, however
// often the game was rolled back, as long as nobody had to decide.
func TestGainsOfPartsAddUp(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			p := b.add(t, fmt.Sprintf("Adding %d", n))
			xp, kills := int64(50_000_000), int64(900)
			b.fetch(t, p.ID, hours(0), totals(xp, kills)...)
			weeks := rapid.IntRange(1, 6).Draw(rt, "weeks")
			for week := 1; week <= weeks; week++ {
				xp += rapid.Int64Range(-100_000, 300_000).Draw(rt, "xp")
				kills += rapid.Int64Range(-8, 20).Draw(rt, "kills")
				b.fetch(t, p.ID, hours(week*24*7), totals(xp, kills)...)
			}
			if b.player(t, p.ID).Status != player.Active {
				rt.Skip("deeper than a rollback")
			}
			cut := rapid.IntRange(0, weeks*24*7).Draw(rt, "cut")
			early, late, whole := b.gain(t, p.ID, 0, cut), b.gain(t, p.ID, cut, weeks*24*7), b.gain(t, p.ID, 0, weeks*24*7)
			for i := range whole {
				if early[i] < 0 || late[i] < 0 || early[i]+late[i] != whole[i] {
					rt.Fatalf("%v and %v make %v", early, late, whole)
				}
			}
		})
	})
}
