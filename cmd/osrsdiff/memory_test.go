package main

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

func TestReturnMemoryGivesBackUntilItIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	burst := make([]byte, 64<<20)
	burst[len(burst)-1] = 1
	runtime.KeepAlive(burst)
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	ended := make(chan error, 1)
	go func() { ended <- returnMemory(ctx, time.Millisecond) }()
	testenv.Eventually(t, time.Minute, "the burst's memory to go back", func() bool {
		runtime.ReadMemStats(&now)
		return now.HeapReleased >= before.HeapReleased+48<<20
	})
	stop()
	if err := <-ended; err != nil {
		t.Errorf("returnMemory: %v", err)
	}
}
