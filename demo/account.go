package demo

import (
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
)

// step is how often an account changes.
const step = 10 * time.Second

// newBoss is the row that a game update brings: one no release knows.
const newBoss = "Clockwork Wyrm"

const rating = "LMS - Rank"

// gains are what an account gained since the start, by row.
type gains map[string]int64

// account is the state of a player, which only moves forward. Each step is
// drawn from a random source of its own, so the state at a time is the same
// however it was reached.
type account struct {
	part
	seed uint64
	base hiscores.Snapshot
	room map[string]int64 // what each skill can still gain over base

	mu     sync.Mutex
	steps  uint64 // done
	gained gains
	frozen gains // what gained was when the player left the mode; nil before
}

func newAccount(p part, seed uint64) *account {
	h := fnv.New64a()
	_, _ = h.Write([]byte(p.Name)) // a hash takes everything
	a := &account{part: p, seed: seed ^ h.Sum64(), base: hiscorestest.Account(p.xp),
		room: map[string]int64{}, gained: gains{}}
	for _, boss := range p.firsts {
		a.base = hiscorestest.Set(a.base, boss, hiscores.Known(0))
	}
	for _, r := range a.base.Rows {
		if xp, known := r.Value.Get(); known && r.Kind == hiscores.Skill {
			a.room[r.Metric] = hiscores.MaxSkillXP - xp
		}
	}
	if p.rated {
		a.base = hiscorestest.Set(a.base, rating, hiscores.Known(1200))
	}
	if p.pace == 0 {
		a.base = forgotten(a.base)
	}
	return a
}

// forgotten is how the site shows who has not logged in since November 2025:
// the scores of unranked activities are not known.
func forgotten(s hiscores.Snapshot) hiscores.Snapshot {
	for _, r := range s.Rows {
		if r.Kind == hiscores.Activity && !r.Rank.IsKnown() {
			s = hiscorestest.Set(s, r.Metric, hiscores.Number{})
		}
	}
	return s
}

// at is what a table says that long after the start.
func (a *account) at(table hiscores.Table, elapsed time.Duration) (hiscores.Snapshot, bool) {
	if !a.listedOn(table) || a.missing(elapsed) {
		return hiscores.Snapshot{}, false
	}
	elapsed = max(elapsed, 0)
	s := a.base
	if elapsed >= newBossComes {
		s = hiscorestest.Set(s, newBoss, hiscores.Known(0))
	}
	for metric, n := range a.gainsOn(table, elapsed) {
		s = hiscorestest.Gain(s, metric, n)
	}
	return drift(s, elapsed), true
}

// listedOn reports whether the table ever lists the player.
func (a *account) listedOn(table hiscores.Table) bool {
	switch table {
	case hiscores.RegularTable:
		return !a.unlisted
	case hiscores.IronmanTable:
		return a.Mode.Iron()
	default:
		return table == hiscores.TableOf(a.Mode)
	}
}

// missing reports whether the player is off all tables: for two minutes, first
// after two and a half, then every quarter of an hour.
func (a *account) missing(elapsed time.Duration) bool {
	const every, first, lasts = 15 * time.Minute, 150 * time.Second, 2 * time.Minute
	since := elapsed%every - first
	return a.vanishes && since >= 0 && since < lasts
}

// gainsOn moves the account forward to that time and returns a copy of what
// the table shows of its gains.
func (a *account) gainsOn(table hiscores.Table, elapsed time.Duration) gains {
	a.mu.Lock()
	defer a.mu.Unlock()
	for target := uint64(elapsed / step); a.steps < target; {
		a.steps++
		a.play(a.steps)
		if a.leaves > 0 && a.steps == uint64(a.leaves/step) {
			a.frozen = maps.Clone(a.gained)
		}
	}
	if a.frozen != nil && table == hiscores.TableOf(a.Mode) {
		return maps.Clone(a.frozen)
	}
	return maps.Clone(a.gained)
}

// play does the n-th step. a.mu is held.
func (a *account) play(n uint64) {
	if a.pace == 0 {
		return
	}
	random := rand.New(rand.NewPCG(a.seed, n))
	a.train(a.skills[n/12%uint64(len(a.skills))], a.pace*(75+random.Int64N(51))/100)
	a.fight(n, random)
	if random.IntN(100) < 4 {
		a.gained["Clue Scrolls (hard)"]++
	}
	if a.rated && random.IntN(100) < 30 {
		a.gained[rating] = min(max(a.gained[rating]+random.Int64N(25)-12, -600), 900)
	}
}

// train gains experience, in Hitpoints as well where the skill is one of combat.
func (a *account) train(skill string, xp int64) {
	a.gain(skill, xp)
	switch skill {
	case "Attack", "Strength", "Defence", "Ranged", "Magic":
		a.gain("Hitpoints", xp/3)
	}
}

// gain adds experience as far as the cap allows.
func (a *account) gain(skill string, xp int64) {
	a.gained[skill] = min(a.gained[skill]+xp, a.room[skill])
}

// firstKill says which of the firsts dies for the first time in the n-th step:
// one every minute and a half from 40 seconds on. It is below zero for none,
// and met is how many have died by then.
func (a *account) firstKill(n uint64) (which, met int) {
	const first, every = 4, 9
	if n < first {
		return -1, 0
	}
	turn, total := (n-first)/every, uint64(len(a.firsts))
	if turn < total && (n-first)%every == 0 {
		return int(turn), int(turn) + 1
	}
	return -1, int(min(turn+1, total))
}

// fight kills a boss for the first time when that is due, and those killed
// before now and then.
func (a *account) fight(n uint64, random *rand.Rand) {
	which, met := a.firstKill(n)
	chosen := random.IntN(100)
	switch {
	case which >= 0:
		a.gained[a.firsts[which]]++
	case chosen < 12 && len(a.bosses) > 0:
		a.gained[a.bosses[random.IntN(len(a.bosses))]]++
	case chosen < 16 && met > 0:
		a.gained[a.firsts[random.IntN(met)]]++
	case chosen < 18 && len(a.bosses) > 0 && n > uint64(newBossComes/step):
		a.gained[newBoss]++
	}
}

// drift lets ranks slip as those of others rise: a change of the feed that is
// none of the player.
func drift(s hiscores.Snapshot, elapsed time.Duration) hiscores.Snapshot {
	s.Rows = slices.Clone(s.Rows) // they may be the base's own
	for i := range s.Rows {
		if rank, ok := s.Rows[i].Rank.Get(); ok {
			slip := min(rank*int64(elapsed/step)/200_000+int64(elapsed/step)%7, rank/10)
			s.Rows[i].Rank = hiscores.Known(rank + slip)
		}
	}
	return s
}
