package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The files of a data folder beside the database.
const (
	runFileName  = "run.json"
	lockFileName = "up.lock"
)

// runInfo is what a running `up` tells other processes: how to join it. The file
// is readable by its owner only, since the URLs may hold passwords.
type runInfo struct {
	// Address is the host:port of the Redis it uses, for redis-cli and the like.
	Address string `json:"address"`
	// RedisURL is the Redis it uses.
	RedisURL string `json:"redis_url"`
	// WebURL is where the pages are.
	WebURL string `json:"web_url"`
	// PID is its process.
	PID int `json:"pid"`
	// Started is when it started.
	Started time.Time `json:"started"`
	// Settings are those, by key, that who joins it has to share.
	Settings map[string]string `json:"settings"`
}

// dataDir is the folder of an `up`. While it is locked no other `up` uses it.
type dataDir struct {
	path string
	lock *fileLock
}

// openDataDir makes the folder and locks it. A folder in use is errConflict.
func openDataDir(path string) (*dataDir, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := lockFile(filepath.Join(path, lockFileName))
	if errors.Is(err, errLocked) {
		return nil, mark(errConflict, fmt.Errorf("the data folder %s is in use by another `osrsdiff up`%s; stop that one or choose another folder with --data-dir", path, whoRuns(path)))
	}
	if err != nil {
		return nil, fmt.Errorf("lock the data folder %s: %w", path, err)
	}
	return &dataDir{path: path, lock: lock}, nil
}

func whoRuns(path string) string {
	info, err := readRunFile(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d, %s)", info.PID, info.WebURL)
}

// announce writes run.json, whole or not at all.
func (d *dataDir) announce(info runInfo) error {
	data, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(d.path, runFileName)
	if err := os.WriteFile(path+".new", append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write run.json: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write run.json: %w", err)
	}
	return nil
}

// close removes run.json and gives the folder back.
func (d *dataDir) close() error {
	err := os.Remove(filepath.Join(d.path, runFileName))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, d.lock.release())
}

// findRunning returns the `up` that runs on a data folder, and false when none
// does: run.json outlives a killed process, its lock does not.
func findRunning(path string) (runInfo, bool) {
	held, err := lockHeld(filepath.Join(path, lockFileName))
	if err != nil || !held {
		return runInfo{}, false
	}
	info, err := readRunFile(path)
	return info, err == nil
}

func readRunFile(path string) (runInfo, error) {
	var info runInfo
	data, err := os.ReadFile(filepath.Join(path, runFileName))
	if err != nil {
		return info, err
	}
	return info, json.Unmarshal(data, &info)
}
