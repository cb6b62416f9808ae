//go:build !unix || solaris || aix

package main

import (
	"errors"
	"os"
)

// fileLock is a file held open. Where these systems let nobody remove an open
// file, that makes a lock which ends with its process.
type fileLock struct{ file *os.File }

// lockFile takes the lock or says errLocked.
func lockFile(path string) (*fileLock, error) {
	if held, err := lockHeld(path); err != nil || held {
		return nil, errors.Join(errLocked, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, errLocked
	}
	if err != nil {
		return nil, err
	}
	return &fileLock{file: f}, nil
}

func (l *fileLock) release() error {
	return errors.Join(l.file.Close(), os.Remove(l.file.Name()))
}

// lockHeld reports whether some process holds the lock; it removes one left behind.
func lockHeld(path string) (bool, error) {
	err := os.Remove(path)
	if err == nil || errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return true, nil
}
