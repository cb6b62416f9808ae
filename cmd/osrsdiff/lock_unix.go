//go:build unix && !solaris && !aix

package main

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// fileLock is a lock that ends with its process, however that ends.
type fileLock struct{ file *os.File }

// lockPatience outlasts a reader that looks whether the lock is held, which
// holds it for an instant itself.
const lockPatience = 300 * time.Millisecond

// lockFile takes the lock or says errLocked.
func lockFile(path string) (*fileLock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(lockPatience); ; time.Sleep(lockPatience / 10) {
		err = flock(f, syscall.LOCK_EX)
		if err == nil {
			return &fileLock{file: f}, nil
		}
		if !errors.Is(err, errLocked) || time.Now().After(deadline) {
			return nil, errors.Join(err, f.Close())
		}
	}
}

func (l *fileLock) release() error { return l.file.Close() }

// lockHeld reports whether some process holds the lock. A missing file is not held.
func lockHeld(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // Closing gives back the shared lock; there is nothing to lose.
	err = flock(f, syscall.LOCK_SH)
	if errors.Is(err, errLocked) {
		return true, nil
	}
	return false, err
}

func flock(f *os.File, how int) error {
	err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}
