package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDataDirIsOneProcessesOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	if _, running := findRunning(path); running {
		t.Error("something runs in a folder that does not exist")
	}
	dir, err := openDataDir(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, running := findRunning(path); running {
		t.Error("an up that has not announced itself can be joined")
	}
	want := runInfo{Address: "127.0.0.1:1", RedisURL: "redis://127.0.0.1:1/0", WebURL: "http://127.0.0.1:2", PID: 3,
		Started: time.Unix(4, 0).UTC(), Settings: map[string]string{"scheduler.prefix": "a"}}
	if err := dir.announce(want); err != nil {
		t.Fatal(err)
	}
	got, running := findRunning(path)
	if diff := cmp.Diff(want, got); !running || diff != "" {
		t.Errorf("findRunning = %v (-want +got):\n%s", running, diff)
	}
	if _, err := openDataDir(path); !errors.Is(err, errConflict) || exitCode(err) != exitConflict {
		t.Errorf("a second up gets %v, want a conflict", err)
	}
	if err := dir.close(); err != nil {
		t.Fatal(err)
	}
	if _, running := findRunning(path); running {
		t.Error("a closed folder still has a running up")
	}
	again, err := openDataDir(path)
	if err != nil {
		t.Fatalf("the folder cannot be used again: %v", err)
	}
	if err := again.close(); err != nil {
		t.Fatal(err)
	}
}

// A killed process leaves run.json behind but no lock.
func TestDataDirOfAKilledProcess(t *testing.T) {
	path := t.TempDir()
	for name, content := range map[string]string{runFileName: `{"pid":1}`, lockFileName: ""} {
		if err := os.WriteFile(filepath.Join(path, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if info, running := findRunning(path); running {
		t.Errorf("findRunning = %+v, want nothing", info)
	}
}
