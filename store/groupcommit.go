package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/uptrace/bun"
)

const (
	// groupMost is how many writes are committed together: enough that the disk is
	// no limit, few enough that another writer waits for milliseconds only.
	groupMost = 64
	// groupTimeout bounds a transaction of many, which the context of none of them
	// may end.
	groupTimeout = 30 * time.Second
)

// write is what a transaction does. It may be run more than once.
type write func(ctx context.Context, tx bun.Tx) error

// waitingWrite is a write and where its caller waits.
type waitingWrite struct {
	ctx  context.Context //nolint:containedctx // The caller waits meanwhile, as in a call.
	do   write
	done chan error
}

// writeGroup gathers writes that come while others are being committed.
type writeGroup struct {
	mu      sync.Mutex
	waiting []*waitingWrite
	running bool
}

// inGroup is inTx for short writes that come in crowds. SQLite has one writer and
// waits for the disk at each commit, so those that wait at the same time share a
// transaction. PostgreSQL does the like by itself. When ctx ends meanwhile the
// write may still be done: it must be safe to repeat, and its caller must not look
// at what it left behind.
func (s *Store) inGroup(ctx context.Context, do write) error {
	if s.engine != sqliteEngine {
		return s.inTx(ctx, do)
	}
	w := &waitingWrite{ctx: ctx, do: do, done: make(chan error, 1)}
	s.group.mu.Lock()
	s.group.waiting = append(s.group.waiting, w)
	first := !s.group.running
	s.group.running = true
	s.group.mu.Unlock()
	if first {
		go s.runGroups() // ends when nobody waits any more
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// runGroups commits what waits until nothing does.
func (s *Store) runGroups() {
	for {
		s.group.mu.Lock()
		n := min(len(s.group.waiting), groupMost)
		if n == 0 {
			s.group.running = false
			s.group.mu.Unlock()
			return
		}
		batch := s.group.waiting[:n:n]
		s.group.waiting = s.group.waiting[n:]
		s.group.mu.Unlock()
		s.runGroup(batch)
	}
}

// runGroup commits some writes together. When one of them fails each is committed
// by itself, so that only the one to blame does.
func (s *Store) runGroup(batch []*waitingWrite) {
	err := s.together(batch)
	var own *memberError
	alone := errors.As(err, &own)
	for _, w := range batch {
		if alone {
			err = s.inTx(w.ctx, w.do)
		}
		w.done <- err
	}
}

// memberError is the error of one write of a group.
type memberError struct{ error }

// together runs some writes in one transaction.
func (s *Store) together(batch []*waitingWrite) error {
	if len(batch) == 1 {
		return s.inTx(batch[0].ctx, batch[0].do)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(batch[0].ctx), groupTimeout)
	defer cancel()
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, w := range batch {
			if err := w.ctx.Err(); err != nil {
				return &memberError{err}
			}
			if err := w.do(ctx, tx); err != nil {
				return &memberError{err}
			}
		}
		return nil
	})
}
