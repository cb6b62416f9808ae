package main

import (
	"context"
	"runtime/debug"
	"time"
)

// memoryEvery is how often a scheduler gives memory back.
const memoryEvery = 30 * time.Second

// returnMemory gives the memory that is not in use back to the system until ctx
// ends. A scheduler works in short bursts, a rebuild above all, and Go keeps most
// of what they needed in reserve; asking for it costs milliseconds. The code that
// was only needed to start goes once.
func returnMemory(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	released := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			debug.FreeOSMemory()
			if !released {
				_ = releaseCode() // It costs nothing but memory to keep it.
				released = true
			}
		}
	}
}
