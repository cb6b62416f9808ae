package schedules

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// limited is a worker that serves so many fetches a second and notes whose turn
// each was. A wait is counted in turns of others: by the clock it would measure
// the machine.
type limited struct {
	roll  *roll
	slots <-chan time.Time

	mu     sync.Mutex
	turns  int
	served map[int64][]int
}

func (l *limited) ProcessTask(ctx context.Context, t *asynq.Task) error {
	var f tasks.Fetch
	if err := json.Unmarshal(t.Payload(), &f); err != nil {
		return err
	}
	select {
	case <-l.slots:
	case <-ctx.Done():
		return ctx.Err()
	}
	l.roll.cover(f.PlayerID, time.Now())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turns++
	l.served[f.PlayerID] = append(l.served[f.PlayerID], l.turns)
	return nil
}

// TestOverloadIsSharedFairly asks for four times what the worker may serve: the
// queue stays within its capacity, the due index keeps the rest, and nobody waits
// much longer than the others.
func TestOverloadIsSharedFairly(t *testing.T) {
	const (
		players, rate, capacity = 400, 100, 60
		turns                   = 5
	)
	url := testenv.RedisURL(t)
	b := newBenchOn(t, clientOf(t, url), Grid{Unit: time.Second})
	for range players {
		b.roll.add(t, player.Interval(1), b.now.Add(-time.Minute))
	}
	slots := time.NewTicker(time.Second / rate)
	defer slots.Stop()
	served := &limited{roll: b.roll, slots: slots.C, served: map[int64][]int{}}
	worker := asynq.NewServerFromRedisClient(clientOf(t, url), asynq.Config{
		Concurrency: 4, Queues: map[string]int{tasks.QueueFetch: 1}, TaskCheckInterval: 20 * time.Millisecond, LogLevel: asynq.FatalLevel,
	})
	if err := worker.Start(served); err != nil {
		t.Fatal(err)
	}
	defer worker.Shutdown()
	stop := startOverloaded(t, b, url, capacity)
	defer stop()

	testenv.Eventually(t, 2*time.Minute, "five turns of every player", func() bool {
		if info, err := b.inspector.GetQueueInfo(tasks.QueueFetch); err == nil && info.Size > capacity {
			t.Fatalf("%d fetches queued, want at most %d", info.Size, capacity)
		}
		served.mu.Lock()
		defer served.mu.Unlock()
		for id := int64(1); id <= players; id++ {
			if len(served.served[id]) < turns {
				return false
			}
		}
		return true
	})
	served.mu.Lock()
	defer served.mu.Unlock()
	longest, total, waits := 0, 0, 0
	for _, at := range served.served {
		for i := 2; i < len(at); i++ { // the first turn starts from a standstill
			wait := at[i] - at[i-1]
			longest, total, waits = max(longest, wait), total+wait, waits+1
		}
	}
	mean := total / waits
	t.Logf("%d players: after each the next turn came after %d others on average, %d at the longest", players, mean, longest)
	if longest > mean*3/2 {
		t.Errorf("longest wait of %d turns is more than one and a half times the mean of %d", longest, mean)
	}
}

func startOverloaded(t *testing.T, b *bench, url string, capacity int) (stop func()) {
	t.Helper()
	rdb := clientOf(t, url)
	s, err := NewScheduler(SchedulerOptions{
		Redis: rdb, NewRedis: func() redis.UniversalClient { return clientOf(t, url) },
		Keeper: b.keeper, Ledger: b.roll, Name: "overloaded", QueueCapacity: capacity, Sweep: time.Second, Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
