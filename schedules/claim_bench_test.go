package schedules

import (
	"flag"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/tasks"
)

var benchPlayers = flag.Int("players", 20_000, "how many players the benchmarks of schedules have")

// due fills a bench with players that are all overdue.
func (b *bench) fillDue(tb testing.TB, n int) {
	tb.Helper()
	for range n {
		b.roll.add(tb, 60, b.now.Add(-2*time.Hour))
	}
	if _, err := b.keeper.Rebuild(tb.Context(), func(int) {}); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkClaim enqueues a fetch for every player at once, as after an outage.
func BenchmarkClaim(b *testing.B) {
	queues := map[string]func(rdb redis.UniversalClient) tasks.Enqueuer{
		"Plain":   func(rdb redis.UniversalClient) tasks.Enqueuer { return asynq.NewClientFromRedisClient(rdb) },
		"Batched": func(rdb redis.UniversalClient) tasks.Enqueuer { return NewQueue(rdb) },
	}
	for name, queue := range queues {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				w := newBenchOn(b, clientOf(b, testenv.RedisURL(b)), Grid{})
				w.fillDue(b, *benchPlayers)
				c := NewClaimer(w.book, queue(w.rdb), w.inspector, 0)
				b.StartTimer()
				n, err := c.Claim(b.Context())
				if err != nil || n.Enqueued != *benchPlayers {
					b.Fatalf("%+v, %v", n, err)
				}
			}
			b.ReportMetric(float64(*benchPlayers)*float64(b.N)/b.Elapsed().Seconds(), "enqueued/s")
		})
	}
}
