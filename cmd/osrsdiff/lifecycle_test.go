package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testLifecycle() *lifecycle {
	return newLifecycle(slog.New(slog.DiscardHandler))
}

func TestLifecycleStopsInReverse(t *testing.T) {
	var order []string
	l := testLifecycle()
	l.onStop("database", func() error { order = append(order, "database"); return nil })
	for _, name := range []string{"worker", "web"} {
		l.start(t.Context(), name, func(ctx context.Context) error {
			<-ctx.Done()
			order = append(order, name)
			return ctx.Err()
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.wait(ctx); err != nil {
		t.Errorf("wait = %v, want nil after the signal", err)
	}
	for range 2 {
		if err := l.stop(); err != nil {
			t.Errorf("stop = %v", err)
		}
	}
	if diff := cmp.Diff([]string{"web", "worker", "database"}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestLifecycleReportsAPartThatEnds(t *testing.T) {
	for name, result := range map[string]error{"with an error": errors.New("port taken"), "without one": nil} {
		t.Run(name, func(t *testing.T) {
			l := testLifecycle()
			l.start(t.Context(), "web", func(context.Context) error { return result })
			err := l.wait(t.Context())
			if err == nil || !strings.HasPrefix(err.Error(), "web: ") || result != nil && !errors.Is(err, result) {
				t.Errorf("wait = %v, want the part and its error", err)
			}
			if err := l.stop(); err != nil {
				t.Errorf("stop = %v, want the failure to be reported once", err)
			}
		})
	}
}

func TestLifecycleIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l := testLifecycle()
		closed := false
		l.onStop("database", func() error { closed = true; return nil })
		l.onStop("stuck", func() error { <-release; return nil })
		begun := time.Now()
		err := l.stop()
		if took := time.Since(begun); took != shutdownTimeout {
			t.Errorf("stop took %v, want %v", took, shutdownTimeout)
		}
		if err == nil || !strings.Contains(err.Error(), "stop stuck: still running") {
			t.Errorf("stop = %v, want the stuck part named", err)
		}
		synctest.Wait()
		if !closed {
			t.Error("what came after the stuck part was not closed")
		}
		close(release)
	})
}
