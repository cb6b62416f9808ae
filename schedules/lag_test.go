package schedules

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestQuantilesLieWhereTheLagsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l Lag
		lags := rapid.SliceOfN(rapid.Int64Range(-1_000, 100_000_000), 1, 200).Draw(t, "lags in ms")
		var longest time.Duration
		for _, ms := range lags {
			lag := time.Duration(ms) * time.Millisecond
			l.add(lag)
			longest = max(longest, lag)
		}
		if l.Total() != int64(len(lags)) {
			t.Fatalf("counted %d of %d", l.Total(), len(lags))
		}
		low, high := l.Quantile(0.5), l.Quantile(0.99)
		if low > high || low < 0 {
			t.Fatalf("p50 is %v, p99 %v", low, high)
		}
		for i, bound := range lagBounds {
			if longest <= bound && (i == 0 || longest > lagBounds[i-1]) && l.Quantile(1) > bound {
				t.Fatalf("the longest of %v lies in the bucket up to %v, but p100 is %v", longest, bound, l.Quantile(1))
			}
		}
	})
}

func TestQuantileIsSpreadWithinItsBucket(t *testing.T) {
	var l Lag
	for range 100 {
		l.add(2200 * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{0.5: 2250 * time.Millisecond, 1: 2500 * time.Millisecond} {
		if got := l.Quantile(q); got != want {
			t.Errorf("Quantile(%v) = %v, want %v", q, got, want)
		}
	}
	var none Lag
	if got := none.Quantile(0.99); got != 0 {
		t.Errorf("the quantile of nothing is %v", got)
	}
	none.add(1000 * time.Hour)
	if got := none.Quantile(0.5); got != 24*time.Hour {
		t.Errorf("the quantile beyond the last bound is %v, want that bound", got)
	}
}

func TestClaimsCountTheLagOfTicks(t *testing.T) {
	b := newBench(t)
	now := b.now.Truncate(time.Minute)
	// Of the minute interval, the tick that is owed lies five minutes back.
	for range 3 {
		b.roll.add(t, 1, now.Add(-6*time.Minute))
	}
	b.apply(t)
	if _, err := b.claimer(0).Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() (Lag, error){
		"lately": func() (Lag, error) { return b.book.Lag(t.Context()) },
		"ever":   func() (Lag, error) { return b.book.LagSoFar(t.Context()) },
	} {
		l, err := read()
		if err != nil || l.Total() != 3 {
			t.Fatalf("%s: counted %d ticks, %v; want 3", name, l.Total(), err)
		}
		mean := l.Sum / 3
		if mean < 5*time.Minute || mean > 7*time.Minute {
			t.Errorf("%s: the mean lag is %v, want that of ticks five to six minutes back", name, mean)
		}
		if p := l.Quantile(0.5); p < 5*time.Minute || p > 15*time.Minute {
			t.Errorf("%s: p50 is %v", name, p)
		}
	}
	if _, err := b.claimer(0).Claim(t.Context()); err != nil { // nothing is due any more
		t.Fatal(err)
	}
	if l, err := b.book.Lag(t.Context()); err != nil || l.Total() != 3 {
		t.Errorf("after a claim of nothing %d ticks are counted, %v", l.Total(), err)
	}
	if ttl := b.rdb.TTL(t.Context(), b.book.keys.lagOf(b.now)).Val(); ttl <= 0 {
		t.Errorf("the recent histogram lives for %v, want it to expire", ttl)
	}
}

func TestLagBearsWhatItDoesNotKnow(t *testing.T) {
	b := newBench(t)
	if l, err := b.book.Lag(t.Context()); err != nil || l.Total() != 0 || l.Quantile(0.99) != 0 {
		t.Errorf("an empty Redis has a lag of %v, %v", l, err)
	}
	b.do(t, "HSET", b.book.keys.lag(), "le_1s", "2", "le_17s", "5", "le_2s", "many", "sum_us", "1500000")
	l, err := b.book.LagSoFar(t.Context())
	if err != nil || l.Total() != 2 || l.Sum != 1500*time.Millisecond {
		t.Errorf("read %v, %v; want the two ticks of the known bucket", l, err)
	}
}
