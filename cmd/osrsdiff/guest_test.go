package main

import (
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

// TestFourWorkerProcessesAreOneGuest runs four worker processes against more
// schedules than the limit allows: the site sees no more than the limit in any
// ten seconds, and nearly as much.
func TestFourWorkerProcessesAreOneGuest(t *testing.T) {
	const rate, burst, window, lasts = 5, 2, 10 * time.Second, 25 * time.Second
	s := newStack(t)
	s.env = append(s.env, "OSRSDIFF_HISCORES_RATE=5", "OSRSDIFF_HISCORES_BURST=2")
	s.track(40, 4) // ten a second are due
	s.start("scheduler")
	workers := []*proc{s.start("worker"), s.start("worker"), s.start("worker"), s.start("worker")}
	testenv.Eventually(t, time.Minute, "requests for 25 seconds", func() bool {
		list := s.site.RequestLog()
		return len(list) > 0 && list[len(list)-1].At.Sub(list[0].At) >= lasts
	})
	list := s.site.RequestLog()
	most := 0
	for i, j := 0, 0; i < len(list); i++ {
		for ; list[i].At.Sub(list[j].At) >= window; j++ {
		}
		most = max(most, i-j+1)
	}
	if limit := burst + rate*int(window.Seconds()); most > limit {
		t.Errorf("%d requests within ten seconds, the limit is %d", most, limit)
	}
	if want := rate * int(lasts.Seconds()) * 8 / 10; len(list) < want {
		t.Errorf("%d requests in %s, want at least %d: the limit is left unused", len(list), lasts, want)
	}
	t.Logf("at most %d requests within ten seconds, %d in all", most, len(list))
	for _, p := range workers {
		p.stop()
	}
}
