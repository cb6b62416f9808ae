package crowd_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/internal/crowd"
)

// TestCrowdIsServedTogether lets ten come while the first is served: they are served
// in their order, as many together as may be.
func TestCrowdIsServedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var served [][]int
		open := make(chan struct{})
		c := crowd.New(crowd.Options{Most: 4, Lanes: 1}, func(some []int) {
			<-open
			mu.Lock()
			defer mu.Unlock()
			served = append(served, some)
		})
		c.Join(0)
		synctest.Wait()
		for i := range 10 {
			c.Join(i + 1)
		}
		close(open)
		synctest.Wait()
		if diff := cmp.Diff([][]int{{0}, {1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10}}, served); diff != "" {
			t.Errorf("served together (-want +got):\n%s", diff)
		}
		c.Join(11)
		synctest.Wait()
		if last := served[len(served)-1]; !slices.Equal(last, []int{11}) {
			t.Errorf("one who came later was served with %v", last)
		}
	})
}

// TestCrowdRests wants a lane to wait for more after it served several, until half a
// group waits, and not after it served one.
func TestCrowdRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type group struct {
			Of    []int
			After time.Duration
		}
		var served []group
		began := time.Now()
		c := crowd.New(crowd.Options{Most: 4, Lanes: 1, Rest: time.Second}, func(some []int) {
			time.Sleep(time.Millisecond)
			served = append(served, group{some, time.Since(began)})
		})
		come := func(at time.Duration, these ...int) {
			time.Sleep(at - time.Since(began))
			for _, one := range these {
				c.Join(one)
			}
		}
		const ms = time.Millisecond
		come(0, 0)
		come(ms/2, 1, 2)
		come(500*ms, 3)
		come(2000*ms, 4)
		come(2000*ms+ms/2, 5, 6)
		come(2500*ms, 7, 8)
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []group{
			{[]int{0}, ms},
			{[]int{1, 2}, 2 * ms},
			{[]int{3}, 1003 * ms}, // after a rest
			{[]int{4}, 2001 * ms},
			{[]int{5, 6}, 2002 * ms},
			{[]int{7, 8}, 2501 * ms}, // they ended one
		}
		if diff := cmp.Diff(want, served); diff != "" {
			t.Errorf("served together (-want +got):\n%s", diff)
		}
	})
}

// TestCrowdOpensLanes wants a second lane for half a group that waits, and no third.
func TestCrowdOpensLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lanes, open := 0, make(chan struct{})
		var mu sync.Mutex
		c := crowd.New(crowd.Options{Most: 4, Lanes: 2}, func([]int) {
			mu.Lock()
			lanes++
			mu.Unlock()
			<-open
		})
		for i, want := range []int{1, 1, 2, 2, 2, 2, 2} {
			c.Join(i)
			synctest.Wait()
			if lanes != want {
				t.Errorf("after %d came %d lanes are open, want %d", i+1, lanes, want)
			}
		}
		close(open)
		synctest.Wait()
	})
}
