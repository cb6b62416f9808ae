package access

import (
	"strconv"
	"testing"
	"time"
)

func TestClients(t *testing.T) {
	now := time.Date(2026, 10, 9, 8, 0, 0, 0, time.UTC)
	c := NewClients(2, 3, func() time.Time { return now })
	for i := range 3 {
		if wait := c.Take("a", 1); wait != 0 {
			t.Fatalf("request %d waits %s", i, wait)
		}
	}
	for range 2 { // asking in vain costs nothing
		if wait := c.Take("a", 1); wait != 500*time.Millisecond {
			t.Errorf("beyond the burst it waits %s", wait)
		}
	}
	if wait := c.Take("b", 1); wait != 0 {
		t.Errorf("another client waits %s", wait)
	}
	now = now.Add(time.Second)
	if wait := c.Take("a", 2); wait != 0 {
		t.Errorf("a second later two wait %s", wait)
	}
}

// TestClientsAreBounded comes as more clients than are remembered, with one that
// keeps coming and must not be let off.
func TestClientsAreBounded(t *testing.T) {
	now := time.Date(2026, 10, 9, 8, 0, 0, 0, time.UTC)
	c := NewClients(0.001, 1, func() time.Time { return now })
	c.Take("greedy", 1)
	for i := range 5 * mostClients {
		c.Take(strconv.Itoa(i), 1)
		if i%(mostClients/2) == 0 && c.Take("greedy", 1) == 0 {
			t.Fatalf("after %d others it was forgotten", i)
		}
	}
	if n := len(c.young) + len(c.old); n > 2*mostClients {
		t.Errorf("%d clients are remembered", n)
	}
}
