package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// fullBody is an account with as many rows as the feed has today.
func fullBody(xp int64) []hiscores.Row {
	body := []hiscores.Row{skill(hiscores.Overall, 1000, 24*1_000_000+xp)}
	for i := range 24 {
		body = append(body, skill(fmt.Sprint("Skill ", i), 70, 1_000_000))
	}
	body[1].Value = hiscores.Known(1_000_000 + xp)
	for i := range 91 {
		body = append(body, activity(fmt.Sprint("Activity ", i), int64(i)))
	}
	return body
}

func onEachBench(b *testing.B, bm func(b *testing.B, s bench)) {
	for name, fresh := range engines {
		b.Run(name, func(b *testing.B) { bm(b, open(b, fresh(b))) })
	}
}

func rate(b *testing.B, rows int, unit string) {
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), unit+"/s")
}

func BenchmarkRecordSnapshot(b *testing.B) {
	for what, gain := range map[string]int64{"unchanged": 0, "changed": 1} {
		b.Run(what, func(b *testing.B) {
			onEachBench(b, func(b *testing.B, s bench) {
				p := s.add(b, "Zezima")
				at, xp := morning, int64(0)
				s.fetch(b, p.ID, at, fullBody(xp)...)
				for b.Loop() {
					at, xp = at.Add(time.Minute), xp+gain
					s.fetch(b, p.ID, at, fullBody(xp)...)
				}
				rate(b, b.N, "snapshots")
			})
		})
	}
}

// month records a fetch each hour of a month, two values changed in each, and
// returns the player and the number of values there are.
func month(b *testing.B, s bench) (id int64, values int) {
	b.Helper()
	p := s.add(b, "Zezima")
	const hours = 30 * 24
	for i := range hours {
		s.fetch(b, p.ID, morning.Add(time.Duration(i)*time.Hour), fullBody(int64(i))...)
	}
	return p.ID, 116 + 2*(hours-1)
}

func BenchmarkGainsOverAMonth(b *testing.B) {
	onEachBench(b, func(b *testing.B, s bench) {
		id, values := month(b, s)
		for b.Loop() {
			changes, err := s.Gains(b.Context(), id, morning.Add(time.Hour), morning.Add(29*24*time.Hour))
			if err != nil || len(changes) != 2 {
				b.Fatal(len(changes), err)
			}
		}
		rate(b, b.N*values, "rows")
	})
}

func BenchmarkOverallGains(b *testing.B) {
	onEachBench(b, func(b *testing.B, s bench) {
		var ids []int64
		for i := range 100 {
			p := s.add(b, fmt.Sprint("player ", i))
			ids = append(ids, p.ID)
			for j := range 5 {
				s.fetch(b, p.ID, morning.Add(time.Duration(j)*time.Hour), fullBody(int64(j))...)
			}
		}
		for b.Loop() {
			gains, err := s.OverallGains(b.Context(), ids, morning.Add(time.Hour), time.Time{})
			if err != nil || gains[ids[0]] != 3 {
				b.Fatal(gains, err)
			}
		}
		rate(b, b.N*len(ids), "players")
	})
}
